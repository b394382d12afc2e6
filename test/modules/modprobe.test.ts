import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import { kernelModule, type KernelModule } from '../../engine/facts/kernel_module.ts';
import { moduleFiles, type ModuleLine } from '../../engine/facts/module_files.ts';
import { modprobe } from '../../engine/modules/modprobe.ts';
import type { ModprobeArgs } from '../../engine/modules/modprobe/arguments.ts';
import { scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from '../facts/root.ts';
import { modules } from '../laws/imitated_modules.ts';
import { RootHost } from './root_host.ts';

const nothing: EditState = {
  at: { kind: 'absent', parent: 'directory' },
  now: { kind: 'absent' },
  above: {
    path: '/etc/modprobe.d',
    at: { kind: 'absent', parent: 'directory' },
    missing: [],
    setGroup: false,
  },
};

function plan(args: Omit<ModprobeArgs, 'name'>, now: KernelModule, lines: readonly ModuleLine[] = []) {
  const state = { now, files: { lines, load: nothing, options: nothing } };
  return modprobe.plan({ name: 'br_netfilter', ...args }, state);
}

const line = (file: string, text: string): ModuleLine => ({ file, number: 3, text });
const loads = 'load br_netfilter at boot: write /etc/modules-load.d/br_netfilter.conf';

describe('plan', () => {
  test.each<[string, Omit<ModprobeArgs, 'name'>, KernelModule, readonly ModuleLine[], readonly string[]]>([
    ['available', {}, 'available', [], ['load the module br_netfilter']],
    ['loaded', { params: 'a=1' }, 'loaded', [], []],
    ['built in', {}, 'builtin', [], []],
    [
      'with parameters',
      { params: 'a=1  b=2' },
      'available',
      [],
      ['load the module br_netfilter with a=1 b=2'],
    ],
    ['not wanted', { state: 'absent' }, 'loaded', [], ['unload the module br_netfilter']],
    ['not wanted and not there', { state: 'absent' }, 'absent', [], []],
    ['at boot', { persistent: 'present' }, 'loaded', [], [loads]],
    [
      'at boot by another file, with a dash',
      { persistent: 'present' },
      'loaded',
      [line('/etc/modules', 'br-netfilter a=1')],
      [],
    ],
    [
      'the parameters are in another file already',
      { persistent: 'present', params: 'a=1 b=2' },
      'loaded',
      [line('/usr/lib/modprobe.d/x.conf', 'options br-netfilter  a=1 b=2')],
      [loads],
    ],
    [
      'a blacklist of another module',
      { persistent: 'present' },
      'loaded',
      [line('/etc/modprobe.d/x.conf', 'blacklist bridge')],
      [loads],
    ],
    ['no more at boot, where nothing does', { persistent: 'absent' }, 'loaded', [], []],
  ])('%s', (_case, args, now, lines, what) => {
    expect(plan(args, now, lines).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, Omit<ModprobeArgs, 'name'>, KernelModule, readonly ModuleLine[], Partial<CannotPlan>]>([
    [
      'no such module',
      {},
      'absent',
      [],
      { message: 'the running kernel has no module br_netfilter', missing: 'kernel_module:br_netfilter' },
    ],
    [
      'built in, not wanted',
      { state: 'absent' },
      'builtin',
      [],
      { message: expect.stringContaining('built into') as never },
    ],
    [
      'no modprobe',
      {},
      'unknown',
      [],
      { missing: 'program:modprobe', next: 'install it: the package is kmod' },
    ],
    [
      'blacklisted',
      { persistent: 'present' },
      'loaded',
      [line('/etc/modprobe.d/no.conf', 'blacklist br-netfilter')],
      {
        message:
          'br_netfilter would not be loaded at boot: /etc/modprobe.d/no.conf, line 3, says "blacklist br-netfilter"',
      },
    ],
    [
      'kept away by `install`',
      { persistent: 'present' },
      'loaded',
      [line('/etc/modprobe.d/no.conf', 'install br_netfilter /bin/true')],
      { missing: 'path:/etc/modprobe.d/no.conf' },
    ],
    [
      'other parameters elsewhere',
      { persistent: 'present', params: 'a=2' },
      'loaded',
      [line('/etc/modprobe.d/x.conf', 'options br_netfilter a=1')],
      {
        message:
          '/etc/modprobe.d/x.conf, line 3, says "options br_netfilter a=1", and modprobe would take both',
      },
    ],
    [
      'another file loads it',
      { persistent: 'absent' },
      'loaded',
      [line('/usr/lib/modules-load.d/k8s.conf', 'br_netfilter')],
      { message: '/usr/lib/modules-load.d/k8s.conf, line 3, loads br_netfilter at boot' },
    ],
  ])('refused: %s', (_case, args, now, lines, expected) => {
    expect(refusal(() => plan(args, now, lines))).toMatchObject(expected);
  });
});

describe.runIf(canEnterRoots)('in a root of its own (needs root)', () => {
  test.each(shells)('the kernel is asked on %s', async (shell) => {
    const host = await RootHost.open(shell, modules(['dummy']));
    try {
      const names = ['dummy', 'kernel', 'ext4', 'br-netfilter', 'none'];
      expect(host.answers(names.map((subject) => ({ fact: kernelModule as never, subject })))).toEqual([
        'loaded',
        'builtin',
        'builtin',
        'available',
        'absent',
      ]);
    } finally {
      await host.close();
    }
  });

  test('files are read once, those that others stand for are not, comments and forged lines as what they are', () => {
    const root = constructRoot(scratch(), {
      'etc/modules-load.d/a.conf': '# c\n; d\n\nbr_netfilter\n>/etc/forged\n',
      'etc/modprobe.d/a.conf': 'options x y=1',
      'usr/lib/modprobe.d/b.conf': 'blacklist z\n',
      'usr/lib/modprobe.d/a.conf': 'blacklist hidden\n',
      'usr/lib/modules-load.d/masked.conf': 'hidden\n',
      'etc/modules-load.d/masked.conf': { link: '/dev/null' },
      lib: { link: 'usr/lib' },
      'etc/modules': 'loop\n',
    });
    expect(lookInRoot(root, moduleFiles, [undefined])[0]).toEqual([
      { file: '/etc/modules-load.d/a.conf', number: 4, text: 'br_netfilter' },
      { file: '/etc/modules-load.d/a.conf', number: 5, text: '>/etc/forged' },
      { file: '/etc/modprobe.d/a.conf', number: 1, text: 'options x y=1' },
      { file: '/usr/lib/modprobe.d/b.conf', number: 1, text: 'blacklist z' },
      { file: '/etc/modules', number: 1, text: 'loop' },
    ]);
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
