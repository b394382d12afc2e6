import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { installed, labMissing } from './lab_requirements.ts';

const execute = promisify(execFile);
const missing = labMissing() ?? (installed('ssh') ? null : 'ssh');
const title = `npm run hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 600_000 }, () => {
  let state: string;
  const hosts = (...words: string[]) =>
    execute(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'cli.ts'), ...words], {
      env: { ...process.env, FETTLE_LAB_STATE: join(state, 'lab') },
    });

  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'fettle-hosts-'));
  });

  afterEach(async () => {
    await hosts('down');
    await rm(state, { recursive: true, force: true });
  });

  test('up, list, log in, down', async () => {
    const { stdout } = await hosts('up', '1', '--systemd', '1');
    expect(stdout).toMatch(
      /^debian1 +127\.1\.0\.1:\d+ +up\nbusybox1 +127\.1\.0\.2:\d+ +up\nsystemd1 +127\.1\.0\.3:\d+ +up\n/,
    );

    const inventory = await readFile(join(state, 'lab', 'inventory.ini'), 'utf8');
    const port = /debian1 .*ansible_port=(\d+)/.exec(inventory)?.[1] ?? '';
    const files = [
      '-i',
      join(state, 'lab', 'id_ed25519'),
      '-o',
      `UserKnownHostsFile=${join(state, 'lab', 'known_hosts')}`,
    ];
    const login = await execute('ssh', [
      '-F',
      'none',
      '-o',
      'BatchMode=yes',
      ...files,
      '-p',
      port,
      'ops@127.1.0.1',
      'hostname',
    ]);
    expect(login.stdout).toBe('debian1\n');

    await expect(hosts('up')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('up already'),
    });
    expect((await hosts('down')).stdout).toBe('3 hosts ended.\n');
    expect((await hosts('list')).stdout).toBe('No hosts are up.\n');
    await expect(access(join(state, 'lab'))).rejects.toThrow();
  });

  test.each([[['sideways']], [['up', 'many']], [['up', '1', '--systemd']], [['down', '1']], [[]]])(
    '%j is answered with the usage',
    async (words) => {
      await expect(hosts(...words)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining('npm run hosts -- up'),
      });
    },
  );
});
