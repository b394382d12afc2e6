import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import { sysctl as live, type SysctlAnswer } from '../../engine/facts/sysctl.ts';
import { sysctlFiles, type SysctlFile } from '../../engine/facts/sysctl_files.ts';
import { sysctl, type SysctlState } from '../../engine/modules/sysctl.ts';
import type { SysctlArgs } from '../../engine/modules/sysctl/arguments.ts';
import { readSetting, sysctlPath, withoutSetting, withSetting } from '../../engine/modules/sysctl/line.ts';
import { overridden } from '../../engine/modules/sysctl/override.ts';
import { canCountForks, countForks, look, scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from '../facts/root.ts';
import { RootHost } from './root_host.ts';

test.each([
  ['vm.swappiness', 'vm/swappiness'],
  ['vm/swappiness', 'vm/swappiness'],
  // sysctl(8) and sysctl.d(5).
  ['net.ipv4.conf.eth0/100.rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'],
  ['net/ipv4/conf/eth0.100/rp_filter', 'net/ipv4/conf/eth0.100/rp_filter'],
])('%s is %s', (name, path) => {
  expect(sysctlPath(name)).toBe(path);
});

describe('lines', () => {
  test.each<[string, string, string, string]>([
    ['', 'a.b', '1', 'a.b = 1\n'],
    ['a.b=0', 'a.b', '1', 'a.b=1'],
    ['a.b=0\r\n', 'a/b', '1', 'a.b=1\r\n'],
    ['a.b = 0\na.b = 2 # c\n', 'a.b', '1', 'a.b = 0\na.b = 1\n'],
    ['-a.b =0\n', 'a.b', '1', '-a.b =1\n'],
    ['# a.b = 0\n; a.b = 0\n', 'a.b', '1', '# a.b = 0\n; a.b = 0\na.b = 1\n'],
    ['a.b = 1\t2\n', 'a.b', '1 2', 'a.b = 1\t2\n'],
    ['a.b =\n', 'a.b', '1', 'a.b =1\n'],
    ['a.bc = 0\n', 'a.b', '1', 'a.bc = 0\na.b = 1\n'],
    ['net.ipv4.conf.eth0/1.x = 0\n', 'net/ipv4/conf/eth0.1/x', '1', 'net.ipv4.conf.eth0/1.x = 1\n'],
    ['kernel.core_pattern = |/x %P\n', 'kernel.core_pattern', '$& |/y=1', 'kernel.core_pattern = $& |/y=1\n'],
  ])('%j with %s = %s', (text, name, value, expected) => {
    expect(withSetting(text, name, value)).toBe(expected);
    expect(withSetting(expected, name, value)).toBe(expected);
  });

  test('without it', () => {
    expect(withoutSetting('a/b=1\n# c\n-a.b = 2\nx=1', 'a.b')).toBe('# c\nx=1');
  });

  test.each(['# a = b', '; a = b', 'a', '', '- ', '= 1'])('%j is no setting', (line) => {
    expect(readSetting(line)).toBeNull();
  });
});

describe('what is read later', () => {
  const file = (path: string, ...texts: readonly string[]): SysctlFile => ({
    path,
    lines: texts.map((text, index) => ({ number: index + 1, text })),
  });
  const own = '/etc/sysctl.d/50-x.conf';
  test.each<[string, readonly SysctlFile[], string | null]>([
    ['nothing', [], null],
    ['another setting', [file('/etc/sysctl.d/90-y.conf', 'a.c = 2')], null],
    ['an earlier name in a later folder', [file('/usr/lib/sysctl.d/10-y.conf', 'a.b = 2')], null],
    [
      'a later name in a package’s folder',
      [file('/usr/lib/sysctl.d/90-y.conf', '# c', 'a/b = 2')],
      '/usr/lib/sysctl.d/90-y.conf, line 2, sets it to 2 after it',
    ],
    ['the same value', [file('/usr/lib/sysctl.d/90-y.conf', 'a.b = 1')], null],
    [
      'a later one, and again a later one that agrees',
      [file('/etc/sysctl.d/90-y.conf', 'a.b=2'), file('/etc/sysctl.d/91-y.conf', 'a.b=1')],
      null,
    ],
    [
      'one that a file of the same name replaces',
      [file('/usr/lib/sysctl.d/90-y.conf', 'a.b = 2'), file('/etc/sysctl.d/90-y.conf')],
      null,
    ],
    ['the last', [file('/etc/sysctl.conf', 'a.b = 0')], '/etc/sysctl.conf, line 1, sets it to 0 after it'],
    ['its own line', [file(own, 'a.b = 2')], null],
  ])('%s', (_case, files, what) => {
    expect(overridden(own, 'a/b', '1', files)?.what ?? null).toBe(what);
  });

  test('a file of the same name in a folder that comes first', () => {
    expect(overridden('/usr/lib/sysctl.d/50-x.conf', 'a/b', '1', [file(own, 'c=1')])).toEqual({
      what: '/etc/sysctl.d/50-x.conf is read in its place',
      file: own,
    });
  });

  test('a file that nobody reads at boot is not judged', () => {
    expect(overridden('/root/x.conf', 'a/b', '1', [file('/etc/sysctl.conf', 'a.b=2')])).toBeNull();
  });
});

const nothing: EditState = {
  at: { kind: 'absent', parent: 'directory' },
  now: { kind: 'absent' },
  above: { path: '/etc/sysctl.d', at: { kind: 'absent', parent: 'directory' }, missing: [], setGroup: false },
};

function plan(args: Partial<SysctlArgs>, now: SysctlAnswer, more: Partial<SysctlState> = {}) {
  return sysctl.plan({ name: 'a.b', value: 1, ...args }, { file: nothing, files: [], live: now, ...more });
}

describe('plan', () => {
  const value = (text: string): SysctlAnswer => ({ kind: 'value', value: text, writable: true });
  const write = 'write a.b = 1 in /etc/sysctl.d/99-fettle.conf';
  test.each<[string, Partial<SysctlArgs>, SysctlAnswer, readonly string[]]>([
    ['both', {}, value('0'), ['set a.b: 0 → 1', write]],
    ['the kernel is so', {}, value('1'), [write]],
    ['only the file', { reload: false }, value('0'), [write]],
    [
      'only the file, and the kernel all the same',
      { reload: false, sysctl_set: true },
      value('0'),
      ['set a.b: 0 → 1', write],
    ],
    ['no such setting, taken as it is', { ignoreerrors: true }, { kind: 'absent' }, [write]],
    ['words', { value: '1 2', sysctl_file: '/x' }, value('1 2'), ['write a.b = 1 2 in /x']],
  ])('%s', (_case, args, now, what) => {
    expect(plan(args, now).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, string, SysctlAnswer, Partial<CannotPlan>]>([
    [
      'a module',
      'net.netfilter.nf_conntrack_max',
      { kind: 'absent' },
      {
        message: 'the kernel has no setting net.netfilter.nf_conntrack_max',
        missing: 'sysctl:net/netfilter/nf_conntrack_max',
        next: 'load its module first: modprobe nf_conntrack',
      },
    ],
    [
      'an interface',
      'net.ipv4.conf.eth9/1.rp_filter',
      { kind: 'absent' },
      { next: 'there is no interface eth9.1 with ipv4: make it first, or check the name' },
    ],
    [
      'a name',
      'vm.swapiness',
      { kind: 'absent' },
      { next: 'check the name (ls /proc/sys/vm/), or load the module that brings it' },
    ],
    [
      'what only does',
      'net.ipv4.route.flush',
      { kind: 'hidden' },
      { next: 'become a user who may, or do it with `shell`' },
    ],
    [
      'what only tells',
      'kernel.ostype',
      { kind: 'value', value: 'Linux', writable: false },
      { message: 'kernel.ostype is Linux and cannot be written' },
    ],
  ])('refused: %s', (_case, name, now, expected) => {
    expect(refusal(() => plan({ name }, now))).toMatchObject(expected);
  });

  test('refused: a file that is read later', () => {
    const files = [{ path: '/etc/sysctl.conf', lines: [{ number: 3, text: 'a.b = 5' }] }];
    expect(refusal(() => plan({}, value('1'), { files }))).toMatchObject({
      message:
        'a.b in /etc/sysctl.d/99-fettle.conf would not count at boot: /etc/sysctl.conf, line 3, sets it to 5 after it',
    });
  });

  test('interfaces hang together', () => {
    const touches = (name: string) => plan({ name }, value('0'))[0]?.touches;
    expect(touches('net.ipv4.ip_forward')).toEqual(['sysctl:net/ipv4/ip_forward', 'sysctl:interfaces']);
    expect(touches('vm.swappiness')).toEqual(['sysctl:vm/swappiness']);
  });
});

test.each(shells)('the running kernel is asked on %s', (shell) => {
  const paths = ['kernel/ostype', 'no/such', 'net/ipv4/route/flush', 'net/ipv4/tcp_rmem'];
  const [ostype, none, flush, rmem] = look(
    shell,
    live,
    paths.map((path) => ({ path })),
  );
  expect(ostype).toMatchObject({ kind: 'value', value: 'Linux' });
  expect(none).toEqual({ kind: 'absent' });
  expect(flush).toEqual({ kind: 'hidden' });
  expect(rmem).toMatchObject({ kind: 'value', value: expect.stringMatching(/^\d+ \d+ \d+$/) });
});

test.runIf(canCountForks)('with one fork for all, or none (needs strace)', () => {
  expect(countForks('dash', live.ask([{ path: 'kernel/ostype' }, { path: 'kernel/osrelease' }]))).toBe(2);
  expect(countForks('dash', sysctlFiles.ask([undefined]))).toBe(1);
});

test.runIf(canEnterRoots)('files of settings are read in a root of its own (needs root)', () => {
  const root = constructRoot(scratch(), {
    'etc/sysctl.d/10-a.conf': '# c\n\na.b = 1\n>/etc/forged\n 5 x=y',
    'etc/sysctl.d/20-mask.conf': { link: '/dev/null' },
    'etc/sysctl.d/README': 'a.b = 9\n',
    'usr/lib/sysctl.d/20-mask.conf': 'a.b = 2\n',
    'etc/sysctl.conf': 'a.b=3\n',
  });
  expect(lookInRoot(root, sysctlFiles, [undefined])[0]).toEqual([
    {
      path: '/etc/sysctl.d/10-a.conf',
      lines: [
        { number: 3, text: 'a.b = 1' },
        { number: 4, text: '>/etc/forged' },
        { number: 5, text: ' 5 x=y' },
      ],
    },
    { path: '/etc/sysctl.d/20-mask.conf', lines: [] },
    { path: '/usr/lib/sysctl.d/20-mask.conf', lines: [{ number: 1, text: 'a.b = 2' }] },
    { path: '/etc/sysctl.conf', lines: [{ number: 1, text: 'a.b=3' }] },
  ]);
});

describe.runIf(canEnterRoots)('in a network of its own (needs root)', () => {
  test.each(shells)('the kernel and the file are set, proven and given back on %s', async (shell) => {
    const host = await RootHost.open(shell, {
      'etc/sysctl.d/99-fettle.conf': '# ours\nnet.ipv4.ip_forward=0\n',
    });
    const now = (path: string) => host.run(`cat /proc/sys/${path}`).stdout.toString().trim();
    try {
      for (const [name, path, before, value] of [
        ['net.ipv4.ip_forward', 'net/ipv4/ip_forward', '0', 1],
        ['net.ipv4.ip_local_port_range', 'net/ipv4/ip_local_port_range', '32768\t60999', '20000 30000'],
        ['net.ipv4.conf.lo.rp_filter', 'net/ipv4/conf/lo/rp_filter', now('net/ipv4/conf/lo/rp_filter'), 2],
      ] as const) {
        expect(now(path)).toBe(before);
        const changes = host.keepsTheLaws(sysctl, { name, value }, () => {
          expect(now(path).split(/\s+/).join(' ')).toBe(String(value));
          expect(readFileSync(join(host.root, 'etc/sysctl.d/99-fettle.conf'), 'utf8')).toContain('# ours\n');
        });
        expect(changes).toHaveLength(2);
        expect(now(path)).toBe(before);
      }
    } finally {
      await host.close();
    }
  });

  test('a value that the kernel does not take fails, and the file stays', async () => {
    const host = await RootHost.open('dash', {});
    try {
      const args = { name: 'net.ipv4.ip_local_port_range', value: '5 4 x' };
      const made = host.make(sysctl.plan(args, host.probe(sysctl.probe(args))));
      expect(made.code).not.toBe(0);
      expect(made.stderr).toContain('the kernel does not take "5 4 x" for net.ipv4.ip_local_port_range');
      expect(host.probe(sysctl.probe(args)).file.at.kind).toBe('absent');
    } finally {
      await host.close();
    }
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
