import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findKubectl } from '../modules/kubectl.ts';
import { KubernetesApi } from '../modules/kubernetes_api.ts';
import { fettle, forgetRuns } from '../playbooks/fettle.ts';
import { startLab, type Lab } from './lab.ts';
import type { LabHost } from './lab_host.ts';
import { installed, labMissing } from './lab_requirements.ts';
import { began, complained, furnishBus, restartBus } from './stale_bus.ts';
import { systemdHost, type SystemdHost } from './systemd_host.ts';

const kubectl = await findKubectl();
const missing = labMissing() ?? (installed('ssh') ? (kubectl === null ? 'kubectl' : null) : 'ssh');
const title = `dbus-stale-services on a host with systemd${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'dbus-stale-services', 'playbook.yml');

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  const api = new KubernetesApi();
  let lab: Lab;
  let scratch: string;
  let host: SystemdHost;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-dbus-'));
    lab = await startLab({ debian: 0, systemd: 1 });
    host = systemdHost(lab, lab.hosts[0] as LabHost);
    await writeFile(join(scratch, 'nodes.ini'), '[nodes]\nsystemd1\n');
    await writeFile(join(scratch, 'kubeconfig'), await api.start());
    api.reset([{ name: 'w1', cordoned: false, ready: 'True' }], []);
    await furnishBus(host);
  }, 600_000);

  afterAll(async () => {
    await api.stop();
    await lab?.stop();
    forgetRuns(join(scratch, 'state'));
    await rm(scratch, { recursive: true, force: true });
  });

  const run = (...more: string[]) => {
    const variables = {
      login_user: 'ops',
      login_private_key: lab.privateKey,
      node_name: 'w1',
      settle_seconds: 1,
      kubectl,
      kubeconfig: join(scratch, 'kubeconfig'),
    };
    const words = ['-i', lab.inventory, '-i', join(scratch, 'nodes.ini'), '-e', JSON.stringify(variables)];
    return fettle(['run', playbook, ...words, ...more], join(scratch, 'state'));
  };

  const listSessions =
    'timeout 10 busctl --no-pager call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager ListSessions >/dev/null 2>&1 && echo told || echo silent';
  const fresh = async () => {
    await host.run('systemctl restart dbus; systemctl restart systemd-logind kubelet');
  };
  const journal = (unit: string) => host.run(`journalctl --sync; journalctl -q --no-pager -o cat -u ${unit}`);

  test('units that are older than dbus but well are left alone, and told', async () => {
    await fresh();
    const before = await began(host);
    const ended = await run();
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('firewalld began before dbus and may hold a dead connection as well');
    expect(await began(host)).toEqual(before);
  });

  test('a logind and a kubelet whose bus was restarted are found, restarted and proven; a second run changes nothing', async () => {
    await fresh();
    await restartBus(host);
    const before = await began(host);
    expect(await host.run(listSessions)).toBe('silent\n');
    const slow = await host.login('ops', 'true');
    expect(slow.code).toBe(0);
    expect(await journal('ssh')).toContain("Failed to activate service 'org.freedesktop.login1': timed out");
    expect(await journal('kubelet')).toContain('dbus: connection closed by user');

    const look = await run('--check', '--exit-code');
    expect(look, look.stdout).toMatchObject({ code: 3, stderr: '' });
    expect(look.stdout).toContain('restart systemd-logind.service: it began');
    expect(look.stdout).toContain('restart kubelet.service: it began');
    expect(await began(host)).toEqual(before);

    const ended = await run();
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    const after = await began(host);
    expect(after).toMatchObject({ dbus: before['dbus'], firewalld: before['firewalld'] });
    expect(Number(after['systemd-logind'])).toBeGreaterThan(Number(before['dbus']));
    expect(Number(after['kubelet'])).toBeGreaterThan(Number(after['systemd-logind']));
    expect(await host.run(listSessions)).toBe('told\n');
    expect((await host.login('ops', 'loginctl show-session "$XDG_SESSION_ID" -p Name')).stdout).toBe(
      'Name=ops\n',
    );

    const again = await run();
    expect(again, again.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).not.toContain('changed');
    expect(again.stdout).toContain('began before dbus: firewalld; ListSessions: status 0');

    const [, made = ''] = /^run (\S+)$/m.exec(ended.stdout) ?? [];
    const undone = await fettle(['undo', made, '-i', lab.inventory], join(scratch, 'state'));
    expect(undone.stdout).toContain('was restarted: what it held in memory is gone');
    expect(await began(host)).toEqual(after);
  });

  test('a kubelet alone that lost its connection is restarted alone; a node that is not Ready then fails the run', async () => {
    (api.nodes[0] as { ready: string }).ready = 'False';
    await host.run('systemctl restart dbus; systemctl restart systemd-logind');
    await complained(host);
    const before = await began(host);
    const ended = await run('-e', 'ready_seconds=1');
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('w1 is not Ready after 1 s');
    const after = await began(host);
    expect({ ...after, kubelet: '' }).toEqual({ ...before, kubelet: '' });
    expect(after['kubelet']).not.toBe(before['kubelet']);
  });

  test('a logind that is silent for another reason is left alone, and the run says so', async () => {
    await fresh();
    await host.run('systemctl -q mask --runtime --now systemd-logind 2>/dev/null');
    const before = await began(host);
    const ended = await run();
    expect(ended, ended.stdout).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain('it did not begin before dbus');
    expect(await began(host)).toEqual(before);
    await host.run('systemctl -q unmask --runtime systemd-logind; systemctl start systemd-logind');
  });

  test('a bus that does not answer is left alone, and so is all else', async () => {
    // logind as well: without a bus it ends, is started anew, and brings dbus.socket with it.
    const masked = 'systemd-logind.service dbus.socket dbus.service';
    await host.run(`systemctl -q mask --runtime --now ${masked} 2>/dev/null`);
    const before = await began(host);
    const ended = await run();
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('the bus itself does not answer');
    expect(await began(host)).toEqual(before);
    expect(await host.run('systemctl is-active dbus.service || true')).toBe('inactive\n');
    await host.run(`systemctl -q unmask --runtime ${masked}; systemctl start ${masked}`);
  });
});
