import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from '../hosts/lab.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { fettle } from './fettle.ts';

const missing = labMissing();
const title = `passwords and other users on namespace hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 60_000 }, () => {
  let lab: Lab;
  let folder: string;
  let files: string;
  let password: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fettle-become-'));
    lab = await startLab({ debian: 1 });
    files = (await lab.hosts[0]?.files()) ?? '';
    password = join(folder, 'password');
    await writeFile(password, `${lab.devPassword}\n`);
    await chmod(password, 0o600);
    const host = lab.hosts[0] as (typeof lab.hosts)[number];
    await writeFile(
      join(folder, 'hosts.ini'),
      `host ansible_host=${host.address} ansible_port=${host.port} ansible_ssh_common_args='-o UserKnownHostsFile=${lab.knownHosts}'\n`,
    );
  }, 600_000);

  afterAll(async () => {
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function run(tasks: string, ...options: readonly string[]) {
    const file = join(folder, 'p.yml');
    await writeFile(file, `- hosts: host\n  tasks:\n${tasks.trim().replaceAll(/^/gm, '    ')}\n`);
    const before = new Set(runs());
    const words = ['run', file, '-i', join(folder, 'hosts.ini'), '-v', ...options];
    const said = await fettle(words, { FETTLE_STATE: join(folder, 'state'), HOME: folder });
    const run = runs().find((name) => !before.has(name)) ?? '';
    const record = readFileSync(join(folder, 'state', 'runs', run, 'events.jsonl'), 'utf8');
    for (const shown of [said.stdout, said.stderr, record]) expect(shown).not.toContain(lab.devPassword);
    return { ...said, run };
  }

  const runs = (): readonly string[] => {
    const kept = join(folder, 'state', 'runs');
    return existsSync(kept) ? readdirSync(kept) : [];
  };
  const login = () => ['-u', 'dev', '--connection-password-file', password];
  const become = () => ['-b', '--become-password-file', password];
  const whoami = '- command: { cmd: id -un, reads: true }';

  test('-u and a login password', async () => {
    const said = await run(whoami, ...login());
    expect(said.stdout).toContain('      dev\n');
    expect(said.code).toBe(0);
  });

  test('a wrong login password is a host that cannot be reached, and not shown', async () => {
    const wrong = join(folder, 'wrong');
    await writeFile(wrong, `not-${lab.devPassword.toUpperCase()}x\n`);
    const said = await run(whoami, '-u', 'dev', '--connection-password-file', wrong);
    expect(said.code).toBe(4);
    expect(said.stdout).toContain('UNREACHABLE');
    expect(said.stdout).not.toContain('not-');
  });

  test('-b with -K: root, and its journal is root’s, closed to all others', async () => {
    const said = await run(
      `${whoami}\n- copy: { dest: /etc/made, content: x }`,
      ...login(),
      ...become(),
      '-vvv',
    );
    expect(said.code).toBe(0);
    expect(said.stdout).toContain('      root\n');
    expect(existsSync(`${files}/var/lib/fettle/${said.run}/0001/undo`)).toBe(true);
    const words = ['undo', said.run, ...login(), '--become-password-file', password];
    const undone = await fettle(words, { FETTLE_STATE: join(folder, 'state'), HOME: folder });
    expect(undone.stderr + undone.stdout).not.toContain(lab.devPassword);
    expect(undone.code).toBe(0);
    expect(existsSync(`${files}/etc/made`)).toBe(false);
  });

  test('a user’s journal is the user’s', async () => {
    const said = await run('- copy: { dest: /tmp/made, content: x }', ...login());
    expect(said.code).toBe(0);
    expect(existsSync(`${files}/home/dev/.local/state/fettle/${said.run}/0001/undo`)).toBe(true);
  });

  test('-b without a password fails the tasks, says how to give one, and sends none', async () => {
    const said = await run(whoami, ...login(), '-b');
    expect(said.code).toBe(2);
    expect(said.stdout).toMatch(/-K/);
  });

  test('facts -b asks as root', async () => {
    const words = ['facts', 'host', '-i', join(folder, 'hosts.ini'), ...login()];
    const refused = await fettle([...words, '-b'], { HOME: folder });
    expect([refused.code, refused.stdout]).toEqual([2, expect.stringMatching(/"error": ".*password/)]);
    const told = await fettle([...words, ...become()], { HOME: folder });
    expect([told.code, told.stdout]).toEqual([0, expect.stringContaining('"id": "debian"')]);
  });

  test('--become-user, and root with -u root and --private-key', async () => {
    const said = await run(
      whoami,
      '-u',
      'root',
      '--private-key',
      lab.privateKey,
      '-b',
      '--become-user',
      'dev',
    );
    expect(said.stdout).toContain('      dev\n');
    const su = await run(
      whoami,
      '-u',
      'root',
      '--private-key',
      lab.privateKey,
      '-b',
      '--become-user',
      'dev',
      '--become-method',
      'su',
    );
    expect(su.stdout).toContain('      dev\n');
  });

  test('two users in one play see what the other has changed', async () => {
    const said = await run(
      `
- { copy: { dest: /tmp/two, content: "one\\n" }, become: true }
- { copy: { dest: /tmp/two.dev, content: x } }
- { command: { cmd: cat /tmp/two, reads: true } }
- { file: { path: /tmp/two, owner: dev, group: dev }, become: true }
- { copy: { dest: /tmp/two, content: "two\\n" } }
`,
      ...login(),
      '--become-password-file',
      password,
    );
    expect(said.code).toBe(0);
    expect(await readFile(`${files}/tmp/two`, 'utf8')).toBe('two\n');
  });

  test('--accept-new takes the key of a host that is not known, and only then', async () => {
    const host = lab.hosts[0] as (typeof lab.hosts)[number];
    const words = ['do', 'all', 'command', 'cmd=id -un', '-i'];
    const inventory = join(folder, 'unknown.ini');
    const known = join(folder, 'known_hosts.new');
    await writeFile(
      inventory,
      `host ansible_host=${host.address} ansible_port=${host.port} ansible_user=root ansible_ssh_private_key_file=${lab.privateKey} ansible_ssh_common_args='-o UserKnownHostsFile=${known}'\n`,
    );
    const environment = { FETTLE_STATE: join(folder, 'state'), HOME: folder };
    const refused = await fettle([...words, inventory], environment);
    expect([refused.code, refused.stdout]).toEqual([4, expect.stringContaining('--accept-new')]);
    expect((await fettle([...words, inventory, '--accept-new'], environment)).code).toBe(0);
    expect((await fettle([...words, inventory], environment)).code).toBe(0);
  });
});
