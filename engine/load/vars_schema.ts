import { readFile } from 'node:fs/promises';
import { join, isAbsolute } from 'node:path';
import { FettleError, FettleErrors, type Position } from '../errors.ts';
import { plain } from '../template/output.ts';
import type { Scope } from '../template/template.ts';
import { coerce } from './coerce.ts';
import type { JsonSchema } from './json_schema.ts';
import type { Play } from './playbook.ts';
import { check, checkSchema } from './schema.ts';
import { parseYaml } from './yaml.ts';
import { toValue } from './yaml_node.ts';

/** Reads the JSON schema (JSON or YAML) of a play's variables; throws FettleError(s). */
export async function loadVarsSchema(
  name: string,
  folder: string,
  at: Position,
): Promise<NonNullable<Play['varsSchema']>> {
  const file = isAbsolute(name) ? name : join(folder, name);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FettleError('playbook', {
      summary: `Cannot read the schema ${file}`,
      detail: error instanceof Error ? error.message : undefined,
      next: 'Give its path relative to the playbook.',
      position: at,
      cause: error,
    });
  });
  const { root } = parseYaml(text, file, 'playbook');
  // The schema of schemas is ajv's own; others are near enough.
  const { $schema: _dialect, ...schema } = (root?.kind === 'map' ? toValue(root) : {}) as Record<
    string,
    unknown
  >;
  try {
    if (root?.kind !== 'map') throw new TypeError('it must hold a map');
    checkSchema(schema as JsonSchema);
  } catch (error) {
    throw new FettleError('playbook', {
      summary: `${file} is no JSON schema`,
      detail: error instanceof Error ? error.message : undefined,
      next: 'Start from `{"type": "object", "properties": {…}, "required": […]}`.',
      position: at,
      cause: error,
    });
  }
  return { schema, at };
}

/** What is wrong with a host's variables by the play's schema. */
export function checkVariables(
  varsSchema: NonNullable<Play['varsSchema']>,
  scope: Scope,
  host: string,
): readonly FettleError[] {
  const schema = varsSchema.schema as JsonSchema;
  const errors: FettleError[] = [];
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(schema.properties ?? {})) {
    try {
      if (scope.has(name)) values[name] = scope.get(name);
    } catch (error) {
      if (error instanceof FettleErrors) errors.push(...error.errors);
      else if (error instanceof FettleError) errors.push(error);
      else throw error;
    }
  }
  if (errors.length > 0) return errors;
  const secrets = new Set(Object.keys(values).filter((name) => plain(values[name]).secret));
  const given = coerce(plain(values).value, schema, () => false);
  return check(schema, given, 'the play').map(({ path, parts }) => {
    const isSecret = secrets.has(path.split('/')[1] ?? '');
    return new FettleError('playbook', {
      summary: `${host}: ${variableWords(parts.summary)}`,
      detail: isSecret ? undefined : parts.detail,
      next:
        path === ''
          ? 'Define it in the inventory, under `vars:` or with -e.'
          : isSecret
            ? undefined
            : parts.next,
      position: varsSchema.at,
    });
  });
}

function variableWords(summary: string): string {
  return summary.replace(/^`the play` needs (`.*`)$/, 'the variable $1 is not defined');
}
