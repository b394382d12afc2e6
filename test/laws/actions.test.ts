import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Action, Outcome, Run } from '../../engine/contract/module.ts';
import { known } from '../../engine/contract/probe.ts';
import { shells } from '../facts/look.ts';
import { moduleCases } from './cases/index.ts';
import { byTitle, prepare, type Ground } from './ground.ts';
import { modulesOfKind } from './kinds.ts';
import { lookHere } from './look_here.ts';
import { forget, runHere, statuses, undoHere } from './play.ts';
import { deepFreeze, withoutTheWorld } from './pure.ts';
import { listing, openSandbox, type Sandbox } from './sandbox.ts';
import { canTrace, writesIn } from './writes.ts';

const actions = await modulesOfKind('action');

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

test('every action has a case', () => {
  expect(actions.filter(({ name }) => (moduleCases[name]?.cases ?? []).length === 0)).toEqual([]);
});

describe.each(actions)('$name', (action) => {
  const cases = moduleCases[action.name]?.cases ?? [];

  test.runIf(canTrace).each(shells)(
    'its guard and check mode write nothing on %s (needs strace)',
    async (shell) => {
      await looksOnly(action, await prepare(sandbox, shell, action, cases));
    },
  );

  test.each(shells)('acts, and is taken back where it says how, on %s', async (shell) => {
    const { way, root, playbook, plots } = await prepare(sandbox, shell, action, cases);
    const start = byTitle(plots, ({ folder }) => listing(folder, 'lasting'));
    const finished = await runHere(sandbox, way, playbook);
    try {
      expect(statuses(finished)).toEqual(byTitle(plots, statusOf));
      expectMessages(finished.tasks, plots);
      const now = byTitle(plots, ({ folder }) => listing(folder, 'lasting'));
      for (const { title, one } of plots) if (!one.changes) expect(now[title]).toEqual(start[title]);

      const undone = await undoHere(sandbox, way, finished);
      const changed = plots.filter(({ one }) => one.changes !== false);
      expect(undone).toEqual(
        changed.map(({ one }) => (one.impossible ? 'impossible' : 'undone')).toReversed(),
      );
      for (const { title, one, folder } of changed)
        if (!one.impossible) expect(listing(folder, 'lasting'), title).toEqual(start[title]);
      expect(sandbox.canaries()).toBe(0);
      expect(root).toBe(sandbox.root);
    } finally {
      forget(way, finished.run);
    }
  });

  test('what it runs depends on its arguments alone', async () => {
    const { plots } = await prepare(sandbox, 'dash', action, cases);
    for (const { args } of plots) {
      const [one, other] = withoutTheWorld(
        () => [action.run(args, { host: 'h' }), action.run(args, { host: 'h' })] as const,
      );
      expect(shown(other)).toEqual(shown(one));
      expect(action.reads(args)).toBe(action.reads(args));
      for (const outcome of outcomes) {
        const [first, second] = withoutTheWorld(() => [one.result(outcome), one.result(outcome)] as const);
        expect(second).toEqual(first);
        expect(outcome.code === 0 || action.name === 'wait_for' || first.failed !== undefined).toBe(true);
      }
    }
  });
});

const outcomes: readonly Outcome[] = [
  { code: 0, stdout: Buffer.from('12\nx\n'), stderr: Buffer.alloc(0), timedOut: false },
  { code: 1, stdout: Buffer.alloc(0), stderr: Buffer.from('no\n'), timedOut: false },
  { code: 127, stdout: Buffer.from([0xff, 0, 0xfe]), stderr: Buffer.from([0xc3]), timedOut: false },
  { code: 143, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), timedOut: true },
].map(deepFreeze);

async function looksOnly(action: Action<never>, { way, root, playbook, plots }: Ground): Promise<void> {
  const start = listing(root, 'all');
  const guards = plots.map(({ args }) => withoutTheWorld(() => action.guard?.(args) ?? known(null)));
  const trace = join(sandbox.folder, 'trace');
  const held = await lookHere(sandbox, { ...way, trace }, guards);
  if (guards.some((guard) => guard.questions.length > 0))
    expect(writesIn(trace), 'a guard opens nothing to write').toEqual([]);
  const runs = byTitle(
    plots,
    ({ one, args }, index) => held[index] === null && !action.reads(args) && !one.fails,
  );
  expect(runs).toEqual(byTitle(plots, ({ one }) => one.changes !== false));

  const check = await runHere(sandbox, way, playbook, { check: true });
  expect(statuses(check)).toEqual(byTitle(plots, statusOf));
  expect(listing(root, 'all'), 'check mode writes nothing').toEqual(start);
}

function statusOf({ one }: Ground['plots'][number]): string {
  if (one.fails !== undefined) return 'ignored';
  return one.changes === false ? 'ok' : 'changed';
}

function expectMessages(
  tasks: readonly { readonly task: string; readonly message?: string }[],
  plots: Ground['plots'],
): void {
  for (const { title, one } of plots) {
    if (one.fails !== undefined)
      expect(tasks.find(({ task }) => task === title)?.message).toContain(one.fails);
  }
}

/** What can be compared: a function is known by what it gives. */
function shown(run: Run): unknown {
  return JSON.parse(JSON.stringify(run));
}
