import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { group } from '../../engine/facts/group.ts';
import { passwd } from '../../engine/facts/passwd.ts';
import { look, scratch, shells } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

const root = scratch();

describe('passwd', () => {
  test('getent on Debian 12: order is the answer of the sources, one key is unknown', () => {
    const output =
      'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\nroot:x:0:0:root:/root:/bin/bash\n';
    expect(
      passwd.parse(Buffer.from(output), [{ name: 'root' }, { name: 'none' }, { uid: 65534 }], 2),
    ).toEqual([
      { name: 'root', uid: 0, gid: 0, gecos: 'root', home: '/root', shell: '/bin/bash' },
      null,
      {
        name: 'nobody',
        uid: 65534,
        gid: 65534,
        gecos: 'nobody',
        home: '/nonexistent',
        shell: '/usr/sbin/nologin',
      },
    ]);
  });

  test('a failing getent is no answer', () => {
    expect(() => passwd.parse(Buffer.from(''), [{ name: 'root' }], 127)).toThrow('127');
  });

  test.each(shells)('this machine on %s', (shell) => {
    const answers = look(shell, passwd, [
      { name: 'root' },
      { uid: 0 },
      { name: 'no-such-user' },
      { name: '-x' },
    ]);
    expect(answers.map((answer) => answer?.uid)).toEqual([0, 0, undefined, undefined]);
  });

  test.each(shells)('hostile names are unknown users on %s', (shell) => {
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 1, maxLength: 8 }), (names) => {
        const subjects = names.map((name) => ({ name }));
        expect(look(shell, passwd, [...subjects, { name: 'root' }]).map((answer) => answer?.uid)).toEqual([
          ...names.map(() => undefined),
          0,
        ]);
      }),
      { numRuns: 15 },
    );
  });

  test.runIf(canEnterRoots)('a root without getent: the file is read (needs root)', () => {
    constructRoot(root, {
      'etc/passwd': 'root:x:0:0::/root:/bin/sh\nkaraf:x:1001:1002:Karaf,,,:/opt/karaf:/bin/ash',
    });
    expect(lookInRoot(root, passwd, [{ name: 'karaf' }, { uid: 1001 }, { name: 'x' }])).toEqual([
      { name: 'karaf', uid: 1001, gid: 1002, gecos: 'Karaf,,,', home: '/opt/karaf', shell: '/bin/ash' },
      { name: 'karaf', uid: 1001, gid: 1002, gecos: 'Karaf,,,', home: '/opt/karaf', shell: '/bin/ash' },
      null,
    ]);
  });

  test.runIf(canEnterRoots)('a root without /etc/passwd knows nobody (needs root)', () => {
    constructRoot(root, {});
    expect(lookInRoot(root, passwd, [{ name: 'root' }])).toEqual([null]);
  });
});

describe('group', () => {
  test('members, by name and number (Debian 12)', () => {
    const output = 'adm:x:4:syslog,ubuntu\nroot:x:0:\n';
    expect(group.parse(Buffer.from(output), [{ gid: 0 }, { name: 'adm' }, { gid: 7 }], 2)).toEqual([
      { name: 'root', gid: 0, members: [] },
      { name: 'adm', gid: 4, members: ['syslog', 'ubuntu'] },
      null,
    ]);
  });

  test.each(shells)('this machine on %s', (shell) => {
    expect(look(shell, group, [{ name: 'root' }, { gid: 0 }, { name: '$(id)' }])).toEqual([
      expect.objectContaining({ gid: 0 }),
      expect.objectContaining({ name: 'root' }),
      null,
    ]);
  });
});

const hostile = fc.oneof(
  fc.constantFrom('-s', '--', '$(id)', '`id`', "'", '"', 'a b', 'a\nroot', '*', 'root:', '\\', ';id', 'ü'),
  fc
    .string({ unit: 'binary', maxLength: 20 })
    .filter((name) => !name.includes('\0') && !/^\s*[+-]?\d/.test(name) && name !== 'root' && name !== ''),
);
