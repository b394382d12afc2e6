import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { machineImage } from './image.ts';
import { startMachine, type Machine } from './machine.ts';
import { vmMissing } from './requirements.ts';

describe.runIf(vmMissing() === null)('a machine with SELinux enforcing (needs QEMU)', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await startMachine('selinux');
  });
  afterAll(() => machine?.close());

  /** Starts keepalived anew with one script; gives what that left behind, or the first denial, whichever is waited for. */
  const keepalivedRuns = (path: string, until: 'has run' | 'is denied') =>
    machine.run(`systemctl stop keepalived; rm -f /run/checked
cat >/etc/keepalived/keepalived.conf <<'CONF'
global_defs {
  enable_script_security
  script_user root
}
vrrp_script check {
  script "${path}"
  interval 1
}
vrrp_instance one {
  state BACKUP
  interface eth0
  virtual_router_id 7
  priority 50
  track_script { check }
}
CONF
seen=$(wc -l </var/log/audit/audit.log)
systemctl start keepalived
for _ in $(seq 120); do
  ${until === 'has run' ? '[ ! -s /run/checked ] || exec cat /run/checked' : `tail -n +$((seen + 1)) /var/log/audit/audit.log | grep -m 1 'denied.*check.sh' && exit`}
  sleep 0.5
done
echo 'waited in vain'
journalctl -u keepalived --no-pager -n 20
tail -n +$((seen + 1)) /var/log/audit/audit.log`);
  const script = (path: string) =>
    machine.run(`cat >${path} <<'SCRIPT'
#!/bin/sh
cat /proc/self/attr/current >/run/checking && mv /run/checking /run/checked
SCRIPT
chmod 0755 ${path}; ls -Z ${path}`);

  test('all is labelled and enforced, and the clock is right', async () => {
    const seen = await machine.run(
      'getenforce; id -Z; matchpathcon -V /etc/shadow /usr/sbin/keepalived; date +%s',
    );
    const [mode, own, shadow, keepalived, seconds] = seen.split('\n');
    expect({ mode, own, shadow, keepalived }).toEqual({
      mode: 'Enforcing',
      own: 'unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023',
      shadow: '/etc/shadow verified.',
      keepalived: '/usr/sbin/keepalived verified.',
    });
    expect(Math.abs(Number(seconds) - Date.now() / 1000)).toBeLessThan(600);
  });

  test('keepalived may not run a script of /etc; with the right label it runs in a domain of its own', async () => {
    expect(await script('/etc/keepalived/check.sh')).toContain(':etc_t:');
    expect(await keepalivedRuns('/etc/keepalived/check.sh', 'is denied')).toMatch(
      /denied {2}\{ execute \} .*name="check.sh".*scontext=system_u:system_r:keepalived_t:s0 tcontext=[^ ]*:etc_t:s0 tclass=file permissive=0/,
    );
    expect(await machine.run('ps -eo label,comm; ls /run')).toMatch(
      /:keepalived_t:s0 +keepalived(?!.*\nchecked\n)/s,
    );
    expect(
      (await machine.exec('ausearch --input-logs -m AVC -su keepalived_t --raw </dev/null')).stdout,
    ).toContain('name="check.sh"');
    await machine.run('chcon -t keepalived_unconfined_script_exec_t /etc/keepalived/check.sh');
    expect(await keepalivedRuns('/etc/keepalived/check.sh', 'has run')).toMatch(
      /:keepalived_unconfined_script_t:s0/,
    );
    await machine.run('restorecon /etc/keepalived/check.sh');
    expect(await machine.run('ls -Z /etc/keepalived/check.sh')).toContain(':etc_t:');
  });

  test('in /usr/libexec/keepalived a script gets the right label by itself', async () => {
    await script('/usr/libexec/keepalived/check.sh');
    await machine.run('restorecon /usr/libexec/keepalived/check.sh');
    expect(await keepalivedRuns('/usr/libexec/keepalived/check.sh', 'has run')).toMatch(
      /:keepalived_unconfined_script_t:s0/,
    );
  });
});

describe.runIf(vmMissing() === null)('a machine with several kernels (needs QEMU)', () => {
  let machine: Machine;
  let folder: string;
  let before: readonly number[];
  /** When the files that all machines start from were last written. */
  const written = async () => {
    const { snapshot, disk } = await machineImage();
    return Promise.all([disk, snapshot('kernels')].map(async (file) => (await stat(file)).mtimeMs));
  };
  beforeAll(async () => {
    before = await written();
    folder = await mkdtemp(join(tmpdir(), 'fettle-vm-'));
    machine = await startMachine('kernels');
  });
  afterAll(async () => {
    await machine?.close();
    await rm(folder, { recursive: true });
  });

  test('its files for a client', async () => {
    const files = await machine.inventory(folder);
    expect(await readFile(files.inventory, 'utf8')).toMatch(/^\[vm\]\nkernels ansible_host=127\.0\.0\.1 /);
    expect((await stat(files.privateKey)).mode & 0o777).toBe(0o600);
  });

  test('nothing of it is in the cached image', async () => {
    await machine.run('echo x >/root/x; sync');
    expect(await written()).toEqual(before);
  });
});
