import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listing } from '../laws/sandbox.ts';
import { fettle } from '../playbooks/fettle.ts';
import { newKey } from './keys.ts';
import { startLab, type Lab } from './lab.ts';
import { labMissing } from './lab_requirements.ts';

const missing = labMissing();
const title = `accounts, their keys, jobs and rights on namespace hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;

const key = `${newKey().publicLine} dora`;
const shared = [
  { hostname: { name: 'renamed.example.com' } },
  { group: { name: 'operators', gid: 4700 } },
  {
    user: {
      name: 'dora',
      uid: 4711,
      groups: ['operators'],
      comment: 'Dora',
      password: '*',
      shell: '/bin/sh',
    },
  },
  { user: { name: 'dev', password_lock: true, group: 'operators' } },
  { authorized_key: { user: 'dora', key, key_options: 'from="127.0.0.0/8",no-pty', exclusive: true } },
];
const tasks: Readonly<Record<string, readonly unknown[]>> = {
  debian: [
    ...shared,
    { cron: { name: 'report', cron_file: 'report', user: 'dora', special_time: 'daily', job: 'date +\\%F' } },
    { sudoers: { name: 'operators', group: 'operators', commands: ['/usr/bin/id', '/bin/true x'] } },
  ],
  busybox: [
    ...shared,
    { cron: { name: 'report', user: 'dora', minute: 5, hour: 1, job: 'date +\\%F' } },
    { cron: { name: 'MAILTO', user: 'dora', env: true, value: 'ops' } },
  ],
};

describe.runIf(missing === null)(title, { timeout: 180_000 }, () => {
  let lab: Lab;
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-accounts-'));
    lab = await startLab({ debian: 1, busybox: 1 });
  }, 600_000);

  afterAll(async () => {
    await lab.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  test.each([
    ['debian', ['-u', 'ops', '-b']],
    ['busybox', []],
  ])('on %s: made, then as wanted, then as before', async (kind, words) => {
    const host = lab.hosts.find((one) => one.kind === kind);
    const root = (await host?.files()) ?? '';
    const playbook = join(scratch, `${kind}.json`);
    await writeFile(playbook, JSON.stringify([{ hosts: host?.name, tasks: tasks[kind] }]));
    const state = join(scratch, kind);
    await mkdir(join(root, 'var/spool/cron/crontabs'), { recursive: true });
    const before = await seen(root);

    const first = await fettle(['run', playbook, '-i', lab.inventory, ...words], state);
    expect(first, first.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(join(root, 'etc/passwd'), 'utf8')).toMatch(/^dora:x:4711:/m);
    expect(await readFile(join(root, 'home/dora/.ssh/authorized_keys'), 'utf8')).toContain(key);
    const [run = ''] = await readdir(join(state, 'runs'));

    const second = await fettle(
      ['run', playbook, '-i', lab.inventory, '--check', '--exit-code', ...words],
      state,
    );
    expect(second, second.stdout).toMatchObject({ code: 0, stderr: '' });

    const undone = await fettle(['undo', run, '-i', lab.inventory], state);
    expect(undone, undone.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await seen(root)).toEqual(before);
  });
});

/** All that the tasks may change. */
async function seen(root: string): Promise<Readonly<Record<string, unknown>>> {
  const cron = Object.entries(listing(join(root, 'var'), 'lasting')).filter(
    ([name]) => name.includes('/spool/') && !name.endsWith('cron.update'),
  );
  return {
    etc: listing(join(root, 'etc'), 'lasting'),
    home: listing(join(root, 'home'), 'lasting'),
    cron,
  };
}
