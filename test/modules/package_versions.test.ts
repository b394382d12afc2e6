import { expect, test } from 'vitest';
import type { PackageAnswer } from '../../engine/facts/package.ts';
import type { PackageState } from '../../engine/facts/package_state.ts';
import type { Offer, TransactionAnswer } from '../../engine/facts/package_transaction.ts';
import { apt, type AptArgs } from '../../engine/modules/apt.ts';
import { dnf, type DnfArgs } from '../../engine/modules/dnf.ts';
import { planned, seen, standing, transaction } from './package_states.ts';

function installed(
  program: 'apt' | 'dnf' | 'yum',
  versions: readonly string[],
  more: Partial<PackageAnswer> = {},
) {
  return standing({
    program,
    installed: versions.map((version) => ({ name: 'a', arch: 'x86_64', epoch: '0', version })),
    ...more,
  });
}

function offers(
  versions: readonly string[],
  candidate: string | null = null,
): { readonly offers: Record<string, Offer> } {
  return { offers: { a: { versions, candidate } } };
}

const none = (versions: readonly string[]): TransactionAnswer => ({ kind: 'none', ...offers(versions) });
const known = (
  steps: readonly string[],
  versions: readonly string[],
  candidate: string | null = null,
): TransactionAnswer => ({
  ...transaction(steps),
  ...offers(versions, candidate),
});
const locked = { held: true, lockList: '/etc/dnf/plugins/versionlock.list' };

test.each<[string, DnfArgs, PackageState, unknown]>([
  ['within the range', { name: 'a>=1,<2' }, seen([installed('dnf', ['1.7-1'])]), []],
  [
    'too old',
    { name: 'a>=1.7,<2' },
    seen([installed('dnf', ['1.6-1'])], known(['a 1.6-1 1.7-1'], ['1.6-1', '1.7-1', '2.0-1'])),
    ['upgrade a 1.6-1 → 1.7-1'],
  ],
  [
    'the simulation shows another version than the plan chose: neither is trusted',
    { name: 'a>=1.7,<2' },
    seen([installed('dnf', ['1.6-1'])], known(['a 1.6-1 1.8-1'], ['1.6-1', '1.7-1'])),
    ['install a>=1.7,<2 (what comes along is not known beforehand)'],
  ],
  [
    'none fits',
    { name: 'a>=3' },
    seen([installed('dnf', ['1.6-1'])], none(['1.7-1', '1.6-1'])),
    {
      why: 'no repository of this host has a version that fits a>=3; there are: 1.6-1, 1.7-1',
      next: 'ask for one of these, add the repository that has it, or say `update_cache: true` where what the host knows of its repositories is old',
      missing: 'package:a',
    },
  ],
  [
    'newer than it may be',
    { name: 'a<2' },
    seen([installed('dnf', ['2.0-1'])], known(['a 2.0-1 1.7-1'], ['1.7-1', '2.0-1'])),
    {
      why: 'a 2.0-1 is installed, and the newest that fits a<2 is older: 1.7-1',
      next: 'say `allow_downgrade: true` if it is meant to go back, or widen the limits',
      missing: undefined,
    },
  ],
  [
    'back, with leave',
    { name: 'a<2', allow_downgrade: true },
    seen([installed('dnf', ['2.0-1'])], known(['a 2.0-1 1.7-1'], ['1.7-1', '2.0-1'])),
    ['downgrade a 2.0-1 → 1.7-1'],
  ],
  [
    'another package would go back',
    { name: 'a=2.0' },
    seen([installed('dnf', ['1.0-1'])], known(['a 1.0-1 2.0-1', 'b 3-1 2-1'], ['2.0-1'])),
    {
      why: 'older versions would take the place of newer ones: b 3-1 → 2-1',
      next: 'say `allow_downgrade: true` if that is meant',
      missing: undefined,
    },
  ],
  [
    'the newest is there',
    { name: 'a', state: 'latest' },
    seen([installed('dnf', ['2.0-1'])], none(['1.0-1', '2.0-1'])),
    [],
  ],
  [
    'a newer one is there than any repository has',
    { name: 'a', state: 'latest' },
    seen([installed('dnf', ['3.0-1'])], none(['1.0-1', '2.0-1'])),
    [],
  ],
  [
    'not the newest',
    { name: 'a', state: 'latest' },
    seen([installed('dnf', ['1.0-1'])], known(['a 1.0-1 2.0-1', 'b 1 2'], ['2.0-1'])),
    ['upgrade a 1.0-1 → 2.0-1; which replaces b 1 → 2'],
  ],
  [
    'locked: the newest is not for it',
    { name: 'a', state: 'latest' },
    seen([installed('dnf', ['1.0-1'], locked)]),
    [],
  ],
  [
    'locked at what is not asked for',
    { name: 'a>=2' },
    seen([installed('dnf', ['1.0-1'], locked)], none(['2.0-1'])),
    {
      why: 'a is held at 1.0-1, which is not what is asked for (a>=2)',
      next: 'say `holds: lift` if this task may change it (it is held again afterwards), or `hold: false` if it is not to be held any more',
      missing: undefined,
    },
  ],
  [
    'locked, and lifted',
    { name: 'a>=2', holds: 'lift' },
    seen([installed('dnf', ['1.0-1'], locked)], known(['a 1.0-1 2.0-1'], ['2.0-1'])),
    ['upgrade a 1.0-1 → 2.0-1'],
  ],
  [
    'there, and to be held',
    { name: 'a', hold: true },
    seen([installed('dnf', ['1.0-1'], { ...locked, held: false })]),
    ['hold a at the version that is there'],
  ],
  ['held already', { name: 'a', hold: true }, seen([installed('dnf', ['1.0-1'], locked)]), []],
  [
    'no versionlock to hold it with',
    { name: 'a', hold: true },
    seen([installed('dnf', ['1.0-1'])]),
    {
      why: 'dnf cannot hold a package: it has no versionlock',
      next: 'install python3-dnf-plugin-versionlock (openEuler, Kylin: dnf-plugins-core) first',
      missing: undefined,
    },
  ],
  [
    'locks of dnf 5',
    { name: 'a', hold: true },
    seen([installed('dnf', ['1.0-1'], { isDnf5: true })]),
    {
      why: 'this host has dnf 5, whose locks (/etc/dnf/versionlock.toml) are not known here',
      next: 'leave `hold` and `holds` out, and set its locks with `command: dnf versionlock …`',
      missing: undefined,
    },
  ],
  [
    'no longer to be held, and newer',
    { name: 'a>=2', hold: false },
    seen([installed('dnf', ['1.0-1'], locked)], known(['a 1.0-1 2.0-1'], ['2.0-1'])),
    ['upgrade a 1.0-1 → 2.0-1', 'no longer hold a at the version that is there'],
  ],
  [
    'a version that is to go',
    { name: 'a=1.0', state: 'absent' },
    seen([installed('dnf', ['1.0-1', '2.0-1'])], transaction(['a 1.0-1 -'])),
    ['remove a 1.0-1'],
  ],
  ['it is another that is there', { name: 'a=3', state: 'absent' }, seen([installed('dnf', ['1.0-1'])]), []],
  [
    'what the user protects',
    { name: 'a', protect: ['dock*'] },
    seen([standing({ program: 'dnf' })], transaction(['a - 1-1', 'docker-ce 3:26-1 -'])),
    {
      why: 'installing a would remove docker-ce 3:26-1, which is protected',
      next: 'leave it as it was, or resolve by hand what the two have against each other',
      missing: undefined,
    },
  ],
  [
    'what is protected anyway, named by the task itself',
    { name: 'sudo', state: 'absent' },
    seen([installed('dnf', ['1.9-1'])], transaction(['sudo 1.9-1 -'])),
    ['remove sudo 1.9-1'],
  ],
  [
    'the headers of the kernel that runs are not that kernel',
    { name: 'kernel-devel', state: 'absent' },
    seen([installed('dnf', ['4.19.90-52.39.ky10'])], {
      ...transaction(['kernel-devel 4.19.90-52.39.ky10 -']),
      ...{ running: '4.19.90-52.39.ky10.x86_64' },
    } as TransactionAnswer),
    ['remove kernel-devel 4.19.90-52.39.ky10'],
  ],
  [
    'the kernel that runs',
    { name: 'kernel-core', state: 'absent' },
    seen([installed('dnf', ['5-1'])], {
      ...transaction([]),
      kind: 'known',
      steps: [{ name: 'kernel-core', arch: 'x86_64', from: '4.19.90-52.39.ky10', to: null }],
      lost: [],
      selected: {},
      scripted: [],
      configuration: [],
      running: '4.19.90-52.39.ky10.x86_64',
    }),
    {
      why: 'kernel-core 4.19.90-52.39.ky10 is the kernel that runs, and would be removed',
      next: 'boot another kernel first',
      missing: undefined,
    },
  ],
  [
    'twice, with different versions',
    { name: ['a>=1', 'a<2'] },
    seen([installed('dnf', ['1.0-1'])]),
    {
      why: 'a is asked for twice, with different versions',
      next: 'write all limits behind one name: `a>=1,<2`',
      missing: undefined,
    },
  ],
])('dnf: %s', (_title, args, state, expected) => {
  expect(planned(() => dnf.plan(args, state))).toEqual(expected);
});

test.each<[string, AptArgs, PackageState, unknown]>([
  [
    'apt’s own candidate comes before a newer version of a repository that it would not take',
    { name: 'a', state: 'latest' },
    seen([installed('apt', ['1.0-1'])], known(['a 1.0-1 1.5-1'], ['2.0-1~bpo12', '1.5-1'], '1.5-1')),
    ['upgrade a 1.0-1 → 1.5-1'],
  ],
  [
    'but not before the limits',
    { name: 'a>=2.0~~' },
    seen([installed('apt', ['1.0-1'])], known(['a 1.0-1 2.0-1~bpo12'], ['2.0-1~bpo12', '1.5-1'], '1.5-1')),
    ['upgrade a 1.0-1 → 2.0-1~bpo12'],
  ],
  [
    'fetched first: which version it will be is not known yet',
    { name: 'a', state: 'latest', update_cache: true },
    seen([installed('apt', ['1.0-1'])], none(['1.0-1'])),
    ['fetch the lists of packages anew', 'install or upgrade a (what comes along is not known beforehand)'],
  ],
  [
    'fetched not long ago',
    { name: 'a', state: 'latest', cache_valid_time: 3600 },
    seen([installed('apt', ['1.0-1'])], none(['1.0-1']), 60),
    [],
  ],
  [
    'nobody knows it',
    { name: 'a>=1' },
    seen([installed('apt', [])]),
    {
      why: "no repository of this host knows a: apt's lists were searched",
      next: 'check the name (`apt-cache search`), add the repository that has it, or say `update_cache: true` where the lists are old',
      missing: 'package:a',
    },
  ],
  [
    'the kernel that runs',
    { name: 'b' },
    seen([standing()], {
      ...transaction(['b - 1', 'linux-image-6.1.0-18-amd64 6.1.76-1 -']),
      ...{ running: '6.1.0-18-amd64' },
    } as TransactionAnswer),
    {
      why: 'linux-image-6.1.0-18-amd64 6.1.76-1 is the kernel that runs, and would be removed',
      next: 'boot another kernel first',
      missing: undefined,
    },
  ],
])('apt: %s', (_title, args, state, expected) => {
  expect(planned(() => apt.plan(args, state))).toEqual(expected);
});

test('the very versions that were foreseen are asked for, and nothing that was not is removed', () => {
  const [upgrade] = dnf.plan(
    { name: 'a>=1.7,<2' },
    seen([installed('dnf', ['1.6-1'])], known(['a 1.6-1 2:1.7-1'], ['2:1.7-1'])),
  );
  expect(upgrade?.apply.text).toContain('set -- a-1.7-1');
  const [debian] = apt.plan(
    { name: 'a>=1.7', allow_change_held_packages: true },
    seen([installed('apt', ['1.6-1'], { held: true })], known(['a 1.6-1 1.7-1'], ['1.7-1'])),
  );
  expect(debian?.apply.text).toContain('set -- a=1.7-1');
  expect(debian?.apply.text).toContain(
    'apt_get --no-remove --allow-change-held-packages --ignore-hold install -- ',
  );
});

test('of several kernels the one goes that is meant, even where nothing can be foreseen', () => {
  const [change] = dnf.plan(
    { name: 'a=1.0', state: 'absent' },
    seen([installed('dnf', ['1.0-1', '2.0-1'])], { kind: 'unknown', why: 'another program holds the lock' }),
  );
  expect(change?.apply.text).toContain('set -- a-1.0-1\n');
});

test('yum has a word of its own for the way back', () => {
  const [change] = dnf.plan(
    { name: 'a=1.0', allow_downgrade: true },
    seen([installed('yum', ['2.0-1'])], known(['a 2.0-1 1.0-1'], ['1.0-1', '2.0-1'])),
  );
  expect(change?.apply.text).toContain(' downgrade "$@"');
});

test('latest is proven by what was the newest before the change', () => {
  const args: DnfArgs = { name: 'a', state: 'latest' };
  const before = seen([installed('dnf', ['1.0-1'])], known(['a 1.0-1 2.0-1'], ['2.0-1']));
  const newer = known(['a 2.0-1 3.0-1'], ['2.0-1', '3.0-1']);
  expect(dnf.proven?.(args, before, seen([installed('dnf', ['2.0-1'])], newer))).toBe(true);
  expect(dnf.proven?.(args, before, seen([installed('dnf', ['1.0-1'])], newer))).toMatch(
    /a fresh look still asks for/,
  );
});
