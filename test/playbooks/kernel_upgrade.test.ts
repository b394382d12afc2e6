import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installed, labMissing } from '../hosts/lab_requirements.ts';
import { dnfRoot } from '../hosts/lab_package_root.ts';
import { KubernetesApi } from '../modules/kubernetes_api.ts';
import { findKubectl } from '../modules/kubectl.ts';
import { type OneHost, oneHost } from '../modules/one_host.ts';
import { fettle, forgetRuns } from './fettle.ts';
import { bad, good, makeKylin } from './kylin_host.ts';

const program = labMissing() === null ? await findKubectl() : null;
const missing =
  labMissing() ??
  (program === null ? 'kubectl' : installed('grub-editenv') ? null : 'grub-editenv (grub-common)');
const title = `kernel-upgrade on a host that says it is a Kylin${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'kernel-upgrade', 'playbook.yml');

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  const api = new KubernetesApi();
  let scratch: string;
  let one: OneHost;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-kernel-'));
    one = await oneHost({ debian: 1, debianRoot: await dnfRoot() }, null);
    const furnish = await readFile(
      join(import.meta.dirname, '..', 'hosts', 'lab', 'furnish_rpms.sh'),
      'utf8',
    );
    await one.ssh('sh -s kernels', furnish);
    await makeKylin(one.lab.hosts[0] as (typeof one.lab.hosts)[0], one.ssh);
    await writeFile(join(scratch, 'config'), await api.start());
    await writeFile(
      join(scratch, 'kubectl'),
      `#!/bin/sh\nexec ${program} --kubeconfig '${join(scratch, 'config')}' "$@"\n`,
    );
    await chmod(join(scratch, 'kubectl'), 0o755);
    await writeFile(
      join(scratch, 'more.ini'),
      '[kernel_upgrade]\ndebian1\n[control]\ncontrol1 ansible_connection=local\n',
    );
    api.nodes.push(
      { name: 'w1', cordoned: false, ready: 'True' },
      { name: 'w2', cordoned: false, ready: 'True' },
    );
    api.pods.push({ name: 'web-1', node: 'w1', controller: 'ReplicaSet/web' });
  }, 600_000);

  afterAll(async () => {
    await api.stop();
    await one?.stop();
    forgetRuns(join(scratch, 'state'));
    await rm(scratch, { recursive: true, force: true });
  });

  const run = (variables: Readonly<Record<string, unknown>>, ...more: string[]) =>
    fettle(
      [
        ...['run', playbook, '-i', one.lab.inventory, '-i', join(scratch, 'more.ini')],
        ...['-e', JSON.stringify({ min_boot_mb: 1, ...variables }), ...more],
      ],
      join(scratch, 'state'),
    );
  const node = {
    kubernetes_node_name: 'w1',
    kubectl_host: 'control1',
    get kubectl() {
      return join(scratch, 'kubectl');
    },
  };
  const boots = () => one.ssh('uname -r; grubby --default-kernel; cat /var/log/boots; : >/var/log/boots');

  test('a full /boot is refused before anything is done, with what could go', async () => {
    await one.ssh('cp -a /boot /root/boot; mount -t tmpfs -o size=1m tmpfs /boot; cp -a /root/boot/. /boot');
    try {
      await one.ssh(
        `touch /boot/vmlinuz-4.19.90-24.4.v2101.ky10.x86_64; dd if=/dev/zero of=/boot/initramfs-4.19.90-24.4.v2101.ky10.x86_64.img bs=1k count=900 status=none`,
      );
      const ended = await run({ min_boot_mb: 150 });
      expect(ended.code).toBe(2);
      expect(ended.stdout).toMatch(/\/boot has 0 MB free, and 150 MB are needed/);
      expect(ended.stdout).toMatch(/4\.19\.90-24\.4\.v2101\.ky10\.x86_64 \(1 MB\); 4\.19\.90-52\.39/);
      expect(await one.ssh('rpm -q kernel')).toBe(`kernel-${bad}`);
    } finally {
      await one.ssh('umount /boot');
    }
  });

  test('a kernel that does not come up: the old one runs again, the node is opened, and the play says so', async () => {
    await one.ssh(`echo ${good} >/etc/lab/panics`);
    const ended = await run(node);
    expect(ended.stdout).toContain(`the host came back with the kernel ${bad}, expected`);
    expect(ended.code).toBe(2);
    expect(await boots()).toBe([bad, `/boot/vmlinuz-${bad}`, good, bad].join('\n'));
    expect(api.nodes[0]?.cordoned).toBe(false);
    expect(api.pods).toEqual([]);
    await one.ssh('rm /etc/lab/panics');
  });

  test('one that comes up with the bug: back to the old one', async () => {
    await one.ssh('echo yes >/etc/lab/still-bad');
    const ended = await run({});
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('asked for the bug it says: bad');
    expect(await boots()).toBe([bad, `/boot/vmlinuz-${bad}`, good, bad].join('\n'));
    await one.ssh('rm /etc/lab/still-bad');
  });

  test('the least build with the fix is booted once, proven, and only then the default', async () => {
    await one.ssh(`dnf -q -y remove kernel-${good} kernel-core-${good} kernel-modules-${good}`);
    const check = await run(node, '--check', '--exit-code');
    expect(check, check.stdout).toMatchObject({ code: 3, stderr: '' });
    expect(await one.ssh('rpm -q kernel')).toBe(`kernel-${bad}`);

    const ended = await run(node);
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await one.ssh('rpm -q kernel kernel-modules')).toBe(
      [`kernel-${bad}`, `kernel-${good}`, `kernel-modules-${bad}`, `kernel-modules-${good}`].join('\n'),
    );
    expect(await boots()).toBe([good, `/boot/vmlinuz-${good}`, good].join('\n'));
    expect(api.nodes[0]?.cordoned).toBe(false);

    const second = await run(node);
    expect(second, second.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain(`${good} runs, asked for the bug: good; nothing to do`);
    expect(second.stdout).not.toContain('changed');

    const way = (...words: readonly string[]) =>
      fettle([...words, '-i', one.lab.inventory, '-i', join(scratch, 'more.ini')], join(scratch, 'state'));
    const made = /to take it back: fettle undo (\S+)/.exec(ended.stdout)?.[1] ?? '';
    // Nothing is taken from under the kernel that runs.
    const stopped = await way('undo', made);
    expect(stopped.code, stopped.stdout).toBe(2);
    for (const line of [
      `${good} runs, and before the reboot it was ${bad}; what was done before the reboot is left as it is. Boot that one again, then go on:`,
      `fettle do debian1 kernel version=${bad} -b`,
      `fettle do debian1 reboot kernel=${bad} -b`,
      `fettle undo ${made}`,
    ])
      expect(stopped.stdout).toContain(line);
    expect(await boots()).toBe([good, `/boot/vmlinuz-${bad}`].join('\n'));
    expect(await one.ssh('rpm -q kernel')).toBe([`kernel-${bad}`, `kernel-${good}`].join('\n'));
    for (const words of [
      ['do', 'debian1', 'kernel', `version=${bad}`],
      ['do', 'debian1', 'reboot', `kernel=${bad}`],
      ['undo', made],
    ])
      expect(await way(...words)).toMatchObject({ code: 0, stderr: '' });
    expect(await one.ssh('rpm -q kernel kernel-modules')).toBe(`kernel-${bad}\nkernel-modules-${bad}`);
    expect(await boots()).toBe([bad, `/boot/vmlinuz-${bad}`, bad].join('\n'));
    expect(await one.ssh('grub2-editenv /boot/grub2/grubenv list')).toContain(`(${bad})`);
    expect(api.nodes[0]?.cordoned).toBe(false);
  });
});
