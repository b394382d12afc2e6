import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { authselect as fact, type AuthselectAnswer } from '../../engine/facts/authselect.ts';
import { authselect } from '../../engine/modules/authselect.ts';
import type { AuthselectArgs } from '../../engine/modules/authselect/arguments.ts';

// Constructed after authselect(8): `authselect check`, `authselect current --raw` of RHEL 8 and 9.
test.each<[string, AuthselectAnswer]>([
  ['', null],
  ['check 2\n', { check: 'none', profile: null, features: [], backups: [] }],
  [
    'check 0\ncurrent sssd with-mkhomedir with-faillock\nbackup 2026-01-02-03-04-05.abc\n',
    {
      check: 'intact',
      profile: 'sssd',
      features: ['with-faillock', 'with-mkhomedir'],
      backups: ['2026-01-02-03-04-05.abc'],
    },
  ],
  ['check 3\ncurrent custom/own\n', { check: 'edited', profile: 'custom/own', features: [], backups: [] }],
])('%j', (output, answer) => {
  expect(fact.parse(Buffer.from(output), [undefined], 0)).toEqual([answer]);
});

const intact: AuthselectAnswer = { check: 'intact', profile: 'sssd', features: ['with-x'], backups: [] };

describe('plan', () => {
  test.each<[AuthselectArgs, AuthselectAnswer, string]>([
    [
      { enable: ['with-faillock'] },
      intact,
      'authselect enable-feature with-faillock --backup=before-fettle || exit 1',
    ],
    [
      { enable: ['with-faillock'], backup: 'b' },
      { ...intact, backups: ['b'] },
      'authselect enable-feature with-faillock || exit 1',
    ],
    [{ disable: ['with-x'] }, intact, 'authselect disable-feature with-x --backup=before-fettle || exit 1'],
    [{ profile: 'minimal' }, intact, 'authselect select minimal with-x --backup=before-fettle || exit 1'],
    [
      { profile: 'sssd', force: true },
      { ...intact, check: 'edited' },
      'authselect select sssd with-x --backup=before-fettle --force || exit 1',
    ],
  ])('%j', (args, now, script) => {
    const [change, ...rest] = authselect.plan(args, now);
    expect(rest).toEqual([]);
    expect(change?.apply.text.split('\n')).toContain(script);
  });

  test.each<[string, AuthselectArgs, AuthselectAnswer, string]>([
    ['no authselect', { enable: ['a'] }, null, 'the host has no authselect'],
    ['both', { enable: ['a'], disable: ['a'] }, intact, 'a is both to be enabled and to be disabled'],
    ['by hand', { enable: ['a'] }, { ...intact, check: 'edited' }, 'files were changed by hand'],
    [
      'by hand, and only that',
      { enable: ['with-x'], force: true },
      { ...intact, check: 'edited' },
      'files were changed by hand',
    ],
    [
      'none',
      { enable: ['a'], profile: 'sssd' },
      { check: 'none', profile: null, features: [], backups: [] },
      'none of authselect’s profiles is selected',
    ],
    [
      'no way back',
      { profile: 'sssd', force: true, backup: 'b' },
      { ...intact, check: 'edited', backups: ['b'] },
      'authselect has a backup b already, and it would be the only way back',
    ],
  ])('refused: %s', (_case, args, now, message) => {
    const plan = () => authselect.plan(args, now);
    expect(plan).toThrow(CannotPlan);
    expect(plan).toThrow(message);
  });
});
