import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { Boot } from '../../engine/facts/boot.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import { kernel_cmdline } from '../../engine/modules/kernel_cmdline.ts';
import type { KernelCmdlineArgs } from '../../engine/modules/kernel_cmdline/arguments.ts';
import { withSettings } from '../../engine/modules/kernel_cmdline/settings.ts';
import { hasWords, withWords } from '../../engine/modules/kernel_cmdline/words.ts';

describe('words', () => {
  test.each<[string, readonly string[], readonly string[], string]>([
    ['ro quiet', ['panic=10'], [], 'ro quiet panic=10'],
    ['ro panic=5 quiet', ['panic=10'], [], 'ro quiet panic=10'],
    ['ro panic=10 quiet', ['panic=10'], [], 'ro panic=10 quiet'],
    ['panic=10 ro panic=10', ['panic=10'], [], 'panic=10 ro'],
    ['ro rhgb quiet', [], ['rhgb'], 'ro quiet'],
    ['console=tty0 console=ttyS0,115200', [], ['console=tty0'], 'console=ttyS0,115200'],
    ['crashkernel=auto crash=1', [], ['crashkernel'], 'crash=1'],
    ['a="b c" d', ['e'], [], 'a="b c" d e'],
    ['', ['a'], ['b'], 'a'],
  ])('%j, with %j, without %j', (line, present, absent, expected) => {
    const wanted = { present, absent };
    expect(withWords(line, wanted)).toBe(expected);
    expect(hasWords(expected, wanted)).toBe(true);
    expect(hasWords(line, wanted)).toBe(line === expected);
  });
});

describe('/etc/default/grub', () => {
  const file = '/etc/default/grub';
  test.each<[string, readonly string[], readonly string[], string]>([
    // CentOS 7's, as anaconda writes it.
    [
      'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX="crashkernel=auto rd.lvm.lv=centos/root rhgb quiet"\n',
      ['panic=10'],
      ['rhgb'],
      'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX="crashkernel=auto rd.lvm.lv=centos/root quiet panic=10"\n',
    ],
    // Debian 12's.
    [
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
      ['panic=10'],
      [],
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="panic=10"\n',
    ],
    // It is there for all kernels that are not for rescue.
    [
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet panic=10"\nGRUB_CMDLINE_LINUX="panic=5"\n',
      ['panic=10'],
      [],
      'GRUB_CMDLINE_LINUX_DEFAULT="quiet panic=10"\nGRUB_CMDLINE_LINUX=""\n',
    ],
    ['GRUB_CMDLINE_LINUX=quiet # c\n', ['a=1'], [], 'GRUB_CMDLINE_LINUX="quiet a=1" # c\n'],
    ["GRUB_CMDLINE_LINUX='a=$b'\n", ['c'], [], "GRUB_CMDLINE_LINUX='a=$b c'\n"],
    ['X=1', ['a'], [], 'X=1\nGRUB_CMDLINE_LINUX="a"\n'],
    ['X=1\n', [], ['a'], 'X=1\n'],
    ['GRUB_CMDLINE_LINUX="a  b"\n', ['b'], [], 'GRUB_CMDLINE_LINUX="a  b"\n'],
  ])('%j', (text, present, absent, expected) => {
    expect(withSettings(text, { present, absent }, file)).toBe(expected);
    expect(withSettings(expected, { present, absent }, file)).toBe(expected);
  });

  test.each([
    'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX x"\n',
    'GRUB_CMDLINE_LINUX="$(cat /x)"\n',
    'GRUB_CMDLINE_LINUX="a" "b"\n',
    'GRUB_CMDLINE_LINUX=a b\n',
    'GRUB_CMDLINE_LINUX+=" a"\n',
    'GRUB_CMDLINE_LINUX="a \\\n',
  ])('refused: %j', (text) => {
    expect(() => withSettings(text, { present: ['c'], absent: [] }, file)).toThrow(CannotPlan);
  });
});

const nothing: EditState = {
  at: { kind: 'absent', parent: 'directory' },
  now: { kind: 'absent' },
  above: { path: '/etc/default', at: { kind: 'absent', parent: 'directory' }, missing: [], setGroup: false },
};

function host(args: string, grubby: string | null): Boot {
  const entry = { path: [], name: 'x', release: '1', own: true, file: '/boot/loader/entries/x.conf' };
  return {
    running: '1',
    cmdline: 'BOOT_IMAGE=/vmlinuz ro',
    images: [],
    free: null,
    grubby,
    hidden: false,
    grub: {
      config: '/boot/grub2/grub.cfg',
      environment: '/boot/grub2/grubenv',
      hasEnvironment: true,
      variables: {},
      entries: [
        { ...entry, rescue: false, args },
        { ...entry, rescue: true, args: 'single' },
      ],
      bls: true,
      standard: '${saved_entry}',
      takesNext: true,
      unwritable: null,
      programs: { mkconfig: 'grub2-mkconfig' },
    },
  };
}

function plan(args: KernelCmdlineArgs, boot: Boot) {
  return kernel_cmdline.plan(args, { boot, defaults: nothing, next: nothing });
}

describe('plan', () => {
  test.each<[string, KernelCmdlineArgs, Boot, readonly string[]]>([
    ['as it is; entries for rescue do not count', { present: 'ro', absent: 'rhgb' }, host('ro', null), []],
    [
      'grubby',
      { present: 'panic=10', absent: ['rhgb'] },
      host('ro rhgb', '/boot/vmlinuz-1'),
      ['give all kernels panic=10, no rhgb, by grubby'],
    ],
    [
      'no grubby',
      { present: 'panic=10' },
      host('ro', null),
      ['make /boot/grub2/grub.cfg anew, which is older than its settings'],
    ],
  ])('%s', (_case, args, boot, what) => {
    expect(plan(args, boot).map((change) => change.what)).toEqual(what);
  });

  test('grubby gets each list as one word', () => {
    const [change] = plan({ present: ['a=1', 'b'], absent: ['c', 'd'] }, host('c', '/boot/vmlinuz-1'));
    expect(change?.apply.text).toContain(
      "grubby --update-kernel=ALL '--args=a=1 b' '--remove-args=c d' || exit 1",
    );
    expect(change?.saves).toEqual([
      '/boot/loader/entries/x.conf',
      '/boot/grub2/grub.cfg',
      '/boot/grub2/grubenv',
    ]);
  });

  test.each<[string, KernelCmdlineArgs, string]>([
    ['both', { present: ['a=1'], absent: ['a=1'] }, 'a=1 is both in present and in absent'],
    ['one of several', { present: 'console=ttyS0' }, 'console=ttyS0: a kernel takes several of these'],
  ])('refused: %s', (_case, args, message) => {
    expect(() => plan(args, host('ro', null))).toThrow(message);
  });

  test('what is told', () => {
    const state = { boot: host('ro panic=10', null), defaults: nothing, next: nothing };
    expect(kernel_cmdline.result?.({ present: 'panic=10' }, state)).toEqual({
      running: 'BOOT_IMAGE=/vmlinuz ro',
      configured: 'ro panic=10',
      reboot_needed: true,
    });
  });
});
