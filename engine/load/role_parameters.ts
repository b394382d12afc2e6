import { closest } from '../template/closest.ts';
import type { Around } from './around.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherited.ts';
import { commonKeys, foreignGroupKey } from './keywords.ts';
import type { Variables } from './playbook.ts';
import { toValue, type YamlEntry, type YamlMap } from './yaml_node.ts';

const roleKeys = ['role', 'name', ...commonKeys] as const;

/** What holds within one use of a role: its keywords, and its other keys as parameters. */
export function withParameters(node: YamlMap, around: Around): Around {
  const { mistakes } = around;
  const fields = new Fields(node, mistakes);
  const inherited = inherit(fields, around);
  const parameters: Record<string, Variables[string]> = {};
  for (const entry of node.entries.values()) {
    if (roleKeys.some((key) => key === entry.key) || isMistyped(entry, around)) continue;
    fields.checkName(entry, 'a parameter');
    const value = fields.value(entry.value);
    if (value) parameters[entry.key] = value;
  }
  return { ...around, inherited: { ...inherited, vars: { ...inherited.vars, ...parameters } } };
}

// Any other key is a parameter; one that looks like a keyword is most likely meant as one.
function isMistyped({ key, keyAt }: YamlEntry, { mistakes }: Around): boolean {
  const foreign = foreignGroupKey(key);
  const near = closest(key, roleKeys);
  if (!foreign && near === undefined) return false;
  mistakes.add(
    keyAt,
    foreign ?? {
      summary: `\`${key}\` is not a key of a role`,
      next: `Did you mean \`${near}\`? If it is a parameter of the role, write it below \`vars:\`.`,
    },
  );
  return true;
}

/** All that tells two uses of a role apart but its name, as text. */
export function parametersOf(node: YamlMap): string {
  const { role: _role, name: _name, ...rest } = toValue(node) as Record<string, unknown>;
  return Object.keys(rest).length === 0 ? '' : JSON.stringify(rest);
}
