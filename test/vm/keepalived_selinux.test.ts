import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeClientFiles } from '../hosts/client_files.ts';
import { fettle } from '../playbooks/fettle.ts';
import { startMachine, type Machine } from './machine.ts';
import { vmMissing } from './requirements.ts';

const missing = vmMissing();
const title = `keepalived-selinux where SELinux is enforcing${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'keepalived-selinux', 'playbook.yml');
const script = '/etc/keepalived/check.sh';
const log = '/var/log/check.log';

// The script tells in which domain it is run. It may take long on a slow machine, and keepalived would end it.
const setUp = (tracked: string) => `cat >${script} <<'SCRIPT'
#!/bin/sh
tr -d '\\000' </proc/self/attr/current >>${log}
echo >>${log}
SCRIPT
chmod 0755 ${script}
cat >/etc/keepalived/keepalived.conf <<'CONF'
$VIP=192.0.2.7/24
vrrp_script check {
  script "${script}"
  interval 1
  timeout 20
}
vrrp_script never {
  script /bin/false
  interval 1
}
vrrp_instance one {
  state BACKUP
  interface eth0
  virtual_router_id 7
  priority 50
  virtual_ipaddress {
    $VIP
  }
  track_script {
    ${tracked}
  }
}
CONF
systemctl start keepalived
for _ in $(seq 60); do
  if grep -q 'denied.*keepalived_t' /var/log/audit/audit.log; then exit 0; fi
  sleep 0.5
done
exit 1`;

describe.runIf(missing === null)(title, () => {
  /** It comes to hold the address, and stands first in the inventory. */
  let machine: Machine;
  /** It never does: one of its checks fails. */
  let backup: Machine;
  let scratch: string;
  let inventory: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-keepalived-vm-'));
    [machine, backup] = await Promise.all([startMachine('selinux'), startMachine('selinux')]);
    const key = await readFile((await machine.inventory(scratch)).privateKey, 'utf8');
    const keepalived = [
      { ...machine.host, name: 'lb1' },
      { ...backup.host, name: 'lb2' },
    ];
    ({ inventory } = await writeClientFiles(scratch, key, { keepalived }));
    await Promise.all([machine.run(setUp('check')), backup.run(setUp('check\n    never'))]);
  }, 300_000);

  afterAll(async () => {
    await machine?.close();
    await backup?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const where = () => ['-i', inventory];
  const state = () => join(scratch, 'state');
  const run = (variables: Readonly<Record<string, unknown>>, ...more: string[]) =>
    fettle(
      [
        ...['run', playbook],
        ...where(),
        '-e',
        JSON.stringify({ timeout_seconds: 90, ...variables }),
        ...more,
      ],
      state(),
    );
  const lastRun = async () => (await readdir(join(state(), 'runs'))).sort().at(-1) ?? '';
  const undo = async (made: string) => {
    const ended = await fettle(['undo', made, ...where()], state());
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
  };
  const labelOf = async (path: string, on = machine) => (await on.run(`stat -c %C ${path}`)).trim();
  const domains = async () => machine.run(`sort -u ${log} 2>/dev/null || :`);

  test('where a BACKUP node is not proven, no MASTER is touched', async () => {
    const never = join(scratch, 'never.ini');
    await writeFile(never, '[keepalived]\nlb2 proof_file=/var/log/never\n');
    const ended = await run({ fix: 'chcon', timeout_seconds: 2 }, '-i', never);
    expect(ended, ended.stdout).toMatchObject({ code: 2 });
    expect(ended.stdout).toMatch(/PLAY BACKUP nodes[^]*lb2 +FAILED[^]*\/var\/log\/never shows no run/);
    expect(ended.stdout).not.toContain('PLAY MASTER nodes');
    expect(await labelOf(script)).toContain(':etc_t:');
    expect(await labelOf(script, backup)).toContain(':keepalived_unconfined_script_exec_t:');
    await undo(await lastRun());
    expect(await labelOf(script, backup)).toContain(':etc_t:');
  }, 300_000);

  test('a script of /etc is denied; with a rule and its label it runs in a domain of its own, and undo takes it back', async () => {
    expect(await labelOf(script)).toBe('unconfined_u:object_r:etc_t:s0');
    expect(await domains(), 'it has never run').toBe('');

    const ended = await run({ proof_file: log, proof_line: ':keepalived_unconfined_script_t:' });
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      /keepalived \(keepalived_t\) was denied execute on file check\.sh \(etc_t\)/,
    );
    expect(ended.stdout).toMatch(/PLAY BACKUP nodes[^]*lb2 +changed[^]*PLAY MASTER nodes[^]*lb1 +changed/);
    const made = await lastRun();
    expect(await labelOf(script)).toBe('unconfined_u:object_r:keepalived_unconfined_script_exec_t:s0');
    expect(await domains()).toContain('system_u:system_r:keepalived_unconfined_script_t:s0');

    const second = await run({ proof_file: log }, '--check', '--exit-code');
    expect(second, second.stdout).toMatchObject({ code: 0 });

    await undo(made);
    expect(await labelOf(script)).toBe('unconfined_u:object_r:etc_t:s0');
    expect(
      await machine.run('grep -c check /etc/selinux/default/contexts/files/file_contexts.local || :'),
    ).toBe('0\n');
  }, 400_000);

  test('a script that moves gets its label from the policy, and runs in a domain of its own', async () => {
    await machine.run(`rm -f ${log}`);
    const ended = await run(
      { fix: 'move', proof_file: log, proof_line: ':keepalived_unconfined_script_t:' },
      ...['-l', 'lb1'],
    );
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    const made = await lastRun();
    expect(await labelOf('/usr/libexec/keepalived/check.sh')).toMatch(
      /:keepalived_unconfined_script_exec_t:/,
    );
    expect(await domains()).toContain('keepalived_unconfined_script_t');
    await undo(made);
    expect(
      await machine.run('ls -A /usr/libexec/keepalived; grep script /etc/keepalived/keepalived.conf'),
    ).toContain(`script "${script}"`);
  }, 300_000);

  test('a label for now lets the script run until the next relabelling, which is said', async () => {
    await machine.run(`rm -f ${log}`);
    const ended = await run({ fix: 'chcon' }, '-l', 'lb1');
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(
      `label ${script}: etc_t → keepalived_unconfined_script_exec_t (restorecon would make it etc_t)`,
    );
    const made = await lastRun();
    expect(await domains()).toBe('system_u:system_r:keepalived_unconfined_script_t:s0\n');
    const second = await run({ fix: 'chcon' }, '-l', 'lb1', '--check', '--exit-code');
    expect(second, second.stdout).toMatchObject({ code: 0 });
    await undo(made);
    expect(await labelOf(script)).toBe('unconfined_u:object_r:etc_t:s0');
  }, 300_000);
});
