import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { moduleCases } from './cases/index.ts';
import { byTitle, prepare } from './ground.ts';
import { modulesOfKind } from './kinds.ts';
import { runHere, statuses } from './play.ts';
import { withoutTheWorld } from './pure.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';

const directives = await modulesOfKind('directive');

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

test('every directive has a case', () => {
  expect(directives.filter(({ name }) => (moduleCases[name]?.cases ?? []).length === 0)).toEqual([]);
});

describe.each(directives)('$name', (directive) => {
  const cases = moduleCases[directive.name]?.cases ?? [];

  test('depends on its arguments alone, and leaves them as they are', async () => {
    const { plots } = await prepare(sandbox, 'dash', directive, cases);
    for (const { args, one } of plots) {
      const [first, second] = withoutTheWorld(() => [directive.run(args), directive.run(args)] as const);
      expect(second).toEqual(first);
      expect(first.failed === undefined).toBe(one.fails === undefined);
    }
  });

  test.each([false, true])('needs no host (check mode: %s)', async (check) => {
    const { playbook, plots } = await prepare(sandbox, 'dash', directive, cases);
    const finished = await runHere(sandbox, { shell: 'dash' }, playbook, { check });
    expect(statuses(finished)).toEqual(
      byTitle(plots, ({ one }) => (one.fails === undefined ? 'ok' : 'ignored')),
    );
    for (const { title, one } of plots) {
      const message = finished.tasks.find(({ task }) => task === title)?.message;
      if (one.fails !== undefined) expect(message).toContain(one.fails);
    }
    expect(await finished.host.sends()).toBe(0);
  });
});
