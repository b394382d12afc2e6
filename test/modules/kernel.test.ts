import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { boot as bootFact, type Boot, type Grub, parseBoot } from '../../engine/facts/boot.ts';
import { entryOf, findEntry, readBls, readMenu } from '../../engine/facts/boot_menu.ts';
import { type KernelPackages, kernelPackages } from '../../engine/facts/kernel_packages.ts';
import { compareReleases, findReleases } from '../../engine/facts/release_order.ts';
import { kernel, type KernelState } from '../../engine/modules/kernel.ts';
import type { KernelArgs } from '../../engine/modules/kernel/arguments.ts';
import { withAssignment } from '../../engine/modules/kernel/saved.ts';
import { shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { blsHost, debianHost, makeMenu } from '../laws/imitated_grub.ts';
import { RootHost } from './root_host.ts';

/*
 * The heads of the menus are as people have published them; the lines of `linux` are constructed where they left them out.
 * el7: a CentOS 7 after `make install` and an update, whose grubby copies ids. openeuler: 20.03 LTS-SP1.
 * kylin: the form of V10 (Tercel), with the releases of SP3. debian: what 10_linux of Debian's grub2 2.06 writes.
 */
const menus = {
  el7: `menuentry 'CentOS Linux (5.10.87) 7 (Core)' --class centos --class gnu-linux --class gnu --class os --unrestricted $menuentry_id_option 'gnulinux-3.10.0-1160.el7.x86_64-advanced-ddb4ef8b' {
	linux16 /vmlinuz-5.10.87 root=/dev/mapper/centos-root ro crashkernel=auto rhgb quiet
}
menuentry 'CentOS Linux (3.10.0-1160.49.1.el7.x86_64) 7 (Core)' --class centos --unrestricted $menuentry_id_option 'gnulinux-3.10.0-1160.el7.x86_64-advanced-ddb4ef8b' {
	linux16 /vmlinuz-3.10.0-1160.49.1.el7.x86_64 root=/dev/mapper/centos-root ro crashkernel=auto rhgb quiet
}
menuentry 'CentOS Linux (3.10.0-1160.el7.x86_64) 7 (Core)' --class centos --unrestricted $menuentry_id_option 'gnulinux-3.10.0-1160.el7.x86_64-advanced-ddb4ef8b' {
	linux16 /vmlinuz-3.10.0-1160.el7.x86_64 root=/dev/mapper/centos-root ro crashkernel=auto rhgb quiet
}
menuentry 'CentOS Linux (0-rescue-f1a1b65c997e453d9a72b2349f0000df) 7 (Core)' --class centos --unrestricted $menuentry_id_option 'gnulinux-0-rescue-f1a1b65c997e453d9a72b2349f0000df-advanced-ddb4ef8b' {
	linux16 /vmlinuz-0-rescue-f1a1b65c997e453d9a72b2349f0000df root=/dev/mapper/centos-root ro
}
`,
  openeuler: `menuentry 'openEuler (4.19.90) 20.03 (LTS-SP1)' --class openeuler --unrestricted $menuentry_id_option 'gnulinux-4.19.90-2109.1.0.0108.oe1.x86_64-advanced-21c67e53' {
	linuxefi /vmlinuz-4.19.90 root=/dev/sda3 ro
}
menuentry 'openEuler (4.19.90-2109.1.0.0108.oe1.x86_64) 20.03 (LTS-SP1)' --class openeuler --unrestricted $menuentry_id_option 'gnulinux-4.19.90-2109.1.0.0108.oe1.x86_64-advanced-21c67e53' {
	linuxefi /vmlinuz-4.19.90-2109.1.0.0108.oe1.x86_64 root=/dev/sda3 ro
}
menuentry 'System setup' $menuentry_id_option 'uefi-firmware' {
}
`,
  kylin: `menuentry 'Kylin Linux Advanced Server (4.19.90-52.40.v2207.ky10.x86_64) V10 (Lance)' --class kylin --unrestricted $menuentry_id_option 'gnulinux-4.19.90-52.22.v2207.ky10.x86_64-advanced-aa9832a8' {
        linux   /vmlinuz-4.19.90-52.40.v2207.ky10.x86_64 root=/dev/mapper/klas-root ro crashkernel=1024M
}
menuentry 'Kylin Linux Advanced Server (4.19.90-52.22.v2207.ky10.x86_64) V10 (Lance)' --class kylin --unrestricted $menuentry_id_option 'gnulinux-4.19.90-52.22.v2207.ky10.x86_64-advanced-aa9832a8' {
        linux   /vmlinuz-4.19.90-52.22.v2207.ky10.x86_64 root=/dev/mapper/klas-root ro crashkernel=1024M
}
`,
  debian: `menuentry 'Debian GNU/Linux' --class debian --class gnu-linux --class gnu --class os $menuentry_id_option 'gnulinux-simple-1-2' {
	linux	/boot/vmlinuz-6.1.0-18-amd64 root=UUID=1-2 ro  quiet
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1-2' {
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-18-amd64' --class debian $menuentry_id_option 'gnulinux-6.1.0-18-amd64-advanced-1-2' {
		linux	/boot/vmlinuz-6.1.0-18-amd64 root=UUID=1-2 ro  quiet
	}
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-18-amd64 (recovery mode)' --class debian $menuentry_id_option 'gnulinux-6.1.0-18-amd64-recovery-1-2' {
		linux	/boot/vmlinuz-6.1.0-18-amd64 root=UUID=1-2 ro single
	}
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-17-amd64' --class debian $menuentry_id_option 'gnulinux-6.1.0-17-amd64-advanced-1-2' {
		linux	/boot/vmlinuz-6.1.0-17-amd64 root=UUID=1-2 ro  quiet
	}
}
`,
} as const;

const lines = (menu: keyof typeof menus) => menus[menu].split('\n');

describe('entries', () => {
  test.each<[keyof typeof menus, readonly string[]]>([
    [
      'el7',
      [
        '0 5.10.87: CentOS Linux (5.10.87) 7 (Core)',
        '1 3.10.0-1160.49.1.el7.x86_64: CentOS Linux (3.10.0-1160.49.1.el7.x86_64) 7 (Core)',
        '2 3.10.0-1160.el7.x86_64: CentOS Linux (3.10.0-1160.el7.x86_64) 7 (Core)',
        '3 0-rescue-f1a1b65c997e453d9a72b2349f0000df: gnulinux-0-rescue-f1a1b65c997e453d9a72b2349f0000df-advanced-ddb4ef8b rescue',
      ],
    ],
    [
      'openeuler',
      [
        '0 4.19.90: openEuler (4.19.90) 20.03 (LTS-SP1)',
        '1 4.19.90-2109.1.0.0108.oe1.x86_64: openEuler (4.19.90-2109.1.0.0108.oe1.x86_64) 20.03 (LTS-SP1)',
      ],
    ],
    [
      'kylin',
      [
        '0 4.19.90-52.40.v2207.ky10.x86_64: Kylin Linux Advanced Server (4.19.90-52.40.v2207.ky10.x86_64) V10 (Lance)',
        '1 4.19.90-52.22.v2207.ky10.x86_64: Kylin Linux Advanced Server (4.19.90-52.22.v2207.ky10.x86_64) V10 (Lance)',
      ],
    ],
    [
      'debian',
      [
        '0 6.1.0-18-amd64: gnulinux-simple-1-2',
        '1>0 6.1.0-18-amd64: gnulinux-advanced-1-2>gnulinux-6.1.0-18-amd64-advanced-1-2',
        '1>1 6.1.0-18-amd64: gnulinux-advanced-1-2>gnulinux-6.1.0-18-amd64-recovery-1-2 rescue',
        '1>2 6.1.0-17-amd64: gnulinux-advanced-1-2>gnulinux-6.1.0-17-amd64-advanced-1-2',
      ],
    ],
  ])('%s', (menu, expected) => {
    const shown = readMenu(lines(menu)).map(
      ({ path, release, name, rescue }) =>
        `${path.map(({ at }) => at).join('>')} ${release}: ${name}${rescue ? ' rescue' : ''}`,
    );
    expect(shown).toEqual(expected);
  });

  test.each<[keyof typeof menus, string, string | null]>([
    ['debian', '0', '6.1.0-18-amd64'],
    ['debian', '1>2', '6.1.0-17-amd64'],
    ['debian', '1', '6.1.0-18-amd64'],
    ['debian', 'Debian GNU/Linux', '6.1.0-18-amd64'],
    [
      'debian',
      'Advanced options for Debian GNU/Linux>Debian GNU/Linux, with Linux 6.1.0-17-amd64',
      '6.1.0-17-amd64',
    ],
    ['debian', 'gnulinux-advanced-1-2>gnulinux-6.1.0-17-amd64-advanced-1-2', '6.1.0-17-amd64'],
    // The menu that holds it must be named as well.
    ['debian', 'gnulinux-6.1.0-17-amd64-advanced-1-2', null],
    ['debian', '1>9', null],
    ['el7', 'CentOS Linux (3.10.0-1160.el7.x86_64) 7 (Core)', '3.10.0-1160.el7.x86_64'],
    // An id that grubby has copied leads to the first that bears it.
    ['el7', 'gnulinux-3.10.0-1160.el7.x86_64-advanced-ddb4ef8b', '5.10.87'],
    ['el7', '1', '3.10.0-1160.49.1.el7.x86_64'],
  ])('%s: %s', (menu, value, release) => {
    expect(findEntry(readMenu(lines(menu)), value)?.release ?? null).toBe(release);
  });

  test('a kernel is chosen by its own entry, not by one that leads to whatever is newest', () => {
    expect(entryOf(readMenu(lines('debian')), '6.1.0-18-amd64')?.name).toBe(
      'gnulinux-advanced-1-2>gnulinux-6.1.0-18-amd64-advanced-1-2',
    );
  });

  test('heads with both quotes, backslashes and a ">"', () => {
    const [entry] = readMenu([
      `menuentry "a \\"b\\" > c" --class x --id 'd'\\''e' {`,
      '  linux /vmlinuz-1.2.3-x.efi.signed ro',
      '}',
    ]);
    expect(entry).toMatchObject({
      name: "d'e",
      release: '1.2.3-x',
      path: [{ at: 0, title: 'a "b" > c', id: "d'e" }],
    });
    const [titled] = readMenu(['menuentry "a > b" {', 'linux /vmlinuz-1.2.3', '}']);
    expect(titled?.name).toBe('a >> b');
    expect(findEntry(titled ? [titled] : [], 'a >> b')).toBe(titled);
  });

  // The example of Red Hat's "Managing, monitoring and updating the kernel" for RHEL 8, "What boot entries are".
  test('files below /boot/loader/entries, the newest first', () => {
    const file = (release: string) => ({
      name: `6f9cc9cb7d7845d49698c9537337cedc-${release}`,
      values: {
        title: `Red Hat Enterprise Linux (${release}) 8.0 (Ootpa)`,
        version: release,
        linux: `/vmlinuz-${release}`,
        options: '$kernelopts $tuned_params',
        id: `rhel-20190227183418-${release}`,
      },
    });
    const files = ['4.18.0-5.el8.x86_64', '4.18.0-74.el8.x86_64', '0-rescue-6f9c'].map(file);
    const entries = readBls(files, { kernelopts: 'root=/dev/mapper/rhel-root ro $& rhgb' });
    expect(entries.map(({ release }) => release)).toEqual([
      '4.18.0-74.el8.x86_64',
      '4.18.0-5.el8.x86_64',
      '0-rescue-6f9c',
    ]);
    expect(entries[0]?.args).toBe('root=/dev/mapper/rhel-root ro $& rhgb $tuned_params');
    for (const value of ['1', '6f9cc9cb7d7845d49698c9537337cedc-4.18.0-5.el8.x86_64'])
      expect(findEntry(entries, value)?.release).toBe('4.18.0-5.el8.x86_64');
    for (const value of [
      'rhel-20190227183418-4.18.0-74.el8.x86_64',
      'Red Hat Enterprise Linux (4.18.0-74.el8.x86_64) 8.0 (Ootpa)',
    ])
      expect(findEntry(entries, value)?.release).toBe('4.18.0-74.el8.x86_64');
  });
});

describe('releases', () => {
  test.each([
    ['4.19.90-52.39.v2207.ky10', '4.19.90-52.40', -1],
    ['4.19.90-52.40', '4.19.90-52.40.v2207.ky10', -1],
    ['4.19.90-52.40.v2207.ky10', '4.19.90-89.11.v2401.ky10', -1],
    ['6.1.0-9-amd64', '6.1.0-18-amd64', -1],
    ['6.1.0-18-amd64', '6.1.0-18-amd64', 0],
  ])('%s, %s', (one, other, order) => {
    expect(Math.sign(compareReleases(one, other))).toBe(order);
    expect(Math.sign(compareReleases(other, one))).toBe(order === 0 ? 0 : -order);
  });

  test.each<[string, readonly string[], readonly string[]]>([
    ['4.19.90-52.40.v2207.ky10', ['4.19.90-52.40.v2207.ky10.x86_64'], ['4.19.90-52.40.v2207.ky10.x86_64']],
    ['4.19.90-52.4', ['4.19.90-52.40.v2207.ky10.x86_64'], []],
    ['6.1.0-1', ['6.1.0-18-amd64'], []],
    ['6.1.0-18', ['6.1.0-18-amd64', '6.1.0-18-cloud-amd64'], ['6.1.0-18-amd64', '6.1.0-18-cloud-amd64']],
    [
      '5.14.0-427.el9.x86_64',
      ['5.14.0-427.el9.x86_64', '5.14.0-427.el9.x86_64+rt'],
      ['5.14.0-427.el9.x86_64'],
    ],
  ])('%s of %j', (meant, releases, found) => {
    expect(findReleases(releases, meant)).toEqual(found);
  });
});

const header = [
  'm    set default="${next_entry}"',
  'm    set next_entry=',
  'm    set default="${saved_entry}"',
];
const bad = '4.19.90-52.22.v2207.ky10.x86_64';
const good = '4.19.90-52.40.v2207.ky10.x86_64';

/** What the script says on a Kylin, whose /boot is of its own; constructed. */
function kylin(more: readonly string[] = [], less: RegExp = /^$/): Boot {
  const rows = [
    `k ${bad}`,
    'a BOOT_IMAGE=/vmlinuz ro',
    `i ${bad}`,
    `i ${good}`,
    'i 4.19.90-24.4.v2101.ky10.x86_64',
    'i 0-rescue-1',
    `s 62914560 /boot/initramfs-${bad}.img`,
    `s 31457280 /boot/initramfs-4.19.90-24.4.v2101.ky10.x86_64.img`,
    's 10485760 /boot/vmlinuz-4.19.90-24.4.v2101.ky10.x86_64',
    'f 102400',
    'c /boot/grub2/grub.cfg',
    ...header,
    ...lines('kylin').map((line) => `m ${line}`),
    'v /boot/grub2/grubenv',
    `e saved_entry=Kylin Linux Advanced Server (${bad}) V10 (Lance)`,
    'p editenv grub2-editenv',
    'p mkconfig grub2-mkconfig',
    't xfs',
    ...more,
  ];
  return parseBoot(rows.filter((row) => !less.test(row)).join('\n'));
}

const packages: KernelPackages = { tool: 'rpm', packages: [] };
const defaults: KernelState['defaults'] = {
  at: { kind: 'absent', parent: 'directory' },
  now: { kind: 'absent' },
  above: { path: '/etc/default', at: { kind: 'absent', parent: 'directory' }, missing: [], setGroup: false },
};

function plan(args: KernelArgs, boot: Boot) {
  return kernel.plan(args, { boot, packages, defaults });
}

test('what an undo must find as it was left: not what GRUB clears by itself', () => {
  const lasting = (...rows: readonly string[]) => bootFact.lasting?.(kylin(rows));
  expect(lasting('e next_entry=0')).toEqual(lasting('e next_entry='));
  expect(lasting('e saved_entry=0')).not.toEqual(lasting());
});

describe('plan', () => {
  test.each<[string, KernelArgs, Boot, readonly string[]]>([
    ['it is the default', { version: bad }, kylin(), []],
    [
      'another default',
      { version: '4.19.90-52.40.v2207.ky10' },
      kylin(),
      [`boot ${good} by default: ${bad} → ${good}`],
    ],
    ['once', { version: good, once: true }, kylin(), [`boot ${good} once: ${bad} → ${good}`]],
    [
      'once, as it is',
      { version: good, once: true },
      kylin([`e next_entry=Kylin Linux Advanced Server (${good}) V10 (Lance)`]),
      [],
    ],
    [
      'once back, while another is next',
      { version: bad, once: true },
      kylin(['e next_entry=0']),
      [`boot ${bad} once: ${good} → ${bad}`],
    ],
    [
      'grubby says otherwise',
      { version: bad },
      kylin([`g /boot/vmlinuz-${good}`]),
      [`boot ${bad} by default: ${good} → ${bad}`],
    ],
    ['there is space', { min_boot_space: 100 }, kylin(), []],
    ['there is none, but it is installed', { version: bad, min_boot_space: 500 }, kylin(), []],
  ])('%s', (_case, args, boot, what) => {
    expect(plan(args, boot).map((change) => change.what)).toEqual(what);
  });

  describe('absent', () => {
    const middle = '4.19.90-24.4.v2101.ky10.x86_64';
    const own: KernelPackages = {
      tool: 'rpm',
      packages: [middle, bad, good].flatMap((release) =>
        ['kernel', 'kernel-core'].map((name) => ({ release, name: `${name}-${release}` })),
      ),
    };
    const removes = (args: KernelArgs, boot = kylin(), packages = own) =>
      kernel.plan({ state: 'absent', ...args }, { boot, packages, defaults });

    test.each<[string, KernelArgs, readonly string[]]>([
      [
        'by version',
        { version: middle },
        [`remove the kernel ${middle}: kernel-${middle}, kernel-core-${middle}`],
      ],
      ['one that is not there', { version: '1.2.3' }, []],
      [
        'the newest two stay',
        { keep: 2 },
        [`remove the kernel ${middle}: kernel-${middle}, kernel-core-${middle}`],
      ],
      [
        'the newest one stays, and the one that runs',
        { keep: 1 },
        [`remove the kernel ${middle}: kernel-${middle}, kernel-core-${middle}`],
      ],
      ['all stay', { keep: 3 }, []],
    ])('%s', (_case, args, what) => {
      expect(removes(args).map((change) => change.what)).toEqual(what);
    });

    test('rpm is given just these, and touches what they are called', () => {
      const [change] = removes({ version: middle });
      expect(change?.apply.text).toContain(`/usr/bin/rpm -e -- kernel-${middle} kernel-core-${middle} `);
      expect(change?.touches).toEqual(expect.arrayContaining(['package:kernel', 'package:kernel-core']));
    });

    test.each<[string, KernelArgs, Boot, string]>([
      ['the one that runs', { version: bad }, kylin(), `the kernel ${bad} is not removed: it runs`],
      [
        'the default',
        { version: good },
        kylin([`g /boot/vmlinuz-${good}`]),
        `the kernel ${good} is not removed: it is the default`,
      ],
      [
        'the next one',
        { version: good },
        kylin(['e next_entry=0']),
        `the kernel ${good} is not removed: it is booted next`,
      ],
      ['nothing said', {}, kylin(), 'state: absent needs a version, or how many kernels stay (`keep`)'],
    ])('refused: %s', (_case, args, boot, message) => {
      expect(refusal(() => removes(args, boot)).message).toBe(message);
    });

    test('refused: one of no package', () => {
      expect(refusal(() => removes({ version: middle }, kylin(), packages)).message).toBe(
        `the kernel ${middle} belongs to no package`,
      );
    });
  });

  test('what is told', () => {
    const own = ['kernel', 'kernel-core'].map((name) => ({ release: bad, name: `${name}-${bad}` }));
    const told = { boot: kylin(['e next_entry=0']), packages: { ...packages, packages: own }, defaults };
    expect(kernel.result?.({}, told)).toEqual({
      running: bad,
      default: bad,
      next: good,
      installed: ['4.19.90-24.4.v2101.ky10.x86_64', bad, good],
      removable: ['4.19.90-24.4.v2101.ky10.x86_64'],
      packages: ['kernel=', 'kernel-core='],
      free_mb: 100,
      boots_once: true,
      once_refused: '',
      panic_reboots: false,
    });
  });

  test('grubby sets a default, GRUB’s own editor takes it back', () => {
    const [change] = plan({ version: good }, kylin([`g /boot/vmlinuz-${bad}`]));
    expect(change?.apply.text).toContain(`grubby --set-default=/boot/vmlinuz-${good}`);
    expect(change?.undo).toMatchObject({
      text: expect.stringContaining('grub2-editenv /boot/grub2/grubenv set'),
    });
  });

  test.each<[string, KernelArgs, Boot, Partial<CannotPlan>]>([
    [
      'not installed',
      { version: '4.19.90-52.41' },
      kylin(),
      {
        message: `the kernel 4.19.90-52.41 is not installed: there are 4.19.90-24.4.v2101.ky10.x86_64, ${bad}, ${good}`,
        missing: 'package:kernel',
        next: 'install it first: package: {name: kernel-4.19.90-52.41}',
      },
    ],
    [
      'LVM',
      { version: good, once: true },
      kylin(['t lvm']),
      {
        message:
          '/boot/grub2/grubenv lies on lvm, which GRUB cannot write: it could not forget the choice, and "once" would be "always"',
      },
    ],
    [
      'md',
      { version: good, once: true },
      kylin(['t md']),
      { message: expect.stringContaining('lies on md') as never },
    ],
    ['btrfs', { version: good, once: true }, kylin(['t btrfs'], /^t xfs/), {}],
    [
      'a grub.cfg that knows no next_entry',
      { version: good, once: true },
      kylin([], /next_entry/),
      {
        message: '/boot/grub2/grub.cfg does not read next_entry, and so knows no boot for once',
      },
    ],
    [
      'a full /boot',
      { version: '4.19.90-52.41', min_boot_space: 150 },
      kylin(),
      {
        message: '/boot has 100 MB free, and 150 MB are needed',
        next: `remove what is not needed any more, oldest first: 4.19.90-24.4.v2101.ky10.x86_64 (40 MB), ${good} (0 MB); ${bad} runs and stays`,
      },
    ],
    [
      'no menu',
      { version: bad },
      parseBoot(`k ${bad}\ni ${bad}\n`),
      { message: expect.stringContaining('there is no menu of GRUB') as never },
    ],
    [
      'hidden',
      { version: bad },
      kylin(['h /boot/grub2/grubenv'], /^v /),
      { message: 'the files of the boot loader cannot be read', next: 'become root' },
    ],
    [
      'an image without an entry',
      { version: '4.19.90-24.4.v2101.ky10' },
      kylin(),
      {
        message: 'the menu of GRUB (/boot/grub2/grub.cfg) has no entry for 4.19.90-24.4.v2101.ky10.x86_64',
        next: 'make it anew: grub2-mkconfig -o /boot/grub2/grub.cfg',
      },
    ],
    [
      'no editor',
      { version: good },
      kylin([], /^p editenv/),
      { missing: 'program:grub2-editenv', next: expect.stringContaining('grub2-tools-minimal') as never },
    ],
    [
      'a fixed default, and nothing that grub.cfg is made from',
      { version: bad },
      kylin(['m    set default="0"'], /saved_entry\}/),
      { message: expect.stringContaining('boots "0" whatever grubenv says') as never },
    ],
  ])('refused: %s', (_case, args, boot, expected) => {
    expect(refusal(() => plan(args, boot))).toMatchObject(expected);
  });
});

test.each([
  ['GRUB_DEFAULT=0\nX=1\n', 'GRUB_DEFAULT=saved\nX=1\n'],
  ['#GRUB_DEFAULT=0\n', '#GRUB_DEFAULT=0\nGRUB_DEFAULT=saved\n'],
  ['GRUB_DEFAULT=0\n GRUB_DEFAULT="1>2"', 'GRUB_DEFAULT=0\n GRUB_DEFAULT=saved'],
  ['X=1', 'X=1\nGRUB_DEFAULT=saved\n'],
  ['', 'GRUB_DEFAULT=saved\n'],
])('%j', (text, expected) => {
  expect(withAssignment(text, 'GRUB_DEFAULT', 'saved')).toBe(expected);
});

describe('packages', () => {
  test.each<[string, string, KernelPackages]>([
    [
      // rpm -qa of RHEL 9, constructed.
      'rpm',
      'rpm\nkernel-core|5.14.0-427.el9.x86_64\nkernel-headers|5.14.0-503.el9.x86_64\nkernel-tools|5.14.0-503.el9.x86_64\nkernel|5.14.0-427.el9.x86_64\nkernel-modules-core|5.14.0-427.el9.x86_64\n',
      {
        tool: 'rpm',
        packages: ['kernel', 'kernel-core', 'kernel-modules-core'].map((name) => ({
          release: '5.14.0-427.el9.x86_64',
          name: `${name}-5.14.0-427.el9.x86_64`,
        })),
      },
    ],
    [
      // dpkg-query of Debian 12 and Ubuntu 22.04, constructed.
      'dpkg',
      'dpkg\nii |linux-image-6.1.0-18-amd64\nrc |linux-image-6.1.0-17-amd64\nii |linux-image-amd64\nii |linux-modules-extra-5.15.0-91-generic\nun |linux-image-6.1.0-16-amd64\n',
      {
        tool: 'dpkg',
        packages: [
          { release: '6.1.0-18-amd64', name: 'linux-image-6.1.0-18-amd64' },
          { release: '5.15.0-91-generic', name: 'linux-modules-extra-5.15.0-91-generic' },
        ],
      },
    ],
    ['neither', '', { tool: null, packages: [] }],
  ])('%s', (_case, output, expected) => {
    expect(kernelPackages.parse(Buffer.from(output), [undefined], 0)).toEqual([expected]);
  });
});

describe.runIf(canEnterRoots)('asked in a root of its own (needs root)', () => {
  const grubOf = (host: RootHost): Grub => {
    const [answer] = host.answers([{ fact: bootFact as never, subject: undefined }]) as [Boot];
    if (!answer.grub) throw new Error('no menu was found');
    return answer.grub;
  };

  test.each(shells)('files of BLS on %s', async (shell) => {
    const host = await RootHost.open(shell, {
      ...blsHost(['5.14.0-427.el9.x86_64', '5.14.0-70.el9.x86_64'], {
        saved_entry: '0123-5.14.0-70.el9.x86_64',
        kernelopts: 'a\\\\b',
      }),
      'etc/grub2.cfg': { link: '../boot/grub2/grub.cfg' },
      'boot/loader/entries/forged.conf': 'title x\nb other\nlinux /vmlinuz-1.2.3\noptions $kernelopts\n',
    });
    try {
      const grub = grubOf(host);
      expect(grub).toMatchObject({
        config: '/boot/grub2/grub.cfg',
        environment: '/boot/grub2/grubenv',
        hasEnvironment: true,
        bls: true,
        standard: '${saved_entry}',
        takesNext: true,
        variables: { saved_entry: '0123-5.14.0-70.el9.x86_64', kernelopts: 'a\\b' },
        programs: { editenv: 'grub2-editenv' },
      });
      expect(grub.entries.map(({ name, args }) => `${name} ${args}`)).toEqual([
        '0123-5.14.0-427.el9.x86_64 root=/dev/vda1 ro',
        '0123-5.14.0-70.el9.x86_64 root=/dev/vda1 ro',
        'forged a\\b',
      ]);
    } finally {
      await host.close();
    }
  });

  test.each(shells)('Debian’s menu, and a default that needs it made anew, on %s', async (shell) => {
    const host = await RootHost.open(
      shell,
      debianHost(['6.1.0-17-amd64', '6.1.0-18-amd64'], { saved_entry: '0' }, 'GRUB_DEFAULT=0\n'),
    );
    try {
      makeMenu(host.root);
      expect(grubOf(host)).toMatchObject({ standard: '0', bls: false, programs: { update: 'update-grub' } });
      const changes = host.keepsTheLaws(kernel, { version: '6.1.0-17-amd64' });
      expect(changes.map(({ what }) => what)).toEqual([
        'let grubenv say what is booted (GRUB_DEFAULT=saved in /etc/default/grub), and make /boot/grub/grub.cfg anew',
        'boot 6.1.0-17-amd64 by default: 6.1.0-18-amd64 → 6.1.0-17-amd64',
      ]);
    } finally {
      await host.close();
    }
  });

  test('an EFI stub that only leads on is passed over', async () => {
    const host = await RootHost.open('dash', {
      ...blsHost(['5.14.0-427.el9.x86_64'], {}),
      'sys/firmware/efi': 'folder',
      'etc/grub2-efi.cfg': { link: '../boot/efi/EFI/redhat/grub.cfg' },
      'boot/efi/EFI/redhat/grub.cfg':
        'search --no-floppy --fs-uuid --set=dev 1\nconfigfile $prefix/grub.cfg\n',
    });
    try {
      expect(grubOf(host).config).toBe('/boot/grub2/grub.cfg');
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
