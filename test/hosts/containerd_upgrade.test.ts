import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from '../playbooks/fettle.ts';
import { startLab, type Lab } from './lab.ts';
import { dnfRoot } from './lab_package_root.ts';
import { labMissing } from './lab_requirements.ts';
import { systemdHost, type SystemdHost } from './systemd_host.ts';

const missing = labMissing();
const title = `containerd-upgrade on a host with systemd and dnf${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'containerd-upgrade', 'playbook.yml');
const script = (name: string) => readFile(join(import.meta.dirname, 'lab', name), 'utf8');
const configuration = '# ours\nversion = 2\n[plugins]\n  SystemdCgroup = true\n';
const old = 'containerd.io-1.6.33-3.1.el8.x86_64';
const cured = 'containerd.io-1.7.27-3.1.el8.x86_64';
const web = 'a1'.repeat(32);
const db = 'b2'.repeat(32);

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  let lab: Lab;
  let scratch: string;
  let host: SystemdHost;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-containerd-'));
    lab = await startLab({ debian: 0, systemd: 1, systemdRoot: await dnfRoot('systemd') });
    await writeFile(join(scratch, 'containerd.ini'), '[containerd]\nsystemd1\n');
    host = systemdHost(lab, lab.hosts[0] as (typeof lab.hosts)[0]);
    await host.run(`set -- containers\n${await script('furnish_rpms.sh')}`);
    await host.run(await script('furnish_containers.sh'));
  }, 600_000);

  afterAll(async () => {
    await lab?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  /** The old containerd with an old docker, which is bound to it, and two containers. */
  const prepare = async () => {
    await host.run(`
systemctl stop docker 2>/dev/null || :
dnf -q -y remove docker-ce containerd.io >/dev/null 2>&1 || :
dnf -q -y install containerd.io-1.6.33 docker-ce-20.10.24 >/dev/null
systemctl daemon-reload
systemctl restart containerd docker
docker run ${web} web
docker run ${db} db
systemctl restart lab-${web} lab-${db}`);
    await host.write('/etc/containerd/config.toml', configuration);
  };
  const inventories = () => ['-i', lab.inventory, '-i', join(scratch, 'containerd.ini')];
  const words = (variables: Readonly<Record<string, unknown>>) => [
    ...inventories(),
    ...['-e', JSON.stringify({ cgroup_root: '/run/lab/cgroup', watch_seconds: 1, ...variables })],
  ];
  const run = (variables: Readonly<Record<string, unknown>>, ...more: string[]) =>
    fettle(['run', playbook, ...words(variables), ...more], join(scratch, 'state'));
  const installed = async () => (await host.run('rpm -q containerd.io')).trim();
  const read = (path: string) => host.run(`cat ${path}`);

  test('upgrades, restarts what must be, proves it; then has nothing to do; and goes back', async () => {
    await prepare();
    const node = { kubernetes_node_name: 'node1', restart_containers: true };
    const planned = await run(node, '--check', '--exit-code');
    expect(planned).toMatchObject({ code: 3, stderr: '' });
    expect(planned.stdout).toContain('upgrade containerd.io 1.6.33-3.1.el8 → 1.7.27-3.1.el8');
    expect(await installed()).toBe(old);
    expect(await read('/var/lib/lab/node')).toBe('schedulable\n');
    const fine = await run({ ...node, cgroup_root: '/run/lab' });
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    expect(fine.stdout).toContain('no cpuacct.stat has a third field');
    expect(await installed()).toBe(old);

    const ended = await run(node);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain(`field sched_delay in /run/lab/cgroup/cpuacct/docker/cpuacct.stat`);
    expect(ended.stdout).toContain('docker hangs on containerd');
    expect(ended.stdout).toMatch(new RegExp(`stale \\d+ moby ${web}`));
    expect(await installed()).toBe(cured);
    expect(await read('/etc/containerd/config.toml')).toBe(configuration);
    expect(await host.run('systemctl is-active containerd docker')).toBe('active\nactive\n');
    expect(await host.run('docker stats --no-stream --no-trunc')).not.toContain('--');
    const asked = (await read('/var/lib/lab/asked')).split('\n').filter((line) => /cordon/.test(line));
    expect(asked).toEqual(['cordon node1', 'uncordon node1']);

    const again = await run(node);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toContain('1 ok');

    const made = (await readdir(join(scratch, 'state', 'runs'))).sort().at(-2) ?? '';
    const undone = await fettle(['undo', made, ...inventories()], join(scratch, 'state'));
    expect(undone).toMatchObject({ code: 0, stderr: '' });
    expect(undone.stdout).toContain('1.6.33');
    expect(await installed()).toBe(old);
    expect(await read('/etc/containerd/config.toml')).toBe(configuration);
    expect(await host.run('systemctl is-active containerd docker')).toBe('active\nactive\n');
    expect(await read('/var/lib/lab/node')).toBe('schedulable\n');
    expect(undone.stdout).toContain('restart containerd');
  });

  test('names the shims that still run the old parser, and is content once they are gone', async () => {
    await prepare();
    const ended = await run({});
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain('the old parser is still at work');
    expect(ended.stdout).toMatch(new RegExp(`: stale \\d+ moby ${web}; stale \\d+ moby ${db}$`, 'm'));
    expect(await installed()).toBe(cured);
    await host.run(`docker restart ${web} ; docker restart ${db}`);
    expect(await run({})).toMatchObject({ code: 0, stderr: '' });
  });

  test('a held package stays, or gives way and is held again; who complains on does not pass the gate', async () => {
    await prepare();
    await host.run('dnf -q versionlock add containerd.io');
    const refused = await run({ kubernetes_node_name: 'node1' });
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stdout).toContain('containerd.io is held at 1.6.33-3.1.el8');
    expect(await installed()).toBe(old);
    expect(await read('/var/lib/lab/node')).toBe('schedulable\n');

    // It complains as before, and takes docker down when it is restarted.
    const complains = `[Service]
ExecStartPost=/bin/echo cpuacct.stat is expected to have 4 fields
ExecStartPost=-/bin/systemctl --no-block stop docker
`;
    await writeFile(join(scratch, 'later.ini'), '[containerd]\nlater ansible_host=127.255.255.1\n');
    await host.run('mkdir -p /etc/systemd/system/containerd.service.d');
    await host.write('/etc/systemd/system/containerd.service.d/lab.conf', complains);
    await host.run('systemctl daemon-reload');
    const wanted = { holds: 'lift', restart_containers: true };
    const ended = await run(wanted, '-i', join(scratch, 'later.ini'));
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain('start docker.service');
    expect(ended.stdout).toMatch(/^ {2}later +not started/m);
    expect(ended.stdout).toContain('since the upgrade containerd has said 1 times');
    expect(await installed()).toBe(cured);
    expect(await host.run('dnf -q versionlock list')).toBe('containerd.io-0:1.7.27-3.1.el8.*\n');
  });

  test('Debian: apt, apt-mark and a configuration file that is ours', async () => {
    await host.run(`
systemctl stop docker 2>/dev/null || :
dnf -q -y remove docker-ce containerd.io >/dev/null
rm -rf /etc/containerd /etc/systemd/system/containerd.service.d
${await script('furnish_debs.sh')}
export DEBIAN_FRONTEND=noninteractive
apt-get -qq -y install containerd.io=1.6.33-1 docker-ce=5:20.10.24-1 >/dev/null
apt-mark -qq hold containerd.io
systemctl daemon-reload
systemctl restart containerd docker lab-${web} lab-${db}`);
    await host.write('/etc/containerd/config.toml', configuration);
    const ended = await run({ holds: 'lift', restart_containers: true });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('package apt containerd.io');
    expect(await host.run("dpkg-query -W -f '${Version}' containerd.io")).toBe('1.7.27-1');
    expect(await host.run('apt-mark showhold')).toBe('containerd.io\n');
    expect(await read('/etc/containerd/config.toml')).toBe(configuration);
    expect(await host.run('docker stats --no-stream --no-trunc')).not.toContain('--');
    const again = await run({ holds: 'lift', restart_containers: true });
    expect(again.stdout).toContain('1 ok');
  });
});
