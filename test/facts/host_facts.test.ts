import { arch, release } from 'node:os';
import { describe, expect, test } from 'vitest';
import { init } from '../../engine/facts/init.ts';
import { kernel } from '../../engine/facts/kernel.ts';
import { packageManager } from '../../engine/facts/package_manager.ts';
import { selinux } from '../../engine/facts/selinux.ts';
import { look, scratch, shells } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

const root = scratch();

describe('kernel', () => {
  test.each([
    [
      'CentOS 7.4',
      '3.10.0-693.el7.x86_64 #1 SMP Tue Aug 22 21:09:27 UTC 2017 x86_64\n',
      { release: '3.10.0-693.el7.x86_64', version: '#1 SMP Tue Aug 22 21:09:27 UTC 2017', machine: 'x86_64' },
    ],
    [
      'Kylin V10 SP3',
      '4.19.90-52.22.v2207.ky10.aarch64 #1 SMP Tue Mar 14 11:52:45 CST 2023 aarch64\n',
      {
        release: '4.19.90-52.22.v2207.ky10.aarch64',
        version: '#1 SMP Tue Mar 14 11:52:45 CST 2023',
        machine: 'aarch64',
      },
    ],
  ])('%s', (_system, output, expected) => {
    expect(kernel.parse(Buffer.from(output), [undefined], 0)).toEqual([expected]);
  });

  test.each(shells)('this machine on %s', (shell) => {
    const [answer] = look(shell, kernel, [undefined]);
    expect(answer?.release).toBe(release());
    expect(answer?.machine).toBe({ x64: 'x86_64', arm64: 'aarch64' }[arch() as string]);
  });
});

describe('init', () => {
  test.each([
    [
      'CentOS 7 on VMware',
      'name=systemd\npid1=systemd\ncontainer=\nhypervisor=\nvendor=VMware, Inc.\nproduct=VMware Virtual Platform\nsystemd 219\n+PAM +AUDIT +SELINUX +IMA -APPARMOR\n',
      { name: 'systemd', version: '219', pid1: 'systemd', container: null, virtualisation: 'vmware' },
    ],
    [
      'Debian 12 in nspawn',
      'name=systemd\npid1=systemd\ncontainer=systemd-nspawn\nhypervisor=\nvendor=\nproduct=\nsystemd 252 (252.39-1~deb12u2)\n+PAM +AUDIT\n',
      { name: 'systemd', version: '252', pid1: 'systemd', container: 'systemd-nspawn', virtualisation: null },
    ],
    [
      'Alpine on KVM (constructed)',
      'name=openrc\npid1=init\ncontainer=\nhypervisor=\nvendor=QEMU\nproduct=KVM\n',
      { name: 'openrc', version: null, pid1: 'init', container: null, virtualisation: 'kvm' },
    ],
    [
      'a Docker container (constructed)',
      'name=sysv\npid1=sleep\ncontainer=\ncontainer=docker\nhypervisor=\nvendor=Amazon EC2\nproduct=m5.large\n',
      { name: 'sysv', version: null, pid1: 'sleep', container: 'docker', virtualisation: 'amazon' },
    ],
  ])('%s', (_system, output, expected) => {
    expect(init.parse(Buffer.from(output), [undefined], 0)).toEqual([expected]);
  });

  test.each(shells)('this machine on %s', (shell) => {
    expect(look(shell, init, [undefined])[0]).toMatchObject({ pid1: expect.stringMatching(/./) });
  });

  test.runIf(canEnterRoots).each([
    ['openrc', { 'run/openrc': 'folder' }],
    ['sysv', { 'etc/rc.d/rc3.d': 'folder' }],
    ['busybox', {}],
  ] as const)('%s in a constructed root (needs root)', (name, entries) => {
    constructRoot(root, entries);
    expect(lookInRoot(root, init, [undefined])[0]).toMatchObject({ name });
  });
});

describe('selinux', () => {
  const config =
    '# This file controls the state of SELinux on the system.\n# SELINUX= can take one of these three values:\nSELINUX=enforcing\n# SELINUXTYPE= can take one of three values:\nSELINUXTYPE=targeted \n';
  test.each([
    ['CentOS 7, enforcing', `enforce=1\n${config}`, 'enforcing', 'enforcing', 'targeted'],
    ['CentOS 7, setenforce 0', `enforce=0\n${config}`, 'permissive', 'enforcing', 'targeted'],
    [
      'off at boot',
      `enforce=\n${config.replace('=enforcing', '=disabled')}`,
      'disabled',
      'disabled',
      'targeted',
    ],
    ['none (Debian)', 'enforce=\n', 'disabled', null, null],
    // As Debian 12's libselinux 3.4 reads them: selinux_getenforcemode, selinux_getpolicytype.
    ['two modes', 'enforce=1\nSELINUX=permissive\nSELINUX=disabled\n', 'enforcing', 'permissive', null],
    ['a mode behind a blank', 'enforce=1\n SELINUX=disabled\n', 'enforcing', null, null],
    ['others', 'enforce=1\nSELINUX=enfrocing\nSELINUX= Disabled # x\n', 'enforcing', 'disabled', null],
    ['two policies', 'enforce=1\nSELINUXTYPE=default\nSELINUXTYPE=mls\n', 'enforcing', null, 'mls'],
    ['odd values (constructed)', 'enforce=\nSELINUX=yes\nSELINUXTYPE=\n', 'disabled', null, null],
  ])('%s', (_case, output, mode, configured, policy) => {
    expect(selinux.parse(Buffer.from(output), [undefined], 0)).toEqual([
      { enabled: mode !== 'disabled', mode, configured, policy },
    ]);
  });

  test.runIf(canEnterRoots)('read from files, the last line without its end (needs root)', () => {
    constructRoot(root, {
      'sys/fs/selinux/enforce': '0',
      'etc/selinux/config': 'SELINUX=permissive\nSELINUXTYPE=mls',
    });
    expect(lookInRoot(root, selinux, [undefined])).toEqual([
      { enabled: true, mode: 'permissive', configured: 'permissive', policy: 'mls' },
    ]);
  });
});

describe('package_manager', () => {
  test.each([
    ['EL7', 'has=yum\nos-release=ID="centos"\nos-release=ID_LIKE="rhel fedora"\n', 'yum'],
    ['EL8', 'has=dnf\nhas=yum\nos-release=ID="rocky"\nos-release=ID_LIKE="rhel centos fedora"\n', 'dnf'],
    ['Debian with dnf', 'has=dnf\nhas=apt-get\nos-release=ID=debian\n', 'apt'],
    ['Fedora with apt', 'has=dnf\nhas=apt-get\nos-release=ID=fedora\n', 'dnf'],
    ['SUSE', 'has=zypper\nos-release=ID="sles"\nos-release=ID_LIKE="suse"\n', 'zypper'],
    ['Alpine', 'has=apk\nos-release=ID=alpine\n', 'apk'],
    ['unknown, with apt', 'has=apt-get\n', 'apt'],
    ['busybox alone', '', null],
  ])('%s', (_system, output, name) => {
    expect(packageManager.parse(Buffer.from(output), [undefined], 0)).toEqual([{ name }]);
  });

  test.each(shells)('asked on %s', (shell) => {
    expect(look(shell, packageManager, [undefined])).toHaveLength(1);
  });
});
