import { firstIncludedId } from '../load/around.ts';
import type { Play, Step, Task } from '../load/playbook.ts';
import { stepsOf } from '../load/names_of.ts';
import { count } from '../report/lines.ts';
import { visibleName } from '../report/visible.ts';
import type { Controller } from './controller.ts';

/** What `--list-hosts`, `--list-tasks` and `--list-tags` print of one play. */
export type Lines = (controller: Controller, play: Play) => readonly string[];

export const hostLines: Lines = (controller, play) => {
  const hosts = controller.hostsOf(play);
  return [
    `  ${visibleName(play.name)}: ${count(hosts.length, 'host')}`,
    ...hosts.map((host) => `    ${visibleName(host)}`),
  ];
};

/** The steps as they stand, blocks and what is included indented, each with its place and tags. */
export const taskLines: Lines = (_controller, play) => [
  `  ${visibleName(play.name)}`,
  ...stepLines(play.steps, '    '),
  ...(play.gate.length > 0 ? ['    gate', ...stepLines(play.gate, '      ')] : []),
  ...play.handlers.map((handler) => `    handler: ${line(handler, handler.module.name)}`),
];

export const tagLines: Lines = (_controller, play) => [
  `  ${visibleName(play.name)}`,
  `    tags: ${[...new Set(tagsOf(stepsOf(play)))].sort().join(', ') || 'none'}`,
];

function stepLines(steps: readonly Step[], indent: string): readonly string[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'task':
        return [`${indent}${numberOf(step)}${line(step, step.module.name)}`];
      case 'meta':
        return step.id < 0 ? [] : [`${indent}${numberOf(step)}${line(step, 'meta')}`];
      case 'include':
        return [
          `${indent}${numberOf(step)}${line(step, step.keyword)}`,
          ...stepLines(step.known?.steps ?? [], `${indent}  `),
        ];
      case 'block':
        return [
          ...section(`${shown(step, 'block')}  (${placeOf(step)})`, step.block, indent),
          ...section('rescue', step.rescue, indent),
          ...section('always', step.always, indent),
        ];
    }
  });
}

function section(title: string, steps: readonly Step[], indent: string): readonly string[] {
  if (steps.length === 0 && (title === 'rescue' || title === 'always')) return [];
  return [`${indent}${title}`, ...stepLines(steps, `${indent}  `)];
}

function line(step: Exclude<Step, { kind: 'block' }>, word: string): string {
  const tags = step.tags.length > 0 ? `  tags: ${step.tags.join(', ')}` : '';
  return `${shown(step, word)}  (${word}, ${placeOf(step)})${tags}`;
}

// What an include brings has its number.
function numberOf({ id }: { readonly id: number }): string {
  return id < firstIncludedId ? `${id + 1}. ` : '- ';
}

function shown({ name }: Pick<Task, 'name'>, otherwise: string): string {
  if (!name.constant) return otherwise;
  return visibleName(String(name.render({ get: () => undefined, has: () => false })));
}

function placeOf({ at }: Pick<Task, 'at'>): string {
  return `${at.file}:${at.line}`;
}

function tagsOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'block') return tagsOf([...step.block, ...step.rescue, ...step.always]);
    if (step.kind === 'meta' && step.id < 0) return [];
    return step.kind === 'include' ? [...step.tags, ...tagsOf(step.known?.steps ?? [])] : step.tags;
  });
}
