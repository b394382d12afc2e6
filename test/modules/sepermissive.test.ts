import { describe, expect, test } from 'vitest';
import { permissiveDomains } from '../../engine/facts/permissive_domains.ts';
import { sepermissive, type SepermissiveState } from '../../engine/modules/sepermissive.ts';
import { look, scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from '../facts/root.ts';
import { ready, refusal, refused } from './selinux_states.ts';

function plan(state: 'present' | 'absent', is: Partial<SepermissiveState> = {}) {
  const all = { host: ready, isPermissive: false, type: 'no' as const, ...is };
  return sepermissive.plan({ domain: 'x_t', state }, all);
}

describe('plan', () => {
  test.each<['present' | 'absent', boolean, readonly string[]]>([
    ['present', false, ['make x_t permissive: enforcing → permissive']],
    ['present', true, []],
    ['absent', true, ['make x_t enforcing: permissive → enforcing']],
    ['absent', false, []],
  ])('%s where it is %s', (state, isPermissive, what) => {
    expect(plan(state, { isPermissive }).map((change) => change.what)).toEqual(what);
  });

  test.each(refused)('refused: %s', (_case, host, expected) => {
    expect(refusal(() => plan('present', { host }))).toMatchObject(expected);
  });

  test.each<[string, Partial<SepermissiveState>, object]>([
    ['a domain that the policy lacks', { type: 'invalid' }, { message: 'the policy has no domain x_t' }],
    ['a type of files', { type: 'yes' }, { message: 'x_t is a type of files, not of processes' }],
    ['a store that is hidden', { isPermissive: null }, { next: 'become root' }],
  ])('refused: %s', (_case, is, expected) => {
    expect(refusal(() => plan('present', is))).toMatchObject(expected);
  });
});

const config = { 'etc/selinux/config': 'SELINUX=enforcing\nSELINUXTYPE=targeted # c\n' };

test.runIf(canEnterRoots).each([
  // Debian 12: after `semanage permissive -a init_t` in a root directory of its own.
  ['EL8 and Debian', { 'var/lib/selinux/targeted/active/modules/400/permissive_init_t/cil': '' }],
  // constructed: EL7 keeps the store below /etc.
  ['EL7', { 'etc/selinux/targeted/active/modules/400/permissive_init_t/cil': '' }],
  // constructed: EL7.2 and before.
  ['older', { 'etc/selinux/targeted/modules/active/modules/permissive_init_t.pp': '' }],
])('the store of %s is read (needs root)', (_case, entries) => {
  const root = constructRoot(scratch(), { ...config, ...entries });
  expect(lookInRoot(root, permissiveDomains, ['init_t', 'init'])).toEqual([true, false]);
});

test.each(shells)('without SELinux nothing can be told on %s', (shell) => {
  expect(look(shell, permissiveDomains, ['x_t'])).toEqual([null]);
});
