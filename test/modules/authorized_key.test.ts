import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { authorizedKeys } from '../../engine/facts/authorized_keys.ts';
import { authorizedKey } from '../../engine/modules/authorized_key.ts';
import type { AuthorizedKeyArgs } from '../../engine/modules/authorized_key/arguments.ts';
import { editKeys, wantedKeys } from '../../engine/modules/authorized_key/edit.ts';
import {
  areSameOptions,
  fingerprint,
  type KeyLine,
  readKeyLine,
  splitOptions,
} from '../../engine/modules/authorized_key/key_line.ts';
import { look, shells } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { newKey } from '../hosts/keys.ts';
import { accountRoot } from '../laws/account_root.ts';
import { RootHost } from './root_host.ts';

const one = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const two = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3ki8Nw1V4fEkzGbkVtVqX5iZoFJ9o2PxUEUMyqbVzW';

describe('a line as sshd reads it', () => {
  test.each<[string, Partial<KeyLine> | null]>([
    ['', null],
    ['# note', null],
    ['nothing at all', null],
    [one, { options: [], type: 'ssh-ed25519', comment: '' }],
    [`${one} alice@x y `, { comment: 'alice@x y' }],
    // The bytes of "voilà", a character each.
    [`${one} voil\u00c3\u00a0`, { comment: 'voil\u00c3\u00a0' }],
    [`  ${one}\r`, { options: [], comment: '' }],
    [`no-pty ${one}`, { options: ['no-pty'] }],
    [`from="10.0.0.0/8,!10.1.1.1",no-pty\t${one} c`, { options: ['from="10.0.0.0/8,!10.1.1.1"', 'no-pty'] }],
    [`command="echo \\"a, b\\" # ssh-rsa" ${one}`, { options: ['command="echo \\"a, b\\" # ssh-rsa"'] }],
    [
      `environment="A=ssh-ed25519 x",restrict ${one}`,
      { options: ['environment="A=ssh-ed25519 x"', 'restrict'] },
    ],
    ['sk-ssh-ed25519@openssh.com AAAA= y', { type: 'sk-ssh-ed25519@openssh.com', blob: 'AAAA=' }],
    ['ecdsa-sha2-nistp256 AAAA', { type: 'ecdsa-sha2-nistp256' }],
  ])('%j', (line, expected) => {
    if (expected === null) expect(readKeyLine(line)).toBeNull();
    else expect(readKeyLine(line)).toMatchObject(expected);
  });

  test.each([
    ['', []],
    ['a,b', ['a', 'b']],
    ['a="x,y" , b', ['a="x,y"', 'b']],
    ['a="x\\",y",b', ['a="x\\",y"', 'b']],
    ['a="open,b', ['a="open,b']],
  ])('options of %j', (text, options) => {
    expect(splitOptions(text)).toEqual(options);
  });

  test.each([
    ['a,B="X"', 'b="X",a', true],
    ['a="x"', 'a="X"', false],
    ['a', 'a,b', false],
    ['', '', true],
  ])('%j is %j: %s', (left, right, same) => {
    expect(areSameOptions(splitOptions(left), splitOptions(right))).toBe(same);
  });

  test('the fingerprint is that of ssh-keygen', () => {
    const { publicLine } = newKey();
    const said = spawnSync('ssh-keygen', ['-l', '-f', '-'], { input: `${publicLine}\n`, encoding: 'utf8' });
    expect(said.stdout.split(' ')[1]).toBe(fingerprint(readKeyLine(publicLine) as KeyLine));
  });
});

describe('what becomes of a file', () => {
  const edited = (text: string, args: Partial<AuthorizedKeyArgs>) => {
    const all = { user: 'alice', key: `${one} mine`, ...args };
    return editKeys(text, wantedKeys(all), all).text;
  };

  test.each<[string, Partial<AuthorizedKeyArgs>, string]>([
    ['', {}, `${one} mine\n`],
    [`# note\n\n${two} b`, {}, `# note\n\n${two} b\n${one} mine\n`],
    // Neither another comment nor options that nobody asked for.
    [`no-pty ${one} other\n`, {}, `no-pty ${one} other\n`],
    [`no-pty ${one} other\n`, { comment: 'new' }, `no-pty ${one} new\n`],
    [`no-pty ${one} other\n`, { key_options: '' }, `${one} other\n`],
    [`${one} x\n`, { key_options: 'from="a,b",no-pty' }, `from="a,b",no-pty ${one} x\n`],
    [`no-pty,from="a,b" ${one} x\n`, { key_options: 'from="a,b",no-pty' }, `no-pty,from="a,b" ${one} x\n`],
    ['', { key: `restrict ${one} c` }, `restrict ${one} c\n`],
    [`${one} x\n${one} y\n`, { key_options: 'restrict' }, `restrict ${one} x\n`],
    [`${one} x\n${one} y\n`, {}, `${one} x\n${one} y\n`],
    ['', { key: `${one} a\n# c\n\n${two} b\n${one} again` }, `${one} a\n${two} b\n`],
    [`# keep\n${two} b\nrubbish\n${one} x\n`, { exclusive: true }, `# keep\n${one} x\n`],
    [`${two} b\nno-pty ${one} x\n`, { state: 'absent' }, `${two} b\n`],
    [`${two} b\n`, { state: 'absent' }, `${two} b\n`],
    [`gr\xfc\xdfe\n`, {}, `gr\xfc\xdfe\n${one} mine\n`],
  ])('%j with %j', (text, args, expected) => {
    expect(edited(text, args)).toBe(expected);
    expect(edited(expected, args)).toBe(expected);
  });

  test.each([
    ['rubbish', 'line 1 of key is no public key'],
    [`${one}\nssh-rsa AAAA`, 'line 2 of key is no public key'],
    [one.replace('ssh-ed25519', 'ssh-rsa'), 'no public key'],
    [one.slice(0, 30), 'no public key'],
    ['# none', 'holds no key'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nx', 'private key'],
    ['https://example.com/a.keys', 'nothing is fetched'],
  ])('%j is refused', (key, why) => {
    expect(() => wantedKeys({ user: 'alice', key })).toThrow(why);
    expect(() => wantedKeys({ user: 'alice', key })).toThrow(CannotPlan);
  });

  test.each(['command="x', 'a b', 'x"'])(
    'options %j, behind which no key can be read, are refused',
    (options) => {
      expect(() => wantedKeys({ user: 'alice', key: one, key_options: options })).toThrow(
        'could not read the key',
      );
    },
  );

  test('a key of any options is found again, and goes without a trace', () => {
    const value = fc.string({
      unit: fc.constantFrom('a', ',', ' ', '\\"', '#', '=', 'ssh-rsa '),
      maxLength: 6,
    });
    const options = fc.array(
      fc.oneof(
        fc.constant('no-pty'),
        value.map((text) => `command="${text}"`),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(options, (all) => {
        const args = { user: 'a', key: one, key_options: all.join(',') };
        const added = editKeys(`${two}\n`, wantedKeys(args), args);
        expect(editKeys(added.text, wantedKeys(args), args).what).toEqual([]);
        const absent = { ...args, state: 'absent' as const };
        expect(editKeys(added.text, wantedKeys(absent), absent).text).toBe(`${two}\n`);
      }),
    );
  });
});

test.each(shells)('no such user, and what is no name, on %s', (shell) => {
  const subject = (user: string) => ({ user, path: null, follow: false });
  expect(look(shell, authorizedKeys, ['no-such-user', '$(id)', '+', '-x', 'a b'].map(subject))).toEqual(
    Array.from({ length: 5 }, () => null),
  );
});

describe.runIf(canEnterRoots)('on a host of its own (needs root)', () => {
  test.each(shells)('made, changed and removed on %s', async (shell) => {
    const host = await RootHost.open(shell, accountRoot);
    const home = join(host.root, 'home/alice');
    const file = join(home, '.ssh/authorized_keys');
    const args = { user: 'alice', key: `${one} it's "mine"`, key_options: `command="echo '$(id)'"` };
    const line = `command="echo '$(id)'" ${one} it's "mine"\n`;
    try {
      chownSync(home, 1000, 1000);
      const [made] = host.keepsTheLaws(authorizedKey, args, () => {
        expect(readFileSync(file, 'utf8')).toBe(line);
        expect(
          [statSync(file), statSync(join(home, '.ssh'))].map(({ mode, uid, gid }) => [
            mode & 0o7777,
            uid,
            gid,
          ]),
        ).toEqual([
          [0o600, 1000, 1000],
          [0o700, 1000, 1000],
        ]);
      });
      expect(made?.what).toMatch(
        /^\/home\/alice\/\.ssh\/authorized_keys: add ssh-ed25519 SHA256:\S+ \(it's "mine"\)$/,
      );
      expect(existsSync(join(home, '.ssh'))).toBe(false);

      mkdirSync(join(home, '.ssh'), { mode: 0o755 });
      writeFileSync(file, `${two} b\n`, { mode: 0o644 });
      const [changed] = host.keepsTheLaws(authorizedKey, { ...args, exclusive: true }, () =>
        expect(readFileSync(file, 'utf8')).toBe(line),
      );
      expect(changed?.what).toMatch(
        /: remove .* \(b\), add .*, give it to alice, mode 0644 → 0600, its directory to alice, mode 0755 → 0700$/,
      );
      host.keepsTheLaws(authorizedKey, { user: 'alice', key: two, state: 'absent' }, () =>
        expect(readFileSync(file, 'utf8')).toBe(''),
      );
      expect(host.keepsTheLaws(authorizedKey, { user: 'alice', key: one, state: 'absent' })).toHaveLength(0);
      expect(host.keepsTheLaws(authorizedKey, { user: 'nobody9', key: one, state: 'absent' })).toHaveLength(
        0,
      );
    } finally {
      await host.close();
    }
  });

  test.each(shells)('a path of its own on %s', async (shell) => {
    const host = await RootHost.open(shell, { ...accountRoot, "etc/ssh/k e'y": 'folder' });
    const args = { user: 'alice', key: one, path: "/etc/ssh/k e'y/alice" };
    try {
      host.keepsTheLaws(authorizedKey, args, () =>
        expect(statSync(join(host.root, "etc/ssh/k e'y")).uid).toBe(0),
      );
      const missing = { ...args, path: '/etc/ssh/new/alice' };
      expect(() => authorizedKey.plan(missing, host.probe(authorizedKey.probe(missing)))).toThrow(
        '/etc/ssh/new does not exist',
      );
      host.keepsTheLaws(authorizedKey, { ...missing, manage_dir: true });
    } finally {
      await host.close();
    }
  });

  test.each(shells)('no link leads root elsewhere on %s', async (shell) => {
    const host = await RootHost.open(shell, { ...accountRoot, 'etc/secret/authorized_keys': 'of root\n' });
    const home = join(host.root, 'home/alice');
    const args = { user: 'alice', key: one };
    const plan = (more: Partial<AuthorizedKeyArgs> = {}) =>
      authorizedKey.plan({ ...args, ...more }, host.probe(authorizedKey.probe({ ...args, ...more })));
    const secret = () => readFileSync(join(host.root, 'etc/secret/authorized_keys'), 'utf8');
    try {
      symlinkSync('/etc/secret', join(home, '.ssh'));
      expect(() => plan()).toThrow('/home/alice/.ssh is a symbolic link');
      rmSync(join(home, '.ssh'));
      mkdirSync(join(home, '.ssh'));
      symlinkSync('/etc/secret/authorized_keys', join(home, '.ssh/authorized_keys'));
      expect(() => plan()).toThrow('authorized_keys is a symbolic link');

      // Swapped between the look and the change.
      rmSync(join(home, '.ssh/authorized_keys'));
      const changes = plan();
      rmSync(join(home, '.ssh'), { recursive: true });
      symlinkSync('/etc/secret', join(home, '.ssh'));
      const made = host.make(changes);
      expect(made).toMatchObject({
        code: 1,
        stderr: '/home/alice/.ssh is not the directory that was seen\n',
      });
      host.forget();
      expect(secret()).toBe('of root\n');

      rmSync(join(home, '.ssh'));
      mkdirSync(join(home, '.ssh'));
      symlinkSync('/etc/secret/authorized_keys', join(home, '.ssh/authorized_keys'));
      host.keepsTheLaws(authorizedKey, { ...args, follow: true, manage_dir: false }, () =>
        expect(secret()).toBe(`of root\n${one}\n`),
      );
    } finally {
      await host.close();
    }
  });

  test('what is missing is said', async () => {
    const host = await RootHost.open('dash', accountRoot);
    const plan = (user: string) => {
      const args = { user, key: one };
      return authorizedKey.plan(args, host.probe(authorizedKey.probe(args)));
    };
    try {
      expect(() => plan('carol')).toThrow('there is no user carol');
      expect(() => plan('bob')).toThrow('/home/bob does not exist, the home of bob');
      mkdirSync(join(host.root, 'home/alice/.ssh/authorized_keys'), { recursive: true });
      chmodSync(join(host.root, 'home/alice/.ssh'), 0o700);
      expect(() => plan('alice')).toThrow('is a directory, not a file');
    } finally {
      await host.close();
    }
  });
});
