import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadPlaybook } from '../../engine/load/load_playbook.ts';
import { tasksOf } from '../../engine/load/tasks_of.ts';
import type { Playbook } from '../../engine/load/playbook.ts';
import { registry } from '../../engine/modules/index.ts';
import { shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot } from '../facts/root.ts';
import { startServer } from '../modules/http_server.ts';
import { fettle } from '../playbooks/fettle.ts';
import { bringShell, type Way } from './host_here.ts';
import { ownRoots } from './own_roots.ts';
import { failures, forget, runHere, undoHere, type Finished } from './play.ts';
import { listing, openSandbox, type Sandbox } from './sandbox.ts';
import { sysv } from './services.ts';

const folder = join(import.meta.dirname, '..', '..', 'examples', 'modules');
const modules = await Promise.all(Object.values(registry).map((load) => load()));
const files = modules.map(({ name }) => join(folder, `${name}.yml`));
const needsService = 'systemd';
const harmless = modules.filter(({ name }) => name !== needsService && !(name in ownRoots));

const { base: server } = await startServer();

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

test('the command line finds no mistake in any example', async () => {
  const ended = await fettle(['run', ...files, '-i', 'here,', '--syntax-check'], sandbox.folder);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});

test('the command line runs them, finds nothing to change afterwards, and takes them back', async () => {
  const resources = harmless.filter(({ kind }) => kind === 'resource');
  const state = join(sandbox.folder, 'state');
  const here = [
    '-i',
    'here,',
    '-c',
    'local',
    '-e',
    `root=${join(sandbox.root, 'example')}`,
    '-e',
    `server=${server}`,
  ];
  const playbooks = resources.map(({ name }) => join(folder, `${name}.yml`));

  const first = await fettle(['run', ...playbooks, ...here], state);
  expect(first, first.stdout).toMatchObject({ code: 0, stderr: '' });
  const [made = ''] = readdirSync(join(state, 'runs'));
  expect(readdirSync(sandbox.root)).toEqual(['example']);
  const second = await fettle(['run', ...playbooks, ...here, '--check', '--exit-code'], state);
  expect(second, second.stdout).toMatchObject({ code: 0, stderr: '' });
  const undone = await fettle(['undo', made, '-c', 'local'], state);
  forget({ shell: 'dash' }, made);
  expect(undone, undone.stdout).toMatchObject({ code: 0, stderr: '' });
  expect(readdirSync(sandbox.root)).toEqual([]);
});

describe.each(harmless)('$name', ({ name, kind }) => {
  test.each(shells)('runs, again, and back, on %s', async (shell) => {
    const playbook = await loadPlaybook(join(folder, `${name}.yml`), { registry });
    await runsAndGoesBack({ shell }, playbook, kind === 'resource');
  });
});

test.runIf(canEnterRoots).each(shells)(
  'systemd keeps the service of its example on %s (needs root)',
  async (shell) => {
    constructRoot(sandbox.root, { ...sysv('cron'), 'var/lib': 'folder' });
    bringShell(sandbox.root, shell);
    const { file, plays } = await loadPlaybook(join(folder, 'systemd.yml'), { registry });
    // Without systemd there are no process ids to be shown.
    const own = plays.map((play) => ({
      ...play,
      steps: tasksOf(play.steps).filter(({ module }) => module.name === 'systemd'),
    }));
    await runsAndGoesBack({ shell, inside: sandbox.root }, { file, plays: own }, true);
  },
);

describe.runIf(canEnterRoots).each(Object.entries(ownRoots))(
  '%s, whose example changes the machine, in a root of its own (needs root)',
  (name, { entries, prepare, values }) => {
    test.each(shells)('runs, again, and back, on %s', async (shell) => {
      constructRoot(sandbox.root, { ...entries, 'var/lib': 'folder' });
      bringShell(sandbox.root, shell);
      prepare?.(sandbox.root);
      const playbook = await loadPlaybook(join(folder, `${name}.yml`), { registry });
      await runsAndGoesBack({ shell, inside: sandbox.root }, playbook, true, values);
    });
  },
);

async function runsAndGoesBack(
  way: Way,
  playbook: Playbook,
  isKept: boolean,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const start = listing(sandbox.root, 'lasting');
  const values = { root: join(sandbox.root, 'example'), server, ...more };
  const runs: Finished[] = [];
  try {
    for (const time of ['first', 'second'] as const) {
      const finished = await runHere(sandbox, way, playbook, { values });
      runs.push(finished);
      expect(failures(finished), time).toEqual([]);
      if (isKept && time === 'second')
        expect(finished.tasks.filter(({ status }) => status === 'changed').map(({ task }) => task)).toEqual(
          [],
        );
    }
    if (!isKept) return;
    const undone = await undoHere(sandbox, way, runs[0] as Finished);
    expect(undone.filter((result) => result !== 'undone')).toEqual([]);
    forget(way, ...runs.map(({ run }) => run));
    expect(listing(sandbox.root, 'lasting')).toEqual(start);
  } finally {
    forget(way, ...runs.map(({ run }) => run));
  }
}
