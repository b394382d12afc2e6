import type { Fields } from './fields.ts';
import type { Mistakes } from './mistakes.ts';
import type { BatchSize } from './playbook.ts';
import type { YamlNode } from './yaml_node.ts';

/** `serial`: a number of hosts, a share such as "30%", or a list of them. */
export function readSerial(fields: Fields, mistakes: Mistakes): readonly BatchSize[] {
  const node = fields.map.get('serial');
  if (!node) return [];
  const items = node.kind === 'list' ? node.items : [node];
  return items.flatMap((item) => sizeOf(item, fields, mistakes) ?? []);
}

function sizeOf(node: YamlNode, fields: Fields, mistakes: Mistakes): BatchSize | undefined {
  const value = node.kind === 'scalar' ? node.value : undefined;
  const isTemplate = typeof value === 'string' && value.includes('{{');
  const [, digits, sign] = /^(\d+(?:\.\d+)?)(%?)$/.exec(String(value)) ?? [];
  const number = Number(digits);
  if (sign === '%' && number > 0 && number <= 100) return { percent: number };
  if (sign === '' && Number.isInteger(number) && number > 0) return { hosts: number };
  if (isTemplate)
    mistakes.add(node.at, {
      summary: '`serial` is needed before any host is known, so it takes no template',
      next: 'Write the number out, or a share such as "30%".',
    });
  else if (number === 0)
    mistakes.add(node.at, {
      summary: '`serial: 0` would be a batch of no hosts',
      next: 'Remove `serial` for one batch of all hosts.',
    });
  else fields.wrong('serial', node, 'a number of hosts, 1 or more, a share such as "30%", or a list of them');
  return undefined;
}
