import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { ErrorParts } from '../errors.ts';
import type { JsonSchema } from './json_schema.ts';
import { explainSchemaError } from './schema_message.ts';

/** One thing that a value does wrong by its schema. */
export interface Violation {
  /** A JSON pointer to the value, or to the map that lacks or has too much of a key. */
  readonly path: string;
  /** The key that is too much in that map. */
  readonly key?: string;
  readonly keyword: string;
  readonly parts: ErrorParts;
}

/** Checks a value and fills in defaults in place; `owner` is who has the schema, for messages. */
export function check(schema: JsonSchema, value: unknown, owner: string): readonly Violation[] {
  const validate = compiled(schema);
  if (validate(value)) return [];
  return reduce(validate.errors ?? []).map((error) => ({
    path: error.instancePath,
    keyword: error.keyword,
    parts: explainSchemaError(error, owner, sourceAlternatives(error, validate.errors ?? [])),
    ...(error.keyword === 'additionalProperties' ? { key: extraKey(error) } : {}),
  }));
}

/** Throws where a schema of the user's is not one that can be checked by. */
export function checkSchema(schema: JsonSchema): void {
  new Ajv({ strict: false, validateFormats: false }).compile(schema);
}

function compiled(schema: JsonSchema): ValidateFunction {
  const before = known.get(schema);
  if (before) return before;
  // Checking the modules' schemas by the schema of schemas would cost more than all the rest of loading.
  ajv ??= new Ajv({
    allErrors: true,
    useDefaults: true,
    strict: false,
    verbose: true,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  });
  const validate = ajv.compile(schema);
  known.set(schema, validate);
  return validate;
}

let ajv: Ajv | undefined;
const known = new WeakMap<JsonSchema, ValidateFunction>();

/**
 * Of a union's many errors only what helps: those of the alternative whose type fits, else the union's own.
 */
function reduce(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  let left = errors.filter((error) => error.keyword !== 'if');
  for (const union of unions) {
    const under = left.filter(
      (error) => error !== union && error.schemaPath.startsWith(`${union.schemaPath}/`),
    );
    const branches = byAlternative(under, union.schemaPath);
    const fitting = branches.filter(
      (branch) => !branch.some((error) => error.instancePath === union.instancePath && isMismatch(error)),
    );
    const keep = fitting.length === 1 ? fitting[0] : [union];
    left = left.filter((error) => error !== union && !under.includes(error)).concat(keep ?? []);
  }
  return left;
}

function byAlternative(errors: readonly ErrorObject[], union: string): readonly (readonly ErrorObject[])[] {
  const branches = new Map<string, ErrorObject[]>();
  for (const error of errors) {
    const branch = error.schemaPath.slice(union.length + 1).split('/')[0] ?? '';
    branches.set(branch, [...(branches.get(branch) ?? []), error]);
  }
  return [...branches.values()];
}

function isMismatch({ keyword }: ErrorObject): boolean {
  return keyword === 'type' || keyword === 'const' || keyword === 'enum';
}

function sourceAlternatives(error: ErrorObject, errors: readonly ErrorObject[]): readonly ErrorObject[] {
  return errors.filter((each) => each !== error && each.schemaPath.startsWith(`${error.schemaPath}/`));
}

function extraKey(error: ErrorObject): string {
  return String((error.params as { additionalProperty?: unknown }).additionalProperty);
}
