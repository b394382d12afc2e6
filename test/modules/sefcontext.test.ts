import { describe, expect, test } from 'vitest';
import { fileContexts } from '../../engine/facts/file_contexts.ts';
import { selinuxLabels } from '../../engine/facts/selinux_labels.ts';
import { selinuxType } from '../../engine/facts/selinux_type.ts';
import { sefcontext, type SefcontextState } from '../../engine/modules/sefcontext.ts';
import type { SefcontextArgs } from '../../engine/modules/sefcontext/arguments.ts';
import { isFor, stemOf } from '../../engine/modules/sefcontext/target.ts';
import { look, scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from '../facts/root.ts';
import { selinuxHost } from '../laws/imitated_selinux.ts';
import { labelled, ready, refusal, refused, rules } from './selinux_states.ts';

test.each([
  ['/srv/www(/.*)?', '/srv/www'],
  ['/etc/keepalived/check\\.sh', '/etc/keepalived/check.sh'],
  ['/srv/www/.*', '/srv/www'],
  ['/srv/ww.*', '/srv'],
  ['/srv/www2?/x', '/srv'],
  ['/opt/[^/]+/bin/.*', '/opt'],
  ['/opt/a(b|c)/d', '/opt'],
  ['/opt/a|/srv/b', '/'],
  ['/opt/a|/srv/(b|c)', '/'],
  ['/opt/x/[a|b]', '/opt/x'],
  ['/opt/x/a\\|b', '/opt/x/a|b'],
  ['/opt/x\\d', '/opt'],
  ['/opt/x{2}', '/opt'],
  ['/opt/x/', '/opt/x'],
  ['/.*\\.sh', '/'],
])('everything that %s can match is below %s', (target, stem) => {
  expect(stemOf(target)).toBe(stem);
});

test.each<[string, 'a' | 'f' | 'd', string, 'file' | 'directory', boolean]>([
  ['/srv/www(/.*)?', 'a', '/srv/www/a\nb', 'file', true],
  ['/srv/www(/.*)?', 'd', '/srv/www/x', 'file', false],
  ['/srv/www(/.*)?', 'd', '/srv/www', 'directory', true],
  ['/srv/www(/.*)?', 'a', '/srv/wwww', 'file', false],
  ['/x/check\\.sh', 'f', '/x/check-sh', 'file', false],
  ['/x/ü', 'f', Buffer.from('/x/ü').toString('latin1'), 'file', true],
  ['/x/[[:digit:]]+', 'f', '/x/17', 'file', true],
  ['/x/[[:alnum:]_.-]+', 'f', '/x/a_1.b', 'file', true],
  ['/x/[^[:space:][:upper:]]+', 'f', '/x/a b', 'file', false],
  ['/x/[[:punct:]]{3}', 'f', '/x/![~', 'file', true],
])('%s (%s) and %j', (target, ftype, path, kind, is) => {
  expect(isFor(target, ftype)({ path, kind, label: '', policy: null })).toBe(is);
});

test.each(['/x/\\Qa.b\\E', '/x/[[:what:]]', '/x/(', '/x/a\\A'])(
  '%s is refused, since it would be read otherwise than the policy reads it',
  (target) => {
    expect(refusal(() => isFor(target, 'a'))).toMatchObject({
      message: expect.stringContaining('is no regular expression that can be read here'),
    });
  },
);

function plan(args: Partial<SefcontextArgs>, state: Partial<SefcontextState> = {}) {
  const target = '/srv/x(/.*)?';
  const all = {
    host: ready,
    contexts: rules(),
    labels: { kind: 'absent' as const },
    type: 'yes' as const,
    ...state,
  };
  return sefcontext.plan({ target, setype: 'bin_t', ...args }, all);
}

describe('plan', () => {
  const own = (context: string) => ({ target: '/srv/x(/.*)?', ftype: 'a' as const, context });
  test.each<[string, Partial<SefcontextArgs>, Partial<SefcontextState>, readonly string[]]>([
    ['no rule', {}, {}, ['add the rule for /srv/x(/.*)?: no rule → bin_t']],
    [
      'no rule, two files, one of them right, one a user chose',
      {},
      {
        labels: labelled(
          ['/srv/x/a', 'var_t', 'var_t'],
          ['/srv/x/b', 'bin_t', 'var_t'],
          ['/srv/x/c', 'public_content_t', 'var_t'],
        ),
      },
      ['add the rule for /srv/x(/.*)?: no rule → bin_t, and relabel /srv/x/a'],
    ],
    [
      'what a user chose, forced',
      { force: true },
      { labels: labelled(['/srv/x/a', 'var_t', 'var_t'], ['/srv/x/c', 'public_content_t', 'var_t']) },
      ['add the rule for /srv/x(/.*)?: no rule → bin_t, and relabel 2 paths'],
    ],
    ['a rule that says so', {}, { contexts: rules({ local: [own('user_u:object_r:bin_t:s0:c1')] }) }, []],
    [
      'another user is meant',
      { seuser: 'system_u' },
      { contexts: rules({ local: [own('user_u:object_r:bin_t:s0')] }) },
      ['change the rule for /srv/x(/.*)?: bin_t → bin_t'],
    ],
    [
      "the policy's rule says so",
      {},
      { contexts: rules({ policy: [own('system_u:object_r:bin_t:s0')] }) },
      [],
    ],
    [
      "the policy's rule says so, the host's own does not",
      {},
      {
        contexts: rules({
          policy: [own('system_u:object_r:bin_t:s0')],
          local: [own('system_u:object_r:var_t:s0')],
        }),
      },
      ['change the rule for /srv/x(/.*)?: var_t → bin_t'],
    ],
    [
      'the rule is right, a label is not (chcon, mv)',
      {},
      {
        contexts: rules({ local: [own('system_u:object_r:bin_t:s0')] }),
        labels: labelled(['/srv/x/a', 'etc_t', 'bin_t'], ['/srv/x/other', 'etc_t', 'etc_t']),
      },
      ['relabel /srv/x/a as the rule for /srv/x(/.*)? says: etc_t → bin_t'],
    ],
    [
      'labels are left',
      { relabel: false },
      { labels: labelled(['/srv/x/a', 'var_t', 'var_t']) },
      ['add the rule for /srv/x(/.*)?: no rule → bin_t'],
    ],
    [
      'a rule that leaves labels',
      { setype: '<<none>>' },
      { labels: labelled(['/srv/x/a', 'var_t', 'var_t']) },
      ['add the rule for /srv/x(/.*)?: no rule → <<none>>'],
    ],
    [
      'a rule for another kind of file is another rule',
      { ftype: 'f' },
      { contexts: rules({ local: [own('system_u:object_r:bin_t:s0')] }) },
      ['add the rule for /srv/x(/.*)? (f): no rule → bin_t'],
    ],
    ['absent, and so it is', { state: 'absent' }, {}, []],
    [
      'absent',
      { state: 'absent' },
      {
        contexts: rules({ local: [own('system_u:object_r:bin_t:s0')] }),
        labels: labelled(['/srv/x/a', 'bin_t', 'bin_t'], ['/srv/x/b', 'etc_t', 'bin_t']),
      },
      ['remove the rule for /srv/x(/.*)?: bin_t, and give /srv/x/a the label of the policy'],
    ],
  ])('%s', (_case, args, state, what) => {
    expect(plan(args, state).map((change) => change.what)).toEqual(what);
  });

  test('below a folder that is labelled as another the rule is for that, the labels are not', () => {
    const [change] = plan(
      { target: '/usr/lib64/x(/.*)?' },
      {
        contexts: rules({ target: '/usr/lib/x(/.*)?' }),
        labels: labelled(['/usr/lib64/x/a', 'lib_t', 'lib_t']),
      },
    );
    expect(change).toMatchObject({
      what: 'add the rule for /usr/lib/x(/.*)?, which /usr/lib64/x(/.*)? is labelled by: no rule → bin_t, and relabel /usr/lib64/x/a',
      touches: ['selinux:file_contexts', 'path:/usr/lib64/x'],
      apply: { text: expect.stringContaining("-r s0 '/usr/lib/x(/.*)?'") },
      undo: { text: expect.stringContaining("semanage fcontext -d -f a '/usr/lib/x(/.*)?'") },
    });
  });

  test('paths and labels are in the diff, and in the undo', () => {
    const [change] = plan({}, { labels: labelled(["/srv/x/a b'", 'etc_t', 'var_t']) });
    expect(change?.diff).toEqual({
      before: "/srv/x/a b' unconfined_u:object_r:etc_t:s0\n",
      after: "rule /srv/x(/.*)? system_u:object_r:bin_t:s0\n/srv/x/a b' unconfined_u:object_r:bin_t:s0\n",
    });
    expect(change?.undo).toMatchObject({
      text: expect.stringContaining("semanage fcontext -d -f a '/srv/x(/.*)?'"),
    });
    expect(change?.undo).toMatchObject({
      text: expect.stringContaining('chcon -h -- unconfined_u:object_r:etc_t:s0'),
    });
    expect(change?.touches).toEqual(['selinux:file_contexts', 'path:/srv/x']);
  });

  test.each(refused)('refused: %s', (_case, host, expected) => {
    expect(refusal(() => plan({}, { host }))).toMatchObject(expected);
  });

  test('without semanage a label is put right where the rule is there', () => {
    const host = { ...ready, missing: ['semanage'] as const };
    const contexts = rules({ policy: [own('system_u:object_r:bin_t:s0')] });
    const labels = labelled(['/srv/x/a', 'etc_t', 'bin_t']);
    expect(plan({}, { host, contexts, labels })).toHaveLength(1);
    expect(plan({}, { host, contexts })).toEqual([]);
    const local = rules({ local: [own('system_u:object_r:bin_t:s0')] });
    expect(refusal(() => plan({ state: 'absent' }, { host, contexts: local })).missing).toBe(
      'program:semanage',
    );
  });

  test.each<[string, Partial<SefcontextArgs>, Partial<SefcontextState>, object]>([
    [
      'an unknown type',
      { setype: 'bim_t' },
      { type: 'invalid' },
      { message: 'the policy has no type bim_t' },
    ],
    [
      'a domain',
      { setype: 'keepalived_t' },
      { type: 'no' },
      {
        message: expect.stringContaining('EACCES (relabelto)'),
        next: expect.stringContaining('is for processes'),
      },
    ],
    [
      'a folder that is labelled as another',
      { target: '/usr/lib64(/.*)?' },
      { contexts: rules({ target: '/usr/lib64(/.*)?' }) },
      { next: 'write /usr/lib(/.*)? as the target, which means what lies in /usr/lib, too' },
    ],
    [
      'a folder that is labelled as another, not written out',
      { target: '/usr/lib\\d\\d/x' },
      { contexts: rules({ target: '/usr/lib\\d\\d/x', equal: [['/usr', '/other']] }) },
      { message: expect.stringContaining('/usr is labelled as /other is') },
    ],
    [
      "the policy's own rule is to go",
      { state: 'absent' },
      { contexts: rules({ policy: [own('system_u:object_r:bin_t:s0')] }) },
      { message: expect.stringContaining("is the policy's own") },
    ],
  ])('refused: %s', (_case, args, state, expected) => {
    expect(refusal(() => plan(args, state))).toMatchObject(expected);
  });

  test('refused: the whole host would be walked', () => {
    expect(refusal(() => sefcontext.probe({ target: '/.*\\.sh', setype: 'bin_t' })).next).toContain(
      'relabel: false',
    );
  });
});

describe('rules are read', () => {
  // Debian 12, policycoreutils 3.4: file_contexts.local after `semanage fcontext -N -a`, lines of file_contexts and file_contexts.subs_dist.
  const debian = `L# This file is auto-generated by libsemanage
L# Do not edit directly.
L
L/srv/x(/.*)? -- system_u:object_r:bin_t:s0
L/srv/z    <<none>>

P/srv/.*	system_u:object_r:var_t:s0
P/srv	-d	system_u:object_r:var_t:s0
S# This file can is used to configure base path aliases as in:
S/etc/systemd/system /usr/lib/systemd/system

Cmount_loopback_t
Cpublic_content_rw_t

`;
  test('of Debian', () => {
    expect(fileContexts.parse(Buffer.from(debian), ['/srv/x(/.*)?', '/srv/z', '/srv'], 0)).toEqual([
      expect.objectContaining({
        local: [{ target: '/srv/x(/.*)?', ftype: 'f', context: 'system_u:object_r:bin_t:s0' }],
        policy: [],
        equal: [['/etc/systemd/system', '/usr/lib/systemd/system']],
        customizable: ['mount_loopback_t', 'public_content_rw_t'],
      }),
      expect.objectContaining({ local: [{ target: '/srv/z', ftype: 'a', context: '<<none>>' }] }),
      expect.objectContaining({
        local: [],
        policy: [{ target: '/srv', ftype: 'd', context: 'system_u:object_r:var_t:s0' }],
      }),
    ]);
  });

  // Rows of Debian 12's file_contexts.subs_dist, and one of the host's own.
  test.each([
    ['/usr/lib64/x', '/usr/lib/x'],
    ['/lib64/x(/.*)?', '/usr/lib/x(/.*)?'],
    ['/usr/local/lib/x', '/usr/lib/x'],
    ['/usr/local/library', '/usr/library'],
    ['/usr/locals/x', '/usr/locals/x'],
    ['/data/x', '/srv/x'],
    ['/usr/lib64', '/usr/lib64'],
  ])('%s is named %s', (given, named) => {
    const rows =
      'S/data /srv\nS\nS/lib /usr/lib\nS/lib64 /usr/lib64\nS/usr/local /usr\nS/usr/lib64 /usr/lib\nS/usr/local/lib /usr/lib\n';
    const [one] = fileContexts.parse(Buffer.from(`${rows}P${named} -- u:r:t:s0\n`), [given], 0);
    expect(one).toMatchObject({ target: named, policy: [{ target: named }] });
  });

  // constructed: EL7's libsemanage 2.5 writes the same with one more blank.
  test('of EL7', () => {
    const [one] = fileContexts.parse(
      Buffer.from('L/srv/x(/.*)?    system_u:object_r:bin_t:s0 \nP\n'),
      ['/srv/x(/.*)?'],
      0,
    );
    expect(one?.local).toEqual([
      { target: '/srv/x(/.*)?', ftype: 'a', context: 'system_u:object_r:bin_t:s0' },
    ]);
  });

  test.runIf(canEnterRoots)('within a root of its own (needs root)', () => {
    const root = constructRoot(
      scratch(),
      selinuxHost({ 'srv/data/a\nb': '', 'srv/data/link': { link: '/etc' } }),
    );
    expect(lookInRoot(root, fileContexts, ['/srv', '/usr/lib64/keepalived', '/tmp/.*'])).toEqual([
      expect.objectContaining({
        policy: [{ target: '/srv', ftype: 'd', context: 'system_u:object_r:var_t:s0' }],
        equal: [['/usr/lib64', '/usr/lib']],
      }),
      expect.objectContaining({
        target: '/usr/lib/keepalived',
        policy: [{ target: '/usr/lib/keepalived', ftype: 'd', context: 'system_u:object_r:lib_t:s0' }],
      }),
      expect.objectContaining({ policy: [{ target: '/tmp/.*', ftype: 'a', context: '<<none>>' }] }),
    ]);
    const [deep, one, none] = lookInRoot(root, selinuxLabels, [
      { path: '/srv/data', deep: true },
      { path: '/tmp', deep: false },
      { path: '/no/such', deep: false },
    ]);
    expect(deep).toMatchObject({ kind: 'paths' });
    const entries = deep?.kind === 'paths' ? deep.entries : [];
    expect(entries.map(({ path, kind, label }) => [path, kind, label]).toSorted()).toEqual([
      ['/srv/data', 'directory', 'system_u:object_r:var_t:s0'],
      ['/srv/data/a\nb', 'file', 'system_u:object_r:var_t:s0'],
      ['/srv/data/link', 'link', 'system_u:object_r:var_t:s0'],
    ]);
    expect(one).toMatchObject({ kind: 'paths', entries: [{ path: '/tmp', kind: 'directory' }] });
    expect(none).toEqual({ kind: 'absent' });
    expect(lookInRoot(root, selinuxType, ['bin_t'])).toEqual(['unknown']);
  });
});

test.each(shells)('without SELinux nothing is asked on %s', (shell) => {
  expect(look(shell, selinuxLabels, [{ path: '/etc', deep: true }])).toEqual([{ kind: 'unknown' }]);
  expect(look(shell, selinuxType, ['bin_t', 'x_t'])).toEqual(['unknown', 'unknown']);
  expect(look(shell, fileContexts, ['/srv/x'])[0]?.local).toEqual([]);
});
