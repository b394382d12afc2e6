import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { EditState } from '../../engine/facts/edit_file.ts';
import type { Selinux } from '../../engine/facts/selinux.ts';
import { selinux, type SelinuxArgs, type SelinuxState } from '../../engine/modules/selinux.ts';
import { ready, refusal } from './selinux_states.ts';
import { shells } from '../facts/look.ts';
import { probeHere } from './harness.ts';

const attributes = {
  kind: 'file',
  mode: '0644',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 1,
  mtime: 0,
  inode: '1',
  device: '1',
  links: 1,
  label: 'system_u:object_r:selinux_config_t:s0',
} as const;

function config(text: string | null): EditState {
  return {
    at: text === null ? { kind: 'absent', parent: 'directory' } : attributes,
    now: text === null ? { kind: 'absent' } : { kind: 'text', bytes: Buffer.from(text) },
    above: { path: '/etc/selinux', at: { ...attributes, kind: 'directory' }, missing: [], setGroup: false },
  };
}

const absent = { kind: 'absent', parent: 'directory' } as const;

function plan(args: SelinuxArgs, mode: Partial<Selinux>, more: Partial<SelinuxState> = {}) {
  const all = { ...ready.selinux, ...mode };
  const text = `SELINUX=${all.configured}\nSELINUXTYPE=${all.policy}\n`;
  return selinux.plan(args, { mode: all, config: config(text), policy: null, mark: absent, ...more });
}

describe('plan', () => {
  const off = { enabled: false, mode: 'disabled', configured: 'disabled' } as const;
  test.each<[string, SelinuxArgs, Partial<Selinux>, readonly string[]]>([
    ['as it is', { state: 'enforcing' }, {}, []],
    [
      'now',
      { state: 'enforcing' },
      { mode: 'permissive' },
      ['set SELinux to enforcing now: permissive → enforcing'],
    ],
    [
      'after the next start',
      { state: 'enforcing' },
      { configured: 'permissive' },
      ['set SELinux to enforcing from the next start on, in /etc/selinux/config'],
    ],
    [
      'both',
      { state: 'permissive' },
      {},
      [
        'set SELinux to permissive from the next start on, in /etc/selinux/config',
        'set SELinux to permissive now: enforcing → permissive',
      ],
    ],
    [
      'it is off, and becomes permissive with new labels',
      { state: 'permissive', relabel: true },
      off,
      [
        'have all files labelled at the next start: /.autorelabel',
        'set SELinux to permissive from the next start on, in /etc/selinux/config',
      ],
    ],
    [
      'it is off until the reboot that is due',
      { state: 'permissive', relabel: true },
      { ...off, configured: 'permissive' },
      [],
    ],
  ])('%s', (_case, args, mode, what) => {
    expect(plan(args, mode).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, SelinuxArgs, Partial<Selinux>, Partial<SelinuxState>, object]>([
    ['to turn it off', { state: 'disabled' }, {}, {}, { message: expect.stringContaining('never a remedy') }],
    [
      'enforcing over files without labels',
      { state: 'enforcing', relabel: true },
      off,
      {},
      { next: expect.stringContaining('permissive with relabel: true first') },
    ],
    [
      'to turn it on without labels',
      { state: 'permissive' },
      off,
      {},
      { next: 'relabel: true, and a reboot' },
    ],
    [
      'another policy without labels',
      { state: 'enforcing', policy: 'mls' },
      {},
      { policy: { ...attributes, kind: 'directory' } },
      { message: expect.stringContaining('targeted → mls') },
    ],
    [
      'a policy that is not there',
      { state: 'enforcing', policy: 'mls', relabel: true },
      {},
      { policy: absent },
      { next: 'install selinux-policy-mls' },
    ],
    [
      'a host without SELinux',
      { state: 'enforcing' },
      off,
      { config: config(null) },
      { message: 'there is no /etc/selinux/config: this host has no SELinux' },
    ],
  ])('refused: %s', (_case, args, mode, more, expected) => {
    expect(refusal(() => plan(args, mode, more))).toMatchObject(expected);
  });
});

test.each([
  ['two modes', 'SELINUX=disabled\nSELINUX=enforcing\n', 'SELINUX=enforcing\nSELINUX=enforcing\n'],
  ['what follows stays', 'SELINUX=disabled # x\r\n#\n', 'SELINUX=enforcing\r\n#\n'],
  ['a mode that does not count', ' SELINUX=disabled\n', ' SELINUX=disabled\nSELINUX=enforcing\n'],
  ['none', 'x=1', 'x=1\nSELINUX=enforcing\n'],
])('the line that counts is written: %s', (_case, old, written) => {
  const [change] = plan({ state: 'enforcing' }, { configured: null }, { config: config(old) });
  expect(change?.diff).toMatchObject({ before: old, after: written });
});

test.each(shells)('the host is asked on %s', (shell) => {
  const { mode, mark } = probeHere(shell, selinux.probe({ state: 'enforcing', policy: 'fettle-none' }));
  expect(mode.enabled).toBe(existsSync('/sys/fs/selinux/enforce'));
  expect(mark.kind).toBe('absent');
});
