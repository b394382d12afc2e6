import { expect, test } from 'vitest';
import type { PackageState } from '../../engine/facts/package_state.ts';
import { type GenericPackageArgs, packageModule } from '../../engine/modules/package.ts';
import { planned, present, seen, standing, transaction } from './package_states.ts';

const steps = transaction(['a - 1.0']);

test.each<[string, GenericPackageArgs, PackageState, unknown]>([
  ['apt', { name: 'a' }, seen([standing()], steps), ['install a 1.0']],
  ['dnf', { name: 'a' }, seen([standing({ program: 'dnf' })], steps), ['install a 1.0']],
  ['there', { name: 'a', state: 'installed' }, seen([present('a')]), []],
  [
    'neither',
    { name: 'a' },
    seen([standing({ program: null })]),
    {
      why: 'this host has no apt-get, dnf or yum',
      next: 'keep its packages with `command`, or leave the host out (`when: facts.package_manager.name == …`)',
      missing: undefined,
    },
  ],
  [
    'dnf is asked for, but is not there',
    { name: 'a', use: 'yum' },
    seen([standing({ program: null })]),
    {
      why: 'this host has no dnf or yum with rpm',
      next: 'keep its packages with `command`, or leave the host out (`when: facts.package_manager.name == …`)',
      missing: undefined,
    },
  ],
  [
    'the lists alone',
    { update_cache: true },
    seen([]),
    { why: 'there is nothing to do', next: 'name the packages (`name`)', missing: undefined },
  ],
])('%s', (_title, args, state, expected) => {
  expect(planned(() => packageModule.plan(args, state))).toEqual(expected);
});

test.each([
  ['dnf', 'dnf -y'],
  ['yum', 'yum -y'],
  ['apt', 'apt-get -q -y'],
] as const)('%s makes it, and takes it back', (program, call) => {
  const [change] = packageModule.plan({ name: 'a' }, seen([standing({ program })], steps));
  expect(change?.apply.text).toContain(call);
  expect(change && 'text' in change.undo && change.undo.text).toContain(call);
});

test('what register holds', () => {
  const provided = standing({ providers: present('b', '2.0').installed });
  expect(
    packageModule.result?.({ name: ['a', 'v', 'no'] }, seen([present('a'), provided, standing()])),
  ).toEqual({
    packages: { a: ['1.0'], v: ['2.0'], no: [] },
  });
});
