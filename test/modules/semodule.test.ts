import { describe, expect, test } from 'vitest';
import { selinuxModule } from '../../engine/facts/selinux_module.ts';
import { semodule, type SemoduleArgs, type SemoduleState } from '../../engine/modules/semodule.ts';
import { look, shells } from '../facts/look.ts';
import { ready, refusal, refused } from './selinux_states.ts';

const [one, two] = ['1', '2'].map((digit) => digit.repeat(64)) as [string, string];
const src = { kind: 'file', path: '/c/web.cil', size: 3, sha256: one, mode: '0644' } as const;

function plan(args: SemoduleArgs, is: Partial<SemoduleState['is']> = {}, host = ready) {
  return semodule.plan(args, { host, is: { kind: 'absent', tells: true, sha256: null, file: null, ...is } });
}

describe('plan', () => {
  test.each<[string, SemoduleArgs, Partial<SemoduleState['is']>, readonly string[]]>([
    ['none yet', { src }, {}, ['install the module web at priority 400']],
    ['as it is', { src }, { kind: 'present', sha256: one }, []],
    [
      'another',
      { src, priority: 300 },
      { kind: 'present', sha256: two },
      ['replace the module web at priority 300'],
    ],
    ['of the host', { path: '/x/web.pp' }, { file: two }, ['install the module web at priority 400']],
    [
      'absent',
      { name: 'web', state: 'absent' },
      { kind: 'present', sha256: two },
      ['remove the module web from priority 400'],
    ],
    ['absent, and so it is', { name: 'web', state: 'absent' }, {}, []],
  ])('%s', (_case, args, is, what) => {
    expect(plan(args, is).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, SemoduleArgs, Partial<SemoduleState['is']>, object]>([
    ['a store that is hidden', { src }, { kind: 'hidden' }, { next: 'become root' }],
    ['what could not be told again', { src }, { tells: false }, { next: 'install bzip2' }],
    ['one that cannot be unpacked', { src }, { kind: 'packed' }, { next: 'install bzip2' }],
    [
      'no file',
      { path: '/x/web.pp' },
      {},
      { message: 'there is no /x/web.pp on the host', missing: 'path:/x/web.pp' },
    ],
    ['nothing to install', { name: 'web' }, {}, { message: '`src` or `path` is needed' }],
    ['both', { src, path: '/x.pp' }, {}, { message: 'give either `src` or `path`' }],
    ['another kind of file', { path: '/x/web.te' }, {}, { message: '/x/web.te is neither a .pp nor a .cil' }],
    ['a name that is none', { path: '/x/9 web.pp' }, {}, { next: 'give `name`' }],
  ])('refused: %s', (_case, args, is, expected) => {
    expect(refusal(() => plan(args, is))).toMatchObject(expected);
  });

  test.each(refused)('refused: %s', (_case, host, expected) => {
    expect(refusal(() => plan({ src }, {}, host))).toMatchObject(expected);
  });

  test('what was there is kept first, and comes back', () => {
    const [change] = plan({ src }, { kind: 'present', sha256: two });
    const text = change?.apply.text ?? '';
    expect(text).toMatch(/modules\/"?400\/web[^]*FETTLE_SAVE"\/web\.[^]*semodule -X 400 -i/);
    expect((change?.undo as { text: string }).text).toContain('cat "$FETTLE_SAVE"/web.pp >"$t"/web.pp');
  });
});

test.each(shells)('without SELinux there is no store on %s', (shell) => {
  expect(look(shell, selinuxModule, [{ name: 'x', priority: 400, file: '/etc/hostname' }])).toEqual([
    {
      kind: 'hidden',
      tells: expect.any(Boolean),
      sha256: null,
      file: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
});
