import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TaskEnded } from '../../engine/run/events.ts';
import { registry } from '../../engine/modules/index.ts';
import { shells, type ShellName } from '../facts/look.ts';
import { moduleCases } from './cases/index.ts';
import { hostileValues, largeText } from './hostile.ts';
import type { HostileArgument } from './law_case.ts';
import { failures, forget, playOf, runHere, undoHere, type Finished, type TaskText } from './play.ts';
import { listing, openSandbox, type Sandbox } from './sandbox.ts';

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

test('every module has hostile arguments', () => {
  const names = Object.keys(registry);
  const without = names.filter((name) => {
    const { hostile = [], refuses = [] } = moduleCases[name] ?? {};
    return hostile.length + refuses.length === 0;
  });
  expect(without).toEqual([]);
  expect(Object.keys(moduleCases).filter((name) => !names.includes(name))).toEqual([]);
});

describe.each(Object.entries(moduleCases))('%s', (module, { hostile, refuses = [] }) => {
  if (hostile.length > 0) {
    test.each(shells)('hostile arguments stay data on %s', async (shell) => {
      const values = fc.tuple(
        ...hostile.map(({ takes }) => fc.array(hostileValues(takes), { minLength: 5, maxLength: 5 })),
      );
      await fc.assert(
        fc.asyncProperty(values, async (perArgument) => {
          const trials = hostile.flatMap((argument, index) =>
            (perArgument[index] ?? []).map((value) => ({ argument, value })),
          );
          await stayData(module, trials, shell);
        }),
        { numRuns: 1, endOnFailure: true },
      );
    });

    test.each(shells)('a megabyte stays data, a NUL byte is kept or refused on %s', async (shell) => {
      const large = hostile.filter((argument) => argument.large);
      const kept = hostile.filter(({ nul }) => nul === 'kept');
      await stayData(
        module,
        [
          ...large.map((argument) => ({ argument, value: largeText(argument.takes === 'text') })),
          ...kept.map((argument) => ({ argument, value: 'a\0$(canary)' })),
        ],
        shell,
      );
      const refused = hostile.filter(({ nul }) => nul === 'refused');
      const said = await areRefused(
        module,
        refused.map((argument) => ({ argument, value: 'a\0b' })),
        shell,
      );
      expect(said.filter((text) => !/\bNUL\b|there is no file/.test(text))).toEqual([]);
    });
  }

  if (refuses.length > 0) {
    test('what is no name is refused, whatever it holds', async () => {
      const values = fc.tuple(
        ...refuses.map(({ takes }) => fc.array(hostileValues(takes), { minLength: 5, maxLength: 5 })),
      );
      await fc.assert(
        fc.asyncProperty(values, async (perArgument) => {
          const trials = refuses.flatMap((argument, index) =>
            (perArgument[index] ?? []).map((value) => ({ argument, value: `${value}$(canary)` })),
          );
          await areRefused(module, trials, 'dash');
        }),
        { numRuns: 1, endOnFailure: true },
      );
    });
  }
});

interface Trial {
  readonly argument: HostileArgument;
  readonly value: string;
}

/** Every value arrives as it is, nothing else happens, and it can be taken back. */
async function stayData(module: string, trials: readonly Trial[], shell: ShellName): Promise<void> {
  const ground = prepare(module, trials, true);
  const start = listing(sandbox.folder, 'lasting');
  const finished = await run(ground, shell);
  try {
    const unexpected = finished.tasks.filter(
      ({ step, status }) => !isExpected(trials[step - 1]?.argument.fails, status),
    );
    expect(
      failures({ ...finished, tasks: unexpected }),
      JSON.stringify(trials.map(({ value }) => value.slice(0, 200))),
    ).toEqual([]);
    trials.forEach(({ argument, value }, index) => {
      const register = (finished.host.registers.get(`r${index}`) ?? {}) as Record<string, unknown>;
      argument.after?.(ground.folders[index] as string, value, { register, said: finished.said });
    });
    expectNothingElse(start);
    if (finished.events.some(({ event }) => event === 'change_started')) {
      const undone = await undoHere(sandbox, { shell }, finished);
      expect(undone.filter((result) => ['moved', 'failed'].includes(result))).toEqual([]);
      if (undone.every((result) => result === 'undone' || result === 'already'))
        expect(rootOf(listing(sandbox.folder, 'lasting'))).toEqual(rootOf(start));
    }
    expectNothingElse(start);
  } finally {
    forget({ shell }, finished.run);
  }
}

/** No task succeeds, and nothing happens; gives what was said of each. */
async function areRefused(
  module: string,
  trials: readonly Trial[],
  shell: ShellName,
): Promise<readonly string[]> {
  const ground = prepare(module, trials, false);
  const start = listing(sandbox.folder, 'lasting');
  const finished = await run(ground, shell);
  try {
    expect(finished.tasks.filter(({ status }) => status !== 'ignored').map(({ task }) => task)).toEqual([]);
    expect(rootOf(listing(sandbox.folder, 'lasting'))).toEqual(rootOf(start));
    expectNothingElse(start);
    return finished.tasks.map(({ message = '', detail = '' }) => `${message}\n${detail}`);
  } finally {
    forget({ shell }, finished.run);
  }
}

interface Trials {
  readonly folders: readonly string[];
  readonly tasks: readonly TaskText[];
  readonly values: Readonly<Record<string, string>>;
}

let grounds = 0;

function prepare(module: string, trials: readonly Trial[], isTaken: boolean): Trials {
  const ground = join(sandbox.root, String((grounds += 1)));
  mkdirSync(ground);
  const folders = trials.map(({ argument, value }, index) => {
    const folder = join(ground, String(index));
    mkdirSync(folder);
    if (isTaken) argument.prepare?.(folder, value);
    return folder;
  });
  const tasks = trials.map(({ argument }, index) => ({
    name: argument.argument,
    [module]: argument.args(folders[index] as string, `{{ v${index} }}`),
    register: `r${index}`,
    ignore_errors: true,
    ...argument.around?.(`{{ v${index} }}`),
  }));
  return {
    folders,
    tasks,
    values: Object.fromEntries(trials.map(({ value }, index) => [`v${index}`, value])),
  };
}

async function run({ tasks, values }: Trials, shell: ShellName): Promise<Finished> {
  return runHere(sandbox, { shell }, await playOf(tasks), { values });
}

function expectNothingElse(start: Readonly<Record<string, string>>): void {
  expect(sandbox.canaries(), 'a value was run as a command').toBe(0);
  const before = Object.keys(start).filter((name) => !name.startsWith('./root') && !isKeptForUndo(name));
  const after = Object.keys(listing(sandbox.folder, 'lasting')).filter(
    (name) => !name.startsWith('./root') && !isKeptForUndo(name),
  );
  expect(after).toEqual(before);
  expect(existsSync('canary')).toBe(false);
  expect(readdirSync('.').filter((name) => name.includes('canary'))).toEqual([]);
}

function isExpected(fails: HostileArgument['fails'], status: TaskEnded['status']): boolean {
  const isFailed = status !== 'ok' && status !== 'changed';
  return fails === 'perhaps' ? status !== 'unreachable' : isFailed === (fails === 'always');
}

function rootOf(all: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name.startsWith('./root/')));
}

/** Where an unprivileged user's journal lies. */
function isKeptForUndo(name: string): boolean {
  return name.startsWith('./home/.local');
}
