import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from '../playbooks/fettle.ts';
import { newKey } from './keys.ts';
import { startLab, type Lab } from './lab.ts';
import { labMissing } from './lab_requirements.ts';

const missing = labMissing();
const title = `login_check on namespace hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;

interface Told {
  readonly status: string;
  readonly message?: string;
}

describe.runIf(missing === null)(title, { timeout: 120_000 }, () => {
  let lab: Lab;
  let scratch: string;
  let runs = 0;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-login-'));
    lab = await startLab({ debian: 1 });
    const stranger = newKey();
    await writeFile(join(scratch, 'stranger'), stranger.privateText);
    await chmod(join(scratch, 'stranger'), 0o600);
  }, 600_000);

  afterAll(async () => {
    await lab.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  /** What became of each task, by its message. */
  async function tried(tasks: readonly unknown[], ...words: string[]) {
    const playbook = join(scratch, `${(runs += 1)}.json`);
    const failing = tasks.map((task) => ({ ...(task as object), ignore_errors: true }));
    await writeFile(playbook, JSON.stringify([{ hosts: 'debian1', tasks: failing }]));
    const ran = await fettle(
      ['run', playbook, '-i', lab.inventory, '-e', `pw=${lab.devPassword}`, '--output', 'jsonl', ...words],
      join(scratch, 'state'),
    );
    expect(ran.stderr).toBe('');
    expect(ran.stdout).not.toContain(lab.devPassword);
    const events = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Told & { readonly event: string });
    return events
      .filter(({ event }) => event === 'task_ended')
      .map(({ status, message }) => [status, message]);
  }

  test('right and wrong passwords and keys, slow ones, commands', async () => {
    const dev = { user: 'dev', password: '{{ pw }}' };
    const ended = await tried([
      { login_check: { ...dev, command: 'test "$(id -un)" = dev', within: 60 } },
      { login_check: { ...dev, command: 'echo no >&2; exit 3' } },
      { login_check: { ...dev, within: 0.001 } },
      { login_check: { ...dev, expect: 'refused' } },
      { login_check: { user: 'dev', password: 'not it', expect: 'refused' } },
      { login_check: { user: 'dev', password: 'not it' } },
      { login_check: { user: 'ops', private_key: lab.privateKey } },
      { login_check: { user: 'ops', private_key: join(scratch, 'stranger') } },
      { login_check: { user: 'nobody-here', password: 'x', expect: 'refused', attempts: 2 } },
      { login_check: { user: 'ops', password: 'x', private_key: lab.privateKey } },
    ]);
    expect(ended).toEqual([
      ['ok', undefined],
      ['ignored', 'dev was let in, and the command ended with status 3: no'],
      ['ignored', expect.stringMatching(/^the login of dev took [\d.]+ s; it may take 0.001$/)],
      ['ignored', expect.stringMatching(/^dev was let in after [\d.]+ s, and should have been refused$/)],
      ['ok', undefined],
      [
        'ignored',
        expect.stringMatching(/^dev was refused after [\d.]+ s: .* does not let dev log in: It takes: /),
      ],
      ['ok', undefined],
      ['ignored', expect.stringContaining('Tried: key ')],
      ['ok', undefined],
      ['ignored', 'give either `password` or `private_key`'],
    ]);
  });

  test('its register, where PAM’s account modules close the connection', async () => {
    const root = (await lab.hosts[0]?.files()) ?? '';
    await writeFile(join(root, 'etc/nologin'), 'closed\n');
    try {
      const [first, second] = await tried([
        { login_check: { user: 'dev', password: '{{ pw }}' }, register: 'login' },
        {
          assert: { that: ['login.attempts[0].came == "refused"', 'login.rc == 255', 'login.seconds > 0.0'] },
        },
      ]);
      expect(first?.[0]).toBe('ignored');
      expect(second).toEqual(['ok', undefined]);
    } finally {
      await rm(join(root, 'etc/nologin'));
    }
  });

  test('fettle’s own login, and a pause between two', async () => {
    expect(
      await tried([
        { login_check: { attempts: 2, pause: 0.5, command: 'test -n "$SSH_CONNECTION"' } },
        { login_check: { command: 'test "$(id -un)" = dev' } },
        { login_check: { user: 'dev', password: 'not it', expect: 'refused', attempts: 2, pause: 0.5 } },
      ]),
    ).toEqual([
      ['ok', undefined],
      ['ignored', 'fettle’s own account was let in, and the command ended with status 1'],
      ['ok', undefined],
    ]);
  });

  test('check mode tries nothing', async () => {
    expect(await tried([{ login_check: { user: 'dev', password: 'wrong' } }], '--check')).toEqual([
      ['ok', 'nobody logs in while the task only checks'],
    ]);
  });
});
