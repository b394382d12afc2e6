import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import type { MountSourceAnswer } from '../../engine/facts/mount_source.ts';
import { type Mount, mounts, type MountsAnswer } from '../../engine/facts/mounts.ts';
import { mount, type MountState } from '../../engine/modules/mount.ts';
import type { MountArgs } from '../../engine/modules/mount/arguments.ts';
import { withEntry, withoutEntry } from '../../engine/modules/mount/fstab.ts';
import { liveGaps, mountOptions, sameOptions } from '../../engine/modules/mount/options.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { shells, type ShellName } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { RootHost } from './root_host.ts';

// /proc/self/mountinfo of Debian 12 (kernel 6.18), shortened.
const mountinfo = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resuid=65534
1545 27 7:0 / /mnt rw,noatime - ext4 /dev/loop0 rw
1546 1545 254:0 /srv/s /mnt/t\\040y ro,relatime shared:1 master:2 - ext4 /dev/vda rw,discard
1547 27 0:246 / /mnt rw,noexec,relatime - tmpfs tmpfs rw,size=2048k,mode=700
`;

test('the table of mounts', () => {
  const [at, under, gone] = mounts.parse(
    Buffer.from(mountinfo),
    [{ path: '/mnt' }, { path: '/mnt/t y' }, { path: '/srv/s/x' }],
    0,
  ) as [MountsAnswer, MountsAnswer, MountsAnswer];
  expect(at.at.map(({ type }) => type)).toEqual(['ext4', 'tmpfs']);
  expect(at.below).toEqual(['/mnt/t y']);
  expect(under.at).toEqual([
    {
      device: '254:0',
      root: '/srv/s',
      path: '/mnt/t y',
      options: ['ro', 'relatime'],
      type: 'ext4',
      source: '/dev/vda',
      superOptions: ['rw', 'discard'],
    },
  ]);
  expect(gone).toMatchObject({ at: [], below: [], holder: { path: '/', device: '254:0' } });
});

describe('options', () => {
  test.each([
    ['defaults', 'rw', true],
    ['defaults', 'rw,suid,dev,exec,auto,nouser,async,relatime', true],
    ['noatime,nofail', 'nofail,noatime', true],
    ['ro,rw', 'rw', true],
    ['user', 'user,noexec,nosuid,nodev', true],
    ['user', 'user,exec', false],
    ['exec,user', 'user,exec', false],
    ['noauto', 'defaults', false],
    ['nofail', 'defaults', false],
    ['size=1m,size=2m', 'size=2m', true],
    ['context="a:b:c0,c1",ro', 'ro,context="a:b:c0,c1"', true],
    ['x-systemd.automount', 'defaults', false],
    ['constructor', 'defaults', false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(sameOptions(one, other)).toBe(same);
  });

  test.each([
    ['defaults', 'rw,relatime'],
    ['ro,noexec,nofail,x-systemd.device-timeout=5,_netdev,noauto', 'ro,noexec,relatime'],
    ['user,exec,noatime,size=5m', 'rw,nosuid,nodev,noatime,size=5m'],
  ])('%s is given to mount as %s', (options, given) => {
    expect(mountOptions(options)).toBe(given);
  });

  const live = (options: string, superOptions = 'rw', type = 'ext4'): Mount => ({
    device: '8:1',
    root: '/',
    path: '/x',
    options: options.split(','),
    type,
    source: '/dev/sda1',
    superOptions: superOptions.split(','),
  });
  test.each<[string, Mount, readonly string[]]>([
    ['defaults', live('rw,relatime', 'rw,seclabel,errors=remount-ro'), []],
    ['noatime,nofail', live('rw,noatime'), []],
    ['defaults', live('rw,noatime'), ['atime noatime → relatime']],
    ['defaults', live('rw'), ['atime strictatime → relatime']],
    ['ro', live('rw,relatime'), ['ro no → yes']],
    ['defaults', live('rw,relatime', 'ro'), ['ro yes → no']],
    ['defaults', live('ro,relatime', 'ro', 'iso9660'), []],
    ['nosuid,nodev', live('rw,nosuid,relatime'), ['nodev no → yes']],
    ['noatime,nodiratime', live('rw,noatime'), []],
    ['size=2m,mode=0700', live('rw,relatime', 'rw,size=2048k,mode=700', 'tmpfs'), []],
    ['size=4m', live('rw,relatime', 'rw,size=2048k', 'tmpfs'), ['size 2048k → 4m']],
    ['size=50%', live('rw,relatime', 'rw,size=2048k', 'tmpfs'), []],
    ['commit=30', live('rw,relatime'), []],
    ['commit=30', live('rw,relatime', 'rw,commit=60'), ['commit 60 → 30']],
    ['sync', live('rw,relatime', 'rw,sync'), []],
  ])('wanted %s of %j', (wanted, now, gaps) => {
    expect(liveGaps(wanted, now)).toEqual(gaps);
  });
});

describe('fstab', () => {
  const entry = { source: 'LABEL=a', path: '/x', type: 'ext4', options: 'ro', dump: '0', passno: '0' };
  test.each([
    ['LABEL=a /x ext4 ro\n', 'LABEL=a /x ext4 ro\n'],
    ['  LABEL=a\t/x\text4  rw,ro  0  0   \n', '  LABEL=a\t/x\text4  rw,ro  0  0   \n'],
    ['LABEL=a /x ext4', 'LABEL=a /x ext4 ro'],
    ['LABEL=b /x xfs ro 1 2\n', 'LABEL=a /x ext4 ro 0 0\n'],
    [
      '#LABEL=a /x ext4 ro\nLABEL=a /xy ext4 ro\n',
      '#LABEL=a /x ext4 ro\nLABEL=a /xy ext4 ro\nLABEL=a /x ext4 ro 0 0\n',
    ],
  ])('%j becomes %j', (before, after) => {
    expect(withEntry(before, entry)).toBe(after);
    expect(withEntry(after, entry)).toBe(after);
  });

  test('a number at the end alone needs the one before it', () => {
    expect(withEntry('LABEL=a /x ext4 ro\n', { ...entry, passno: '2' })).toBe('LABEL=a /x ext4 ro 0 2\n');
  });

  test('two lines for a path are told', () => {
    const text = 'a /x b\n\nc /x/ d\n';
    expect(refusal(() => withEntry(text, entry)).message).toBe('/x has 2 lines in the file: 1, 3');
    expect(withoutEntry(text, entry)).toBe('\n');
  });
});

const folder = {
  kind: 'directory',
  mode: '0755',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 0,
  mtime: 0,
  inode: '1',
  device: '1',
  links: 2,
  label: null,
} as const;
const point = { path: '/x', at: folder, missing: [], setGroup: false };
const live: Mount = {
  device: '8:1',
  root: '/',
  path: '/x',
  options: ['rw', 'relatime'],
  type: 'ext4',
  source: '/dev/sda1',
  superOptions: ['rw'],
};
const device: MountSourceAnswer = { kind: 'block', real: '/dev/sda1', devices: ['8:1'] };
const here: MountSourceAnswer = { kind: 'directory', real: '/x', devices: [] };
const line = 'UUID=1 /x ext4 defaults 0 0\n';

function fstab(text: string): EditState {
  return {
    at: { ...folder, kind: 'file', links: 1 },
    now: { kind: 'text', bytes: Buffer.from(text) },
    above: { ...point, path: '/etc' },
  };
}

function plan(args: Partial<MountArgs>, at: readonly Mount[], more: Partial<MountState> = {}) {
  const table = { at, below: [], holder: null };
  return mount.plan(
    { path: '/x', src: 'UUID=1', fstype: 'ext4', state: 'mounted', ...args },
    { fstab: fstab(line), point, real: here, table, source: device, around: null, ...more },
  );
}

describe('plan', () => {
  const tmpfs: Mount = { ...live, type: 'tmpfs', source: 'tmpfs', device: '0:50' };
  test.each<[string, Partial<MountArgs>, readonly Mount[], Partial<MountState>, readonly string[]]>([
    ['mounted by its device', {}, [live], {}, []],
    ['not mounted', {}, [], {}, ['mount UUID=1 on /x']],
    ['in neither', {}, [], { fstab: fstab('') }, ['mount UUID=1 on /x', 'put /x into /etc/fstab']],
    [
      'no directory',
      {},
      [],
      { point: { ...point, at: { kind: 'absent', parent: 'directory' }, missing: ['/x'] } },
      ['make directory /x', 'mount UUID=1 on /x'],
    ],
    [
      'another device',
      {},
      [{ ...live, device: '8:2', source: '/dev/sdb' }],
      {},
      ['unmount /x (/dev/sdb)', 'mount UUID=1 on /x'],
    ],
    ['other flags', { opts: 'ro' }, [live], {}, ['remount /x: ro no → yes', 'put /x into /etc/fstab']],
    [
      'options that are not shown',
      { opts: 'commit=5' },
      [live],
      {},
      ['remount /x: other options', 'put /x into /etc/fstab'],
    ],
    ['only the line', { state: 'present', opts: 'ro' }, [live], {}, ['put /x into /etc/fstab']],
    [
      'not mounted any more',
      { state: 'unmounted' },
      [live, tmpfs],
      {},
      ['unmount /x (tmpfs)', 'unmount /x (/dev/sda1)'],
    ],
    ['neither', { state: 'absent' }, [live], {}, ['unmount /x (/dev/sda1)', 'remove /x from /etc/fstab']],
    ['anew', { state: 'remounted' }, [live], {}, ['remount /x']],
    [
      'a tmpfs, whatever it is called',
      { src: 'none', fstype: 'tmpfs' },
      [tmpfs],
      { fstab: fstab('none /x tmpfs'), source: { kind: 'name', real: null, devices: [] } },
      [],
    ],
    [
      'of another host',
      { src: 'h:/a/', fstype: 'nfs' },
      [{ ...live, type: 'nfs4', source: 'h:/a' }],
      { fstab: fstab('h:/a/ /x nfs'), source: { kind: 'name', real: null, devices: [] } },
      [],
    ],
    [
      'a directory',
      { src: '/srv/a', fstype: 'none', opts: 'bind' },
      [{ ...live, root: '/data/a' }],
      {
        fstab: fstab('/srv/a /x none bind'),
        source: { kind: 'directory', real: '/srv/a', devices: [] },
        around: { at: [], below: [], holder: { ...live, path: '/srv', root: '/data' } },
      },
      [],
    ],
    [
      'a file',
      { src: '/i', fstype: 'ext4', opts: 'loop' },
      [{ ...live, device: '7:3', source: '/dev/loop3' }],
      { fstab: fstab('/i /x ext4 loop'), source: { kind: 'file', real: '/i', devices: ['7:3'] } },
      [],
    ],
  ])('%s', (_case, args, at, more, what) => {
    expect(plan(args, at, more).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, Partial<MountArgs>, readonly Mount[], Partial<MountState>, Partial<CannotPlan>]>([
    [
      'no device',
      {},
      [],
      { source: { kind: 'absent', real: null, devices: [] } },
      { message: 'no device has UUID=1', next: 'look with: blkid' },
    ],
    [
      'no type',
      { fstype: undefined } as unknown as Partial<MountArgs>,
      [],
      {},
      { message: '`fstype` is needed' },
    ],
    [
      'a link',
      {},
      [],
      { real: { ...here, real: '/y' } },
      { message: '/x leads to /y by a link, and the kernel only knows the latter', next: 'say path: /y' },
    ],
    [
      'something below',
      { state: 'unmounted' },
      [live],
      { table: { at: [live], below: ['/x/y'], holder: null } },
      { message: '/x cannot be unmounted: /x/y is mounted below it' },
    ],
    [
      'not mounted',
      { state: 'remounted' },
      [],
      {},
      { message: 'nothing is mounted on /x', missing: 'mount:/x' },
    ],
    ['swap', { path: 'none', fstype: 'swap' }, [], {}, { message: 'swap is not mounted' }],
    [
      'a file in the way',
      {},
      [],
      { point: { ...point, at: { ...folder, kind: 'file' } } },
      { message: '/x is a file, on which nothing can be mounted' },
    ],
    [
      'a secret',
      { opts: new Secret('password=hunter2') as unknown as string },
      [],
      {},
      { next: 'put it into a file of its own: opts: credentials=/etc/cifs.secret' },
    ],
  ])('refused: %s', (_case, args, at, more, expected) => {
    expect(refusal(() => plan(args, at, more))).toMatchObject(expected);
  });

  test.each<[string, Partial<Mount>, string, string]>([
    ['by fstab', {}, line, 'mount -t ext4 -o rw,relatime -- UUID=1 /x || exit 1'],
    [
      'by itself',
      { options: ['ro', 'noexec', 'relatime'], superOptions: ['rw', 'errors=continue', 'seclabel'] },
      '',
      'mount -t ext4 -o ro,noexec,relatime,errors=continue -- /dev/sda1 /x || exit 1',
    ],
  ])('what was unmounted comes back %s', (_case, more, text, script) => {
    const [change] = plan({ state: 'unmounted' }, [{ ...live, ...more }], { fstab: fstab(text) });
    expect(change?.undo).toMatchObject({ text: script });
  });

  test.each<[string, Partial<Mount>, string]>([
    ['memory', { type: 'tmpfs' }, 'what is on /x lies in memory (tmpfs), and goes when it is unmounted'],
    ['a part', { root: '/a' }, 'which directory of /dev/sda1 was mounted on /x is in no fstab'],
    ['a file', { source: '/dev/loop0' }, 'which file /dev/loop0 stood for is in no fstab'],
    [
      'another host',
      { type: 'nfs4', source: 'h:/a' },
      '/x is in no fstab, and all options of nfs4 cannot be read back',
    ],
  ])('what cannot come back: %s', (_case, more, impossible) => {
    expect(plan({ state: 'unmounted' }, [{ ...live, ...more }], { fstab: fstab('') })[0]?.undo).toEqual({
      impossible,
    });
  });
});

const canLoop = existsSync('/dev/loop-control') && existsSync('/usr/sbin/mkfs.ext4');

describe.runIf(canEnterRoots)('with a mount table of its own (needs root)', () => {
  const tools = (shell: ShellName) => (shell === 'busybox' ? [] : ['/usr/bin/mount', '/usr/bin/umount']);
  const kept = '# kept\nproc /proc  proc defaults 0 0\n';

  async function onHost(shell: ShellName, act: (host: RootHost, table: () => string) => void): Promise<void> {
    const host = await RootHost.open(
      shell,
      { 'etc/fstab': kept, src: 'folder', 'mnt/there': 'folder' },
      tools(shell),
    );
    try {
      // A chroot's own root is no mount; what is bound from lies on one that is.
      expect(host.run('mount -t tmpfs tmpfs /src && mkdir /src/a && echo it >/src/a/f').code).toBe(0);
      act(host, () =>
        host
          .run("grep -e ' /mnt' /proc/self/mountinfo")
          .stdout.toString()
          .replaceAll(/^\d+ \d+ \d+:\d+ /gm, ''),
      );
    } finally {
      await host.close();
    }
  }

  test.each(shells)('mounted with its directory and its line, and taken back on %s', async (shell) => {
    await onHost(shell, (host, table) => {
      const args: MountArgs = {
        path: '/mnt/a b',
        src: 'tmpfs',
        fstype: 'tmpfs',
        opts: 'size=1m,mode=0755,noexec,nofail',
        state: 'mounted',
      };
      const changes = host.keepsTheLaws(mount, args, () => {
        expect(table()).toMatch(/^\/ \/mnt\/a\\040b rw,noexec,relatime .*tmpfs tmpfs rw,size=1024k/m);
        expect(readFileSync(join(host.root, 'etc/fstab'), 'utf8')).toBe(
          `${kept}tmpfs /mnt/a\\040b tmpfs size=1m,mode=0755,noexec,nofail 0 0\n`,
        );
      });
      expect(changes).toHaveLength(3);
      expect(table()).toBe('');
    });
  });

  test.each(shells)(
    'a directory, read-only; other options; unmounted; all taken back on %s',
    async (shell) => {
      await onHost(shell, (host, table) => {
        const bind: MountArgs = {
          path: '/mnt/there',
          src: '/src/a',
          fstype: 'none',
          opts: 'bind,ro',
          state: 'mounted',
        };
        host.keepsTheLaws(mount, bind, () => expect(table()).toMatch(/^\/a \/mnt\/there ro,relatime/m));
        expect(table()).toBe('');
        const made = host.make(mount.plan(bind, host.probe(mount.probe(bind))));
        expect(made).toMatchObject({ code: 0, stderr: '' });
        host.forget();
        const before = table();
        host.keepsTheLaws(mount, { ...bind, opts: 'bind,nosuid' }, () =>
          expect(table()).toMatch(/^\/a \/mnt\/there rw,nosuid,relatime/m),
        );
        host.keepsTheLaws(mount, { path: '/mnt/there', state: 'unmounted' }, () => expect(table()).toBe(''));
        host.keepsTheLaws(mount, { path: '/mnt/there', state: 'absent' }, () => {
          expect(table()).toBe('');
          expect(readFileSync(join(host.root, 'etc/fstab'), 'utf8')).toBe(kept);
        });
        expect(table()).toBe(before);
      });
    },
  );

  test.each(shells)('who holds it is said, and it stays mounted on %s', async (shell) => {
    await onHost(shell, (host, table) => {
      expect(host.run('mount -t tmpfs tmpfs /mnt/there').code).toBe(0);
      const pids = ['cd /mnt/there; exec sleep 60', 'exec sleep 60 3>/mnt/there/open'].map((text) =>
        Number(
          host.run(
            `( ${text} ) </dev/null >/dev/null 2>&1 & until grep -qx sleep /proc/$!/comm; do :; done; echo $!`,
          ).stdout,
        ),
      );
      try {
        const args: MountArgs = { path: '/mnt/there', state: 'unmounted' };
        const made = host.make(mount.plan(args, host.probe(mount.probe(args))));
        expect(made.code).not.toBe(0);
        expect(made.stderr).toContain(`held by process ${pids[0]} (sleep): cwd`);
        expect(made.stderr).toContain(`held by process ${pids[1]} (sleep): /mnt/there/open`);
        expect(table()).toContain('/mnt/there');
      } finally {
        for (const pid of pids) process.kill(pid);
      }
    });
  });

  test.runIf(canLoop)('a file by a loop device (needs mkfs.ext4)', async () => {
    await onHost('dash', (host, table) => {
      const image = join(host.root, 'image');
      writeFileSync(image, Buffer.alloc(1024 * 1024));
      expect(spawnSync('mkfs.ext4', ['-q', '-F', image]).status).toBe(0);
      // Loop devices are the machine's; this one is free again once it is unmounted.
      host.run(
        'mount -t sysfs sysfs /sys; mknod /dev/loop-control c 10 237; for n in 0 1 2 3 4 5 6 7; do mknod /dev/loop$n b 7 $n; done',
      );
      const args: MountArgs = {
        path: '/mnt/there',
        src: '/image',
        fstype: 'ext4',
        opts: 'loop,noatime',
        state: 'mounted',
      };
      const made = host.make(mount.plan(args, host.probe(mount.probe(args))));
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expect(table()).toMatch(/^\/ \/mnt\/there rw,noatime .*ext4 \/dev\/loop\d/m);
      expect(mount.plan(args, host.probe(mount.probe(args)))).toEqual([]);
      expect(made.undo()).toMatchObject({ code: 0, stderr: '' });
      expect(table()).toBe('');
    });
  });
});

function refusal(act: () => unknown): CannotPlan {
  try {
    act();
  } catch (error) {
    if (error instanceof CannotPlan) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
