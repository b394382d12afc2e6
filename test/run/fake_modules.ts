import { Type, type Static } from 'typebox';
import { CannotPlan, type Change } from '../../engine/contract/change.ts';
import type { Fact, Key } from '../../engine/contract/fact.ts';
import type { AnyModule, Module } from '../../engine/contract/module.ts';
import { hostPath } from '../../engine/contract/schema.ts';
import { ask, askScript } from '../../engine/contract/probe.ts';
import type { Registry } from '../../engine/load/find_module.ts';
import { lines, sh, type Script } from '../../engine/shell/script.ts';

const args = Type.Object(
  {
    at: hostPath('The file that holds its value.'),
    value: Type.String(),
    /** What a change does: `fails` half done, `lies` (status 0, nothing done), `cut` (by its time limit). */
    does: Type.Optional(Type.Enum(['fails', 'lies', 'sleeps'])),
    touches: Type.Optional(Type.Array(Type.String())),
    /** Another file that the change writes as well. */
    writes: Type.Optional(hostPath('')),
    anything: Type.Optional(Type.Boolean()),
    impossible: Type.Optional(Type.String()),
    /** Plans only where this value was seen. */
    needs: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

type ThingArgs = Static<typeof args>;

/** A value in a file, under a key that no path overlaps: changes of things are never sent together. */
export const thing = kept('thing');

/** The same under its path's key: changes of neighbours go together. */
export const pathThing = kept('path');

/** The modules of the engine's own tests by name. */
export const fakeModules: Registry = {
  thing: async () => thing as AnyModule,
  path_thing: async () => ({ ...pathThing, name: 'path_thing' }) as AnyModule,
  restarted: async () => restarted as AnyModule,
  broken_look: async () => brokenLook as AnyModule,
};

/** The key that a change of a thing touches. */
export function thingKey(at: string): Key {
  return `thing:${at}`;
}

function kept(kind: 'thing' | 'path'): Module<ThingArgs, string | null> {
  const fact = valueFact(kind);
  return {
    kind: 'resource',
    name: 'thing',
    summary: 'Keeps a value.',
    args,
    probe: ({ at }) => ask(fact, at),
    plan: (wanted, seen) => planThing(kind, wanted, seen),
    result: (_args, seen) => ({ seen }),
  };
}

function planThing(kind: string, wanted: ThingArgs, seen: string | null): readonly Change[] {
  const { at, value, does, impossible, needs } = wanted;
  if (needs !== undefined && seen !== needs)
    throw new CannotPlan(`${at} does not hold ${needs}`, { missing: thingKey(needs) });
  if (seen === value) return [];
  return [
    {
      what: `set ${at} to ${value}`,
      diff: { before: seen === null ? null : `${seen}\n`, after: `${value}\n` },
      touches: wanted.anything ? '*' : [`${kind}:${at}`, ...((wanted.touches ?? []) as Key[])],
      apply: lines([applied(at, value, does), ...(wanted.writes ? [applied(wanted.writes, value)] : [])]),
      undo: impossible === undefined ? undone(at, seen) : { impossible },
    },
  ];
}

function applied(at: string, value: string, does?: ThingArgs['does']): Script {
  if (does === 'lies') return sh`:`;
  if (does === 'fails') return sh`echo "cannot set" >&2; exit 7`;
  if (does === 'sleeps') return sh`printf '%s\n' ${value} >${at}; sleep 30`;
  return sh`printf '%s\n' ${value} >${at}`;
}

function undone(at: string, seen: string | null): Script {
  return seen === null ? sh`rm -f -- ${at}` : sh`printf '%s\n' ${seen} >${at}`;
}

/** One value for each path, by the shell's own means: no process is started. */
function valueFact(kind: 'thing' | 'path'): Fact<string, string | null> {
  return {
    name: `value of ${kind}`,
    id: (at) => at,
    about: (at) => [`${kind}:${at}`],
    ask: (paths) =>
      sh`for p in ${paths}; do if [ -f "$p" ]; then IFS= read -r v <"$p"; echo "=$v"; else echo -; fi; done`,
    parse: (output, paths) => {
      const rows = output.toString('utf8').split('\n');
      return paths.map((_, index) => (rows[index]?.startsWith('=') ? rows[index].slice(1) : null));
    },
  };
}

/** Restarts a service whose number of starts is in a file, as `systemd` does: never as wanted, proven by the number, and not to be taken back. */
const restarted: Module<{ readonly at: string }, number> = {
  kind: 'resource',
  name: 'restarted',
  summary: 'Restarts a service.',
  args: Type.Object({ at: hostPath('Where its starts are counted.') }, { additionalProperties: false }),
  probe: ({ at }) => {
    const { questions, assemble } = askScript('starts', sh`cat ${at} 2>/dev/null || echo 0`, [`path:${at}`]);
    return { questions, assemble: (answers) => Number(assemble(answers).output) };
  },
  plan: ({ at }, starts) => [
    {
      what: `restart ${at}`,
      diff: { before: null, after: null },
      touches: [`path:${at}`],
      apply: sh`printf '%s\n' ${starts + 1} >${at}`,
      undo: { impossible: 'it was restarted' },
    },
  ],
  proven: (_args, before, after) => after === before + 1 || 'it was not restarted',
};

/** A module whose question no host can answer. */
const brokenLook: Module<Record<string, never>, unknown> = {
  kind: 'resource',
  name: 'broken_look',
  summary: 'Cannot look.',
  args: Type.Object({}, { additionalProperties: false }),
  probe: () =>
    ask(
      {
        name: 'broken',
        id: () => '',
        about: () => [],
        ask: () => sh`echo "no such thing here" >&2; exit 4`,
        parse: () => {
          throw new Error('nothing to read');
        },
      } satisfies Fact<undefined, unknown>,
      undefined,
    ),
  plan: () => [],
};
