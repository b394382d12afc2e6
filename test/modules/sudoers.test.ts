import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { sudoers } from '../../engine/modules/sudoers.ts';
import type { SudoersArgs } from '../../engine/modules/sudoers/arguments.ts';
import { sudoersText } from '../../engine/modules/sudoers/rule.ts';
import { shells, type ShellName } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { hasPrograms } from '../laws/programs.ts';
import { sudoRoot } from '../laws/sudo_root.ts';
import { RootHost } from './root_host.ts';

const rule = { name: 'x', user: 'alice', commands: 'ALL' };

describe('the text of a rule', () => {
  // As community.general.sudoers 5.8 writes them.
  test.each<[Partial<SudoersArgs>, string]>([
    [rule, 'alice ALL=NOPASSWD: ALL\n'],
    [{ ...rule, nopassword: false }, 'alice ALL= ALL\n'],
    [{ ...rule, runas: 'bob', setenv: true }, 'alice ALL=(bob)NOPASSWD:SETENV: ALL\n'],
    [{ ...rule, host: 'web1', noexec: true }, 'alice web1=NOEXEC:NOPASSWD: ALL\n'],
    [{ group: 'ops', commands: ['/bin/a', '/bin/b x'] }, '%ops ALL=NOPASSWD: /bin/a, /bin/b x\n'],
    [{ ...rule, commands: '/bin/a, /bin/b -o\\=1\\,2' }, 'alice ALL=NOPASSWD: /bin/a, /bin/b -o\\=1\\,2\n'],
    [{ ...rule, commands: ['sha256:abc= /bin/a'] }, 'alice ALL=NOPASSWD: sha256:abc= /bin/a\n'],
    [{ user: 'EX\\al ice@b', commands: 'ALL' }, 'EX\\\\al\\ ice\\@b ALL=NOPASSWD: ALL\n'],
    [{ content: 'Defaults x' }, 'Defaults x\n'],
    [{ content: '' }, ''],
  ])('%j', (args, text) => {
    expect(sudoersText({ name: 'x', ...args })).toBe(text);
  });

  test.each<[Partial<SudoersArgs>, string]>([
    [{}, 'either user or group'],
    [{ user: 'a', group: 'b', commands: 'ALL' }, 'either user or group'],
    [{ user: 'a' }, 'commands are needed'],
    [{ user: 'a', content: 'x' }, 'content excludes'],
    [{ ...rule, commands: ['/bin/a, ALL'] }, 'holds ,'],
    [{ ...rule, commands: ['/bin/a : ALL = ALL'] }, 'holds :'],
    [{ ...rule, commands: ['/bin/a # x'] }, 'holds #'],
    [{ ...rule, commands: ['/bin/a\nbob ALL=ALL'] }, 'more than one line'],
    [{ ...rule, commands: ['/bin/a \\'] }, 'is not whole'],
    [{ ...rule, commands: ['/bin/a', ' '] }, 'is not whole'],
  ])('%j is refused', (args, why) => {
    expect(() => sudoersText({ name: 'x', ...args })).toThrow(why);
    expect(() => sudoersText({ name: 'x', ...args })).toThrow(CannotPlan);
  });
});

test.each([
  [{ name: 'x' }, true],
  [{ name: '10_ops-team' }, true],
  [{ name: 'x.conf' }, false],
  [{ name: 'x~' }, false],
  [{ name: '../x' }, false],
  [{ name: '-x' }, false],
  [{ name: 'x', user: '%wheel' }, false],
  [{ name: 'x', user: 'a b$' }, true],
  [{ name: 'x', user: 'a\nb' }, false],
  [{ name: 'x', host: 'ALL=ALL' }, false],
  [{ name: 'x', runas: 'ALL) NOPASSWD: (ALL' }, false],
])('%j is accepted: %s', (args, isGood) => {
  expect(Compile(sudoers.args).Check(args)).toBe(isGood);
});

const visudo = ['/usr/sbin/visudo'];
const isAble = canEnterRoots && hasPrograms(visudo);

describe.runIf(isAble)('on a host of its own (needs root, sudo)', () => {
  const open = (shell: ShellName, more = {}) => RootHost.open(shell, { ...sudoRoot, ...more }, visudo);

  test.each(shells)('written, replaced and removed on %s', async (shell) => {
    const host = await open(shell);
    const file = join(host.root, 'etc/sudoers.d/10_ops');
    const args = { name: '10_ops', group: 'ops', commands: ['/bin/systemctl restart x\\:1', '/bin/y'] };
    try {
      host.keepsTheLaws(sudoers, args, () => {
        expect(readFileSync(file, 'utf8')).toBe('%ops ALL=NOPASSWD: /bin/systemctl restart x\\:1, /bin/y\n');
        expect(statSync(file).mode & 0o7777).toBe(0o440);
      });
      writeFileSync(file, '%ops ALL=ALL\n');
      chmodSync(file, 0o646);
      const [change] = host.keepsTheLaws(sudoers, args);
      expect(change?.what).toBe('replace /etc/sudoers.d/10_ops, mode 0646 → 0440');
      writeFileSync(file, sudoersText(args));
      expect(host.keepsTheLaws(sudoers, args).map(({ what }) => what)).toEqual([
        '/etc/sudoers.d/10_ops: mode 0646 → 0440',
      ]);
      expect(host.keepsTheLaws(sudoers, { name: '10_ops', state: 'absent' })).toHaveLength(1);
      expect(host.keepsTheLaws(sudoers, { name: '11_ops', state: 'absent' })).toHaveLength(0);
    } finally {
      await host.close();
    }
  });

  test.each(shells)('what visudo refuses never gets there on %s', async (shell) => {
    const host = await open(shell, {
      'etc/sudoers.d/00_alias': 'Cmnd_Alias TOOLS = /bin/a\n',
      'etc/sudoers.d/50_use': 'alice ALL=TOOLS\n',
    });
    const refused = (args: SudoersArgs): string => {
      const made = host.make(sudoers.plan(args, host.probe(sudoers.probe(args))));
      expect(made.code).not.toBe(0);
      expect(host.run('ls -A /etc /etc/sudoers.d /tmp').stdout.toString()).toBe(before);
      host.forget();
      return made.stderr;
    };
    const before = host.run('ls -A /etc /etc/sudoers.d /tmp').stdout.toString();
    try {
      expect(refused({ name: 'x', content: 'alice ALL=(ALL ALL\n' })).toMatch(
        /visudo refuses \/etc\/sudoers\.d\/x:[^]*syntax error/,
      );
      expect(refused({ name: 'x', user: 'alice', commands: 'bin/relative' })).toContain('fully-qualified');
      // Each alone is right.
      expect(refused({ name: 'x', content: 'Cmnd_Alias TOOLS = /bin/b\n' })).toMatch(
        /the configuration with \/etc\/sudoers\.d\/x:[^]*already defined/,
      );
    } finally {
      await host.close();
    }
  });

  test('a folder that nobody includes, a host without sudo', async () => {
    const host = await open('dash', { 'etc/sudoers': 'root ALL=(ALL:ALL) ALL\n' });
    try {
      const plan = (args: SudoersArgs) => sudoers.plan(args, host.probe(sudoers.probe(args)));
      expect(() => plan(rule)).toThrow('does not include /etc/sudoers.d');
      writeFileSync(join(host.root, 'etc/sudoers'), '@includedir "/etc/sudoers.d/"\n');
      expect(plan(rule)).toHaveLength(1);
      host.keepsTheLaws(sudoers, rule);
      host.run('rm /usr/sbin/visudo');
      expect(() => plan(rule)).toThrow('there is no visudo');
    } finally {
      await host.close();
    }
  });
});
