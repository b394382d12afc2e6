import type { ValueTemplate } from '../template/template.ts';
import { checkKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { given } from './inherited.ts';
import { loopControlKeys, notYet } from './keywords.ts';
import type { Mistakes } from './mistakes.ts';
import type { LoopControl } from './playbook.ts';
import { defaultLoopVar, wrongName } from './reserved_names.ts';

/** `loop`: a list, or a template that gives one. */
export function readLoop(fields: Fields, mistakes: Mistakes): ValueTemplate | undefined {
  const node = fields.map.get('loop');
  if (!node) return undefined;
  const isTemplate = node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('{{');
  if (node.kind === 'list' || isTemplate) return fields.value(node);
  mistakes.add(node.at, {
    summary: '`loop` must be a list or a template that gives one',
    next:
      node.kind === 'scalar' && typeof node.value === 'string' && /^[A-Za-z_]\w*$/.test(node.value)
        ? `If \`${node.value}\` is a variable, write \`loop: "{{ ${node.value} }}"\`.`
        : 'Write `loop: [one, two]`.',
  });
  return undefined;
}

/** `loop_control`; what is wrong in it is left out. */
export function readLoopControl(fields: Fields, mistakes: Mistakes): LoopControl {
  const nothing: LoopControl = { loopVar: defaultLoopVar, extended: false };
  const control = fields.map.get('loop_control');
  if (!control) return nothing;
  if (control.kind !== 'map') {
    fields.wrong('loop_control', control, 'a map, as in `{loop_var: name}`');
    return nothing;
  }
  checkKeys(control, loopControlKeys, '`loop_control`', mistakes, (key) =>
    ['break_when', 'extended_allitems'].includes(key) ? notYet(key) : undefined,
  );
  if (!fields.map.get('loop'))
    mistakes.add(control.at, {
      summary: '`loop_control` without `loop` does nothing',
      next: 'Add `loop:`, or remove it.',
    });
  const inside = new Fields(control, mistakes);
  return {
    loopVar: nameFor('loop_var') ?? defaultLoopVar,
    extended: inside.boolean('extended') ?? false,
    ...given({
      indexVar: nameFor('index_var'),
      label: readLabel(inside),
      pause: inside.number('pause', 'a number of seconds, 0 or more', (value) => value >= 0),
    }),
  };

  function nameFor(key: string): string | undefined {
    const name = inside.name(key, 'a loop’s variable');
    return name !== undefined && wrongName(name, '') === undefined ? name : undefined;
  }
}

// A label of several values is shown as it would be printed.
function readLabel(inside: Fields): ValueTemplate | undefined {
  const node = inside.map.get('label');
  return node && inside.value(node);
}
