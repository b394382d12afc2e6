import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Unsettled } from '../../engine/contract/fact.ts';
import { pamFiles, pamHostOf } from '../../engine/facts/pam_files.ts';
import { look, scratch, shells } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

describe.each(shells)('on %s', (shell) => {
  test('this machine’s service files are told byte for byte', () => {
    const [told] = look(shell, pamFiles, [undefined]);
    const folder = '/etc/pam.d';
    const names = readdirSync(folder).filter(
      (name) => !name.startsWith('.') && statSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
    );
    const texts = Object.fromEntries(
      names.map((name) => [join(folder, name), readFileSync(join(folder, name), 'latin1')]),
    );
    expect(told?.texts).toMatchObject(texts);
    expect(Object.keys(told?.reals ?? {}).every((name) => lstatSync(name).isSymbolicLink())).toBe(true);
  });
});

describe.runIf(canEnterRoots)('in a root of its own (needs root)', () => {
  const folder = scratch();

  test('links, modules, who writes, what comes first', () => {
    const root = constructRoot(folder, {
      'etc/pam.d/system-auth-ac': 'auth required pam_unix.so \xe9\n',
      'etc/pam.d/system-auth': { link: 'system-auth-ac' },
      'etc/pam.d/gone': { link: 'nowhere' },
      'etc/pam.d/a name': '',
      'etc/pam.d/sub': 'folder',
      'usr/lib/pam.d/vendor': 'auth required pam_deny.so\n',
      'etc/security/faillock.conf': '# even_deny_root\nroot_unlock_time = 60\n',
      'lib64/security/pam_unix.so': '',
      'usr/lib/x86_64-linux-gnu/security/pam_deny.so': '',
      'lib64/libpam.so.0': 'x @include y',
      'usr/sbin/authconfig': { program: '#!/bin/sh\n' },
      // It is there, and nothing of it selected.
      'usr/bin/authselect': { program: '#!/bin/sh\n' },
    });
    const [told] = lookInRoot(root, pamFiles, [undefined]);
    expect(told).toEqual({
      texts: {
        // The text of a file is one character a byte.
        '/etc/pam.d/system-auth-ac': 'auth required pam_unix.so \xc3\xa9\n',
        '/etc/pam.d/system-auth': 'auth required pam_unix.so \xc3\xa9\n',
        '/etc/pam.d/a name': '',
        '/usr/lib/pam.d/vendor': 'auth required pam_deny.so\n',
      },
      directories: ['/etc/pam.d', '/usr/lib/pam.d', '/usr/etc/pam.d'],
      atInclude: true,
      reals: { '/etc/pam.d/system-auth': '/etc/pam.d/system-auth-ac' },
      modules: ['pam_deny.so', 'pam_unix.so'],
      faillockConf: '# even_deny_root\nroot_unlock_time = 60\n',
      writers: ['authconfig'],
    });
    expect(told && pamHostOf(told)).toEqual({
      modules: new Set(['pam_deny.so', 'pam_unix.so']),
      rootIsLocked: true,
    });
  });

  test('authselect writes where one of its profiles is selected', () => {
    const root = constructRoot(folder, {
      'usr/bin/authselect': { program: '#!/bin/sh\n' },
      'etc/authselect/authselect.conf': 'sssd\n',
    });
    expect(lookInRoot(root, pamFiles, [undefined])[0]?.writers).toEqual(['authselect']);
  });

  test('a host without PAM', () => {
    const [told] = lookInRoot(constructRoot(folder, {}), pamFiles, [undefined]);
    expect(told).toMatchObject({ texts: {}, modules: [], atInclude: false, faillockConf: null });
    expect(told && pamHostOf(told).modules).toBeNull();
  });
});

test.each(['', 'F\0/etc/pam.d/a\0', 'F\0/etc/pam.d/a\0E\x0010\n\0short', 'X\0E\0'])(
  'what was cut off is asked again: %j',
  (output) => {
    expect(() => pamFiles.parse(Buffer.from(output), [undefined], 0)).toThrow(Unsettled);
  },
);
