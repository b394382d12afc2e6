import { describe, expect, test } from 'vitest';
import { type BooleanAnswer, selinuxBoolean } from '../../engine/facts/selinux_boolean.ts';
import { seboolean, type SebooleanArgs } from '../../engine/modules/seboolean.ts';
import { look, scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from '../facts/root.ts';
import { selinuxHost } from '../laws/imitated_selinux.ts';
import { ready, refusal, refused } from './selinux_states.ts';

function plan(args: Omit<SebooleanArgs, 'name'>, is: BooleanAnswer, host = ready) {
  return seboolean.plan({ name: 'b', ...args }, { host, is });
}

describe('plan', () => {
  test.each<[string, Omit<SebooleanArgs, 'name'>, BooleanAnswer, readonly string[]]>([
    ['as it is', { state: true }, { now: true, saved: null }, []],
    ['as it is, for good', { state: true, persistent: true }, { now: true, saved: true }, []],
    ['for now', { state: true }, { now: false, saved: null }, ['turn b on, until the next start: off → on']],
    [
      'for good',
      { state: false, persistent: true },
      { now: true, saved: true },
      ['turn b off, for good: on → off'],
    ],
    [
      'it is so until the next start alone',
      { state: true, persistent: true },
      { now: true, saved: false },
      ['turn b on, for good: on, off after the next start → on'],
    ],
    [
      'the default cannot be told',
      { state: true, persistent: true },
      { now: true, saved: null },
      ['turn b on, for good: on → on'],
    ],
  ])('%s', (_case, args, is, what) => {
    expect(plan(args, is).map((change) => change.what)).toEqual(what);
  });

  test('undo gives back both values', () => {
    const [change] = plan({ state: true, persistent: true }, { now: true, saved: false });
    expect(
      (change?.undo as { text: string }).text.split('\n').filter((line) => line.startsWith('setsebool')),
    ).toEqual(['setsebool -P b off || exit 1', 'setsebool  b on || exit 1']);
  });

  test.each(refused)('refused: %s', (_case, host, expected) => {
    expect(refusal(() => plan({ state: true }, { now: false, saved: null }, host))).toMatchObject(expected);
  });

  test('refused: no such boolean', () => {
    expect(refusal(() => plan({ state: true }, { now: null, saved: null }))).toMatchObject({
      message: 'the policy has no boolean b',
      missing: 'selinux_boolean:b',
    });
  });
});

describe.runIf(canEnterRoots)('a host is asked (needs root)', () => {
  test('its kernel, its own settings, the policy’s default', () => {
    const root = constructRoot(
      scratch(),
      selinuxHost({
        'sys/fs/selinux/booleans/own': '0 0',
        'var/lib/selinux/targeted/active/booleans.local': '# c\nown=1\nowner=0\n',
        // As `semanage boolean -l` of Debian 12 (policycoreutils 3.4).
        'run/defaults':
          'SELinux boolean                State  Default Description\n\nfettle_web                     (off  ,   on)  Allow it\n',
      }),
    );
    const ask = (name: string, saved: boolean) => ({ name, saved });
    expect(
      lookInRoot(root, selinuxBoolean, [
        ask('own', true),
        ask('fettle_web', true),
        ask('own', false),
        ask('none', true),
      ]),
    ).toEqual([
      { now: false, saved: true },
      { now: false, saved: true },
      { now: false, saved: null },
      { now: null, saved: null },
    ]);
  });
});

test.each(shells)('without SELinux there is none on %s', (shell) => {
  expect(look(shell, selinuxBoolean, [{ name: 'x', saved: true }])).toEqual([{ now: null, saved: null }]);
});
