import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Module } from '../../engine/contract/module.ts';
import type { Probe } from '../../engine/contract/probe.ts';
import { shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { moduleCases } from './cases/index.ts';
import { byTitle, prepare, together, type Ground } from './ground.ts';
import { modulesOfKind } from './kinds.ts';
import { lookHere } from './look_here.ts';
import { failures, forget, runHere, statuses, undoHere, type Finished } from './play.ts';
import { withoutTheWorld } from './pure.ts';
import { attributesBeyondMode, keepsAttributes, listing, openSandbox, type Sandbox } from './sandbox.ts';
import { canTrace, writesIn } from './writes.ts';

type Resource = Module<never, unknown>;

const resources = await modulesOfKind('resource');
const isRoot = process.getuid?.() === 0;

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

test('every resource has a case that changes something, if it ever does, and one that does not', () => {
  const without = resources.filter(({ name }) => {
    const { cases = [], onlyLooks } = moduleCases[name] ?? {};
    const found = new Set(cases.map(({ changes }) => changes !== false));
    return found.size < (onlyLooks ? 1 : 2);
  });
  expect(without.map(({ name }) => name)).toEqual([]);
});

describe.each(resources)('$name', (module) => {
  const cases = moduleCases[module.name]?.cases ?? [];
  const able = cases.filter((one) => (isRoot || !one.asRoot) && (canEnterRoots || !one.inside));

  if (able.length < cases.length) test.runIf(false)('its other cases (need root)', () => undefined);

  describe.each(together(able))('$title', (group) => {
    test.runIf(canTrace).each(shells)(
      'looks and plans on %s, and writes nothing (needs strace)',
      async (shell) => {
        await looksOnly(module, await prepare(sandbox, shell, module, group.cases));
      },
    );

    test.each(shells)('changes, proves and takes back on %s', async (shell) => {
      await changesAndTakesBack(module, await prepare(sandbox, shell, module, group.cases), (root) =>
        listing(root, 'lasting'),
      );
    });
  });

  const kept = able.filter((one) => one.inside === undefined && !one.impossible);
  if (kept.length === 0) return;
  test.runIf(isRoot && keepsAttributes())(
    'takes back ACL and attributes (needs root, setfacl, setfattr)',
    async () => {
      const ground = await prepare(sandbox, 'dash', module, kept);
      const mark =
        'find . -type f -links 1 -exec setfacl -m u:1:r {} + -exec setfattr -n user.law -v kept {} +';
      spawnSync('sh', ['-c', mark], { cwd: ground.root });
      await changesAndTakesBack(module, ground, attributesBeyondMode);
    },
  );
});

/** Laws 1 and 2. */
async function looksOnly(module: Resource, { way, root, playbook, plots }: Ground): Promise<void> {
  const start = listing(root, 'all');
  const probes = plots.map(({ args }) => withoutTheWorld(() => module.probe(args)));
  const again = plots.map(({ args }) => withoutTheWorld(() => module.probe(args)));
  expect(again.map(questionsOf)).toEqual(probes.map(questionsOf));

  // Within a root directory of its own there is no strace.
  const trace = way.inside === undefined ? { trace: join(sandbox.folder, 'trace') } : {};
  const states = await lookHere(sandbox, { ...way, ...trace }, probes);
  expect(listing(root, 'all'), 'a probe writes nothing').toEqual(start);
  if (trace.trace !== undefined) expect(writesIn(trace.trace), 'a probe opens nothing to write').toEqual([]);

  const seen = inspect(states, { depth: null });
  const plans = plots.map(({ args }, index) => withoutTheWorld(() => module.plan(args, states[index])));
  const same = plots.map(({ args }, index) => withoutTheWorld(() => module.plan(args, states[index])));
  expect(same, 'a plan is the same each time').toEqual(plans);
  expect(inspect(states, { depth: null }), 'a plan leaves the state as it is').toBe(seen);
  expect(byTitle(plots, (_, index) => (plans[index]?.length ?? 0) > 0)).toEqual(
    byTitle(plots, ({ one }) => one.changes !== false),
  );

  const check = await runHere(sandbox, way, playbook, { check: true });
  expect(failures(check)).toEqual([]);
  expect(statuses(check)).toEqual(byTitle(plots, ({ one }) => (one.changes === false ? 'ok' : 'changed')));
  expect(listing(root, 'all'), 'check mode writes nothing').toEqual(start);
}

/** Laws 3 and 4. */
async function changesAndTakesBack(
  module: Resource,
  { way, root, playbook, plots }: Ground,
  stateOf: (folder: string) => unknown,
): Promise<void> {
  const runs: Finished[] = [];
  const run = async (): Promise<Finished> => {
    const finished = await runHere(sandbox, way, playbook);
    runs.push(finished);
    expect(failures(finished)).toEqual([]);
    return finished;
  };
  const able = plots.filter(({ one }) => !one.impossible);
  const look = () =>
    lookHere(
      sandbox,
      way,
      plots.map(({ args }) => module.probe(args)),
    );
  try {
    const start = byTitle(able, ({ folder }) => stateOf(folder));
    const before = await look();
    const first = await run();
    expect(statuses(first)).toEqual(byTitle(plots, ({ one }) => (one.changes === false ? 'ok' : 'changed')));
    for (const { one, folder } of plots) one.after?.(folder);
    expect(Object.keys(listing(root, 'lasting')).filter((name) => name.includes('.fettle-'))).toEqual([]);

    const after = await look();
    const left = byTitle(plots, ({ one, args }, index) => {
      const proof = one.changes === false || (module.proven?.(args, before[index], after[index]) ?? true);
      const rest = one.changes === 'always' ? [] : module.plan(args, after[index]).map(({ what }) => what);
      return [proof, ...rest];
    });
    expect(left, 'nothing is left to do').toEqual(byTitle(plots, () => [true]));
    const second = await run();
    expect(statuses(second)).toEqual(
      byTitle(plots, ({ one }) => (one.changes === 'always' ? 'changed' : 'ok')),
    );

    const undone = [...(await undoHere(sandbox, way, second)), ...(await undoHere(sandbox, way, first))];
    forget(way, ...runs.map(({ run: name }) => name));
    expect(undone.includes('impossible')).toBe(able.length < plots.length);
    expect(undone.filter((result) => !['undone', 'already', 'impossible'].includes(result))).toEqual([]);
    expect(
      byTitle(able, ({ folder }) => stateOf(folder)),
      'undo gives back what was there',
    ).toEqual(start);
  } finally {
    forget(way, ...runs.map(({ run: name }) => name));
  }
}

function questionsOf(probe: Probe<unknown>): readonly string[] {
  return probe.questions.map(({ fact, subject }) => `${fact.name} ${fact.id(subject)}`);
}
