import { describe, expect, test } from 'vitest';
import { chcon, type ChconArgs, type ChconState } from '../../engine/modules/chcon.ts';
import { labelled, ready, refusal, refused } from './selinux_states.ts';

function plan(args: Partial<ChconArgs>, state: Partial<ChconState> = {}) {
  const labels = labelled(['/x', 'etc_t', 'etc_t']);
  const all = { host: ready, labels, type: 'yes' as const, customizable: ['public_content_t'], ...state };
  return chcon.plan({ path: '/x', ...args }, all);
}

describe('plan', () => {
  test.each<[string, Partial<ChconArgs>, Partial<ChconState>, readonly string[]]>([
    ['a type', { setype: 'bin_t' }, {}, ['label /x: etc_t → bin_t (restorecon would make it etc_t)']],
    [
      'a type that users choose',
      { setype: 'public_content_t' },
      {},
      ['label /x: etc_t → public_content_t (restorecon -F would make it etc_t)'],
    ],
    ['it is so', { setype: 'etc_t', seuser: 'unconfined_u' }, {}, []],
    [
      'a user alone',
      { seuser: 'system_u' },
      {},
      ['label /x: unconfined_u:object_r:etc_t:s0 → system_u:object_r:etc_t:s0'],
    ],
    [
      'what the policy has',
      { setype: 'bin_t' },
      { labels: labelled(['/x', 'etc_t', 'bin_t']) },
      ['label /x: etc_t → bin_t'],
    ],
    [
      'what the policy leaves alone',
      { setype: 'bin_t' },
      { labels: labelled(['/x', 'etc_t', null]) },
      ['label /x: etc_t → bin_t'],
    ],
    [
      'several',
      { setype: 'bin_t', recurse: true },
      { labels: labelled(['/x', 'etc_t', 'bin_t'], ['/x/a', 'bin_t', 'bin_t'], ['/x/b', 'var_t', 'var_t']) },
      ['label /x and below, 2 paths: etc_t, var_t → bin_t (restorecon would make it var_t)'],
    ],
  ])('%s', (_case, args, state, what) => {
    expect(plan(args, state).map((change) => change.what)).toEqual(what);
  });

  test.each(refused)('refused: %s', (_case, host, expected) => {
    expect(refusal(() => plan({ setype: 'bin_t' }, { host }))).toMatchObject(expected);
  });

  test.each<[string, Partial<ChconState>, object]>([
    [
      'nothing is there',
      { labels: { kind: 'absent' } },
      { message: 'there is no /x on the host', missing: 'path:/x' },
    ],
    ['a link', { labels: labelled(['/x', 'etc_t', 'etc_t', 'link']) }, { next: 'name what it leads to' }],
    ['an unknown type', { type: 'invalid' }, { message: 'the policy has no type keepalived_t' }],
    ['a domain', { type: 'no' }, { message: expect.stringContaining('EACCES (relabelto), even to root') }],
  ])('refused: %s', (_case, state, expected) => {
    expect(refusal(() => plan({ setype: 'keepalived_t' }, state))).toMatchObject(expected);
  });
});

test.each([
  ['bin_t', false],
  ['etc_t', true],
  ['public_content_t', true],
])('the register says whether a relabelling keeps it: %s', (type, lasts) => {
  const state = {
    host: ready,
    labels: labelled(['/x', type, 'etc_t']),
    type: 'yes' as const,
    customizable: ['public_content_t'],
  };
  expect(chcon.result?.({ path: '/x', setype: type }, state)).toEqual({
    path: '/x',
    label: `unconfined_u:object_r:${type}:s0`,
    policy_label: 'system_u:object_r:etc_t:s0',
    lasts,
  });
});
