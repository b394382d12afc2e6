import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from '../playbooks/fettle.ts';
import { startMachine, type Machine } from './machine.ts';
import { vmMissing } from './requirements.ts';

const missing = vmMissing();
const title = `keepalived-selinux where SELinux is enforcing${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'keepalived-selinux', 'playbook.yml');
const script = '/etc/keepalived/check.sh';
const log = '/var/log/check.log';

// The script tells in which domain it is run. It may take long on a slow machine, and keepalived would end it.
const setUp = `cat >${script} <<'SCRIPT'
#!/bin/sh
tr -d '\\000' </proc/self/attr/current >>${log}
echo >>${log}
SCRIPT
chmod 0755 ${script}
cat >/etc/keepalived/keepalived.conf <<'CONF'
vrrp_script check {
  script "${script}"
  interval 1
  timeout 20
}
vrrp_instance one {
  state BACKUP
  interface eth0
  virtual_router_id 7
  priority 50
  virtual_ipaddress {
    192.0.2.7/24
  }
  track_script {
    check
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
  let machine: Machine;
  let scratch: string;
  let inventory: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-keepalived-vm-'));
    machine = await startMachine('selinux');
    ({ inventory } = await machine.inventory(scratch));
    await writeFile(join(scratch, 'keepalived.ini'), '[keepalived]\nselinux\n');
    await machine.run(setUp);
  }, 300_000);

  afterAll(async () => {
    await machine?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const where = () => ['-i', inventory, '-i', join(scratch, 'keepalived.ini')];
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
  const labelOf = async (path: string) => (await machine.run(`stat -c %C ${path}`)).trim();
  const domains = async () => machine.run(`sort -u ${log} 2>/dev/null || :`);

  test('a script of /etc is denied; with a rule and its label it runs in a domain of its own, and undo takes it back', async () => {
    expect(await labelOf(script)).toBe('unconfined_u:object_r:etc_t:s0');
    expect(await domains(), 'it has never run').toBe('');

    const ended = await run({ proof_file: log, proof_line: ':keepalived_unconfined_script_t:' });
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(
      /keepalived \(keepalived_t\) was denied execute on file check\.sh \(etc_t\)/,
    );
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
    const ended = await run({ fix: 'move', proof_file: log, proof_line: ':keepalived_unconfined_script_t:' });
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
    const ended = await run({ fix: 'chcon' });
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(
      `label ${script}: etc_t → keepalived_unconfined_script_exec_t (restorecon would make it etc_t)`,
    );
    const made = await lastRun();
    expect(await domains()).toBe('system_u:system_r:keepalived_unconfined_script_t:s0\n');
    const second = await run({ fix: 'chcon' }, '--check', '--exit-code');
    expect(second, second.stdout).toMatchObject({ code: 0 });
    await undo(made);
    expect(await labelOf(script)).toBe('unconfined_u:object_r:etc_t:s0');
  }, 300_000);
});
