import { hostname as nameHere } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import type { ContentAnswer } from '../../engine/facts/content.ts';
import { hostname as kernelName } from '../../engine/facts/hostname.ts';
import type { Init } from '../../engine/facts/init.ts';
import { hostname, type HostnameState } from '../../engine/modules/hostname.ts';
import { look, shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { RootHost } from './root_host.ts';

const init = (name: Init['name']): Init => ({
  name,
  version: null,
  pid1: name,
  container: null,
  virtualisation: null,
});

const attributes = {
  kind: 'file',
  mode: '0644',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 4,
  mtime: 0,
  inode: '1',
  device: '1',
  links: 1,
  label: null,
} as const;

function state(
  kernel: string,
  text: string | null,
  manager: Init['name'] = 'busybox',
  hostnamectl: string | null = null,
): HostnameState {
  const now: ContentAnswer = text === null ? { kind: 'absent' } : { kind: 'text', bytes: Buffer.from(text) };
  return {
    kernel,
    init: init(manager),
    hostnamectl,
    file: {
      at: text === null ? { kind: 'absent', parent: 'directory' } : attributes,
      now,
      above: { path: '/etc', at: { ...attributes, kind: 'directory' }, missing: [], setGroup: false },
    },
  };
}

describe('what is planned', () => {
  test.each<[string, HostnameState, string[]]>([
    ['both are as wanted', state('web1', 'web1\n'), []],
    ['a comment before the name', state('web1', '# ours\n\nweb1\n'), []],
    [
      'neither is',
      state('old', 'old\n'),
      ['set the static host name: old → web1, in /etc/hostname', "set the kernel's host name: old → web1"],
    ],
    ['no file yet', state('web1', null), ['set the static host name: none → web1, in /etc/hostname']],
    ['the kernel alone', state('(none)', 'web1\n'), ["set the kernel's host name: (none) → web1"]],
    [
      'under systemd',
      state('web1', 'old\n', 'systemd', '/usr/bin/hostnamectl'),
      ['set the static host name: old → web1'],
    ],
    [
      'systemd without hostnamectl',
      state('web1', 'old\n', 'systemd'),
      ['set the static host name: old → web1, in /etc/hostname'],
    ],
  ])('%s', (_title, found, what) => {
    expect(hostname.plan({ name: 'web1' }, found).map((change) => change.what)).toEqual(what);
  });

  test('hostnamectl is used only where it may be', () => {
    const there = state('web1', 'old\n', 'systemd', '/usr/bin/hostnamectl');
    const apply = (use?: 'debian' | 'systemd') =>
      hostname.plan({ name: 'web1', ...(use ? { use } : {}) }, there)[0]?.apply.text;
    expect(apply()).toBe('hostnamectl --static set-hostname web1');
    expect(apply('systemd')).toBe('hostnamectl --static set-hostname web1');
    expect(apply('debian')).not.toContain('hostnamectl');
    expect(() => hostname.plan({ name: 'web1', use: 'systemd' }, state('a', 'a\n'))).toThrow(
      'there is no hostnamectl',
    );
  });
});

test.each([
  ['web1', true],
  ['web1.example.com', true],
  ['a'.repeat(64), true],
  ['a'.repeat(65), false],
  ['-web', false],
  ['web-', false],
  ['a..b', false],
  ['a b', false],
  ['a\nb', false],
  ['$(id)', false],
  ['', false],
])('%j is a name: %s', (name, isName) => {
  expect(Compile(hostname.args).Check({ name })).toBe(isName);
});

test.each(shells)('the name of this machine on %s', (shell) => {
  expect(look(shell, kernelName, [undefined])).toEqual([nameHere()]);
});

describe.runIf(canEnterRoots)('on a host of its own (needs root)', () => {
  test.each(shells)('set, proven and taken back on %s', async (shell) => {
    const host = await RootHost.open(shell, { 'etc/hostname': '# by hand\nold' });
    try {
      host.run('hostname before');
      const changes = host.keepsTheLaws(hostname, { name: 'web1.example.com' }, () => {
        expect(readFileSync(join(host.root, 'etc/hostname'), 'utf8')).toBe('web1.example.com\n');
        expect(host.run('hostname').stdout.toString()).toBe('web1.example.com\n');
      });
      expect(changes.map(({ what }) => what)).toEqual([
        'set the static host name: old → web1.example.com, in /etc/hostname',
        "set the kernel's host name: before → web1.example.com",
      ]);
      expect(host.run('hostname').stdout.toString()).toBe('before\n');
      expect(nameHere()).not.toBe('web1.example.com');
    } finally {
      await host.close();
    }
  });

  test('a file that was not there goes again', async () => {
    const host = await RootHost.open('busybox', {});
    try {
      expect(host.keepsTheLaws(hostname, { name: 'web1' })).toHaveLength(2);
    } finally {
      await host.close();
    }
  });
});
