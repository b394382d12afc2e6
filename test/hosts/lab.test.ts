import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from './lab.ts';
import type { LabHost } from './lab_host.ts';
import { installed, labMissing } from './lab_requirements.ts';

const execute = promisify(execFile);
const missing = labMissing() ?? (installed('ssh') && installed('sshpass') ? null : 'ssh and sshpass');
const title = `namespace hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 120_000 }, () => {
  let lab: Lab;
  const host = (name: string): LabHost => {
    const found = lab.hosts.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no host ${name}`);
    return found;
  };
  const run = async (name: string, user: string, command: string) => {
    const { stdout } = await execute('ssh', [
      ...options(lab, host(name)),
      `${user}@${host(name).address}`,
      command,
    ]);
    return stdout.trim();
  };

  beforeAll(async () => {
    lab = await startLab({ debian: 2, busybox: 1 });
  }, 600_000);

  afterAll(async () => {
    await lab.stop();
  });

  test.each([
    ['debian1', 'root', 'id -un; hostname', 'root\ndebian1'],
    ['debian2', 'ops', 'id -un; sudo -n id -un; hostname', 'ops\nroot\ndebian2'],
    [
      'busybox1',
      'root',
      'id -un; hostname; ls /bin/bash /usr/bin/python3 2>/dev/null | wc -l',
      'root\nbusybox1\n0',
    ],
    ['busybox1', 'ops', 'id -un', 'ops'],
  ])('%s answers %s with the OpenSSH client', async (name, user, command, expected) => {
    expect(await run(name, user, command)).toBe(expected);
  });

  test('dev logs in and becomes root with its password alone', async () => {
    const { address, port } = host('debian1');
    const asDev = [
      '-o',
      'PubkeyAuthentication=no',
      '-o',
      `UserKnownHostsFile=${lab.knownHosts}`,
      '-F',
      'none',
    ];
    const command = `echo '${lab.devPassword}' | sudo -S -p '' id -un; sudo -k; sudo -n true 2>/dev/null || echo asked`;
    const { stdout } = await execute(
      'sshpass',
      ['-e', 'ssh', ...asDev, '-p', String(port), `dev@${address}`, command],
      { env: { ...process.env, SSHPASS: lab.devPassword } },
    );
    expect(stdout).toBe('root\nasked\n');
  });

  test('what one host writes and removes is its own', async () => {
    await run('debian1', 'root', 'echo mine >/etc/mine; rm /usr/bin/sudoreplay');
    expect(await run('debian2', 'root', 'ls /etc/mine /usr/bin/sudoreplay 2>/dev/null || true')).toBe(
      '/usr/bin/sudoreplay',
    );
  });

  test('what runs on one host is not seen on another', async () => {
    await run(
      'debian1',
      'root',
      'sleep 271 </dev/null >/dev/null 2>&1 & until grep -qx sleep /proc/$!/comm; do :; done',
    );
    const processes = 'ps -eo args= | grep -c "^sleep 27[1]" || true';
    expect([await run('debian1', 'root', processes), await run('debian2', 'root', processes)]).toEqual([
      '1',
      '0',
    ]);
  });

  test("the machine's kernel settings can be read only, the boot id is each host's own", async () => {
    const settings = '/proc/sys/kernel/random';
    expect(
      await run('debian1', 'root', `(echo 1 >${settings}/write_wakeup_threshold) 2>&1 || true`),
    ).toContain('Read-only file system');
    expect(await run('debian1', 'root', `cat ${settings}/boot_id`)).not.toBe(
      await run('debian2', 'root', `cat ${settings}/boot_id`),
    );
  });

  test('the files of a host can be looked at from outside', async () => {
    expect(await readFile(join(await host('busybox1').files(), 'etc/hostname'), 'utf8')).toBe('busybox1\n');
  });

  test('a host comes back from a reboot with its files and another boot id', async () => {
    await run('busybox1', 'root', 'echo kept >/root/kept');
    const before = await run('busybox1', 'root', 'cat /proc/sys/kernel/random/boot_id');
    await run('busybox1', 'root', 'reboot -f').catch(() => undefined);
    const after = () =>
      run('busybox1', 'root', 'cat /root/kept /proc/sys/kernel/random/boot_id').catch(() => '');
    await expect.poll(after, { timeout: 20_000 }).toMatch(/^kept\n/);
    expect(await after()).not.toContain(before);
  });

  test('an inventory line names each host', async () => {
    const text = await readFile(lab.inventory, 'utf8');
    for (const { name, address, port } of lab.hosts) {
      expect(text).toContain(`${name} ansible_host=${address} ansible_port=${port} ansible_user=root\n`);
    }
  });

  test('stop leaves no process, no mount and no file', async () => {
    const short = await startLab({ debian: 1 });
    const folder = join(short.inventory, '..');
    await execute('ssh', [
      ...options(short, short.hosts[0] as LabHost),
      `root@${short.hosts[0]?.address}`,
      'setsid sh -c "trap : HUP TERM; sleep 300" </dev/null >/dev/null 2>&1 &',
    ]);
    await short.stop();
    expect(await leftovers(folder)).toBe('');
  });

  test('hosts go when the one who started them is killed', async () => {
    const program = join(import.meta.dirname, 'fixtures', 'hold_lab.ts');
    const holder = spawn(process.execPath, ['--import', 'tsx', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(holder.stdout, 'data')) as [Buffer];
    const folder = line.toString().trim();
    expect(await leftovers(folder)).not.toBe('');
    holder.kill('SIGKILL');
    await expect.poll(() => leftovers(folder), { timeout: 20_000 }).toBe('');
  });
});

/** What can still be seen of a lab: processes that name its folder, mounts, the folder itself. */
async function leftovers(folder: string): Promise<string> {
  const { stdout: processes } = await execute('ps', ['-eo', 'args']);
  const { stdout: mounts } = await execute('mount', []);
  const seen = `${processes}${mounts}`.split('\n').filter((line) => line.includes(folder));
  const there = await access(folder).then(
    () => [folder],
    () => [],
  );
  return [...seen, ...there].join('\n');
}

function options(lab: Lab, host: LabHost): readonly string[] {
  const words = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    'KexAlgorithms=curve25519-sha256',
    `UserKnownHostsFile=${lab.knownHosts}`,
  ];
  return [
    '-F',
    'none',
    '-i',
    lab.privateKey,
    '-p',
    String(host.port),
    ...words.flatMap((word) => ['-o', word]),
  ];
}
