import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from '../playbooks/fettle.ts';
import { startMachine, type Machine } from './machine.ts';
import { vmMissing } from './requirements.ts';

const missing = vmMissing();
const title = `modules for SELinux where it is enforcing${missing === null ? '' : ` (not run: needs ${missing})`}`;

const setUp = `mkdir -p /srv/www /srv/other /usr/local/lib/lab
echo z >/usr/local/lib/lab/z
echo x >/srv/www/page; echo y >"/srv/other/a b"
restorecon -R /srv /usr/local/lib/lab
chcon -t etc_t /srv/www/page
printf '%s\\n' '(type fettle_lab_t)' '(roletype object_r fettle_lab_t)' '(typeattributeset file_type (fettle_lab_t))' >/root/fettle_lab.cil
echo 'bzip-blocksize = 0' >>/etc/selinux/semanage.conf`;

const tasks = [
  // First: what a boolean is by default takes `semanage` three seconds, each time it is asked.
  { seboolean: { name: 'allow_execheap', state: true, persistent: true } },
  { sefcontext: { target: '/srv/([^/]*/)?www(/.*)?', setype: 'httpd_sys_content_t' } },
  // Labelled as /usr/lib is: semanage takes no rule for this path.
  { sefcontext: { target: '/usr/local/lib/lab/z', ftype: 'f', setype: 'etc_t', reload: false } },
  { chcon: { path: '/srv/other/a b', setype: 'bin_t' } },
  { semodule: { path: '/root/fettle_lab.cil' } },
  { sepermissive: { domain: 'keepalived_t' } },
  { selinux: { state: 'permissive' } },
];

const seen = `stat -c '%n %C' /srv/www/page /usr/local/lib/lab/z '/srv/other/a b'
cat /sys/fs/selinux/booleans/allow_execheap; echo
ls /var/lib/selinux/default/active/modules/400 | grep fettle
grep -ch '^(type fettle_lab_t' /var/lib/selinux/default/active/modules/400/fettle_lab/* 2>/dev/null | sort -r | head -n 1
getenforce; grep ^SELINUX= /etc/selinux/config
exec 3<>/sys/fs/selinux/access
printf %s "system_u:system_r:keepalived_t:s0 system_u:object_r:etc_t:s0 $(cat /sys/fs/selinux/class/file/index)" >&3
read -r _ _ _ _ _ flags <&3; echo "permissive $flags"`;

describe.runIf(missing === null)(title, () => {
  let machine: Machine;
  let scratch: string;
  let inventory: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-selinux-vm-'));
    machine = await startMachine('selinux');
    ({ inventory } = await machine.inventory(scratch));
    await machine.run(setUp);
  }, 300_000);

  afterAll(async () => {
    await machine?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const state = () => join(scratch, 'state');
  const play = async (list: readonly object[], ...more: string[]) => {
    const playbook = join(scratch, 'playbook.yml');
    await writeFile(playbook, JSON.stringify([{ hosts: 'vm', tasks: list }]));
    return fettle(['run', playbook, '-i', inventory, ...more], state());
  };

  test('what cannot be is refused, with the reason', async () => {
    await machine.run('mv /usr/sbin/semanage /usr/sbin/semanage.away');
    const never = [
      { chcon: { path: '/srv/www/page', setype: 'keepalived_t' } },
      { chcon: { path: '/srv/www/page', setype: 'no_such_t' } },
      { sefcontext: { target: '/srv/x', setype: 'bin_t' } },
      { seboolean: { name: 'no_such', state: true } },
      { selinux: { state: 'disabled' } },
    ];
    const ended = await play(never.map((one) => ({ ...one, ignore_errors: true })));
    await machine.run('mv /usr/sbin/semanage.away /usr/sbin/semanage');
    for (const said of [
      'keepalived_t is no type for files, or one that may not be given here: the kernel would answer EACCES (relabelto), even to root',
      'the policy has no type no_such_t',
      'semanage is not on this host',
      'install policycoreutils-python-utils',
      'the policy has no boolean no_such',
      'SELinux is not turned off here: it is never a remedy',
    ])
      expect(ended.stdout).toContain(said);
  });

  test('each is made, found so by the second run, and taken back', async () => {
    const before = await machine.run(`${seen}; :`);
    const ended = await play(tasks);
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    const [made = ''] = (await readdir(join(state(), 'runs'))).sort().slice(-1);
    expect((await machine.run(`${seen}; :`)).split('\n').slice(0, 9)).toEqual([
      expect.stringMatching(/^\/srv\/www\/page .*:httpd_sys_content_t:s0$/),
      expect.stringMatching(/^\/usr\/local\/lib\/lab\/z .*:etc_t:s0$/),
      expect.stringMatching(/^\/srv\/other\/a b .*:bin_t:s0$/),
      '1 1',
      'fettle_lab',
      '1',
      'Permissive',
      'SELINUX=permissive',
      'permissive 1',
    ]);
    const second = await play(tasks, '--check', '--exit-code');
    expect(second, second.stdout).toMatchObject({ code: 0 });

    const undone = await fettle(['undo', made, '-i', inventory], state());
    expect(undone, undone.stdout).toMatchObject({ code: 0 });
    expect(await machine.run(`${seen}; :`)).toBe(before);
  }, 600_000);

  test('a denial of the kernel is read from the log', async () => {
    const now = Number(await machine.run('date +%s'));
    // sshd may not run what lies there with this label.
    await machine.exec('runcon -u system_u -r system_r -t keepalived_t /bin/true');
    const list = [
      { avc: { since: now }, register: 'denied' },
      { debug: { msg: '{{ denied.source }} {{ join denied.summary "; " }}' } },
    ];
    const ended = await play(list);
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/ausearch .*was denied (transition|entrypoint).*\(keepalived_t\)/);

    await machine.run('read -r p </run/auditd.pid; kill $p; while [ -d /proc/$p ]; do sleep 0.2; done');
    await machine.exec('runcon -u system_u -r system_r -t keepalived_t /bin/true');
    const without = await play(list);
    expect(without, without.stdout).toMatchObject({ code: 0 });
    expect(without.stdout).toMatch(/ausearch\+journal .*was denied (transition|entrypoint).*, 2 times/);
  });
});
