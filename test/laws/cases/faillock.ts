import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { hasPrograms } from '../programs.ts';
import { bringFailures, faillockRoot, oldFaillockRoot } from '../faillock_root.ts';
import type { ModuleCases } from '../law_case.ts';

const conf = 'etc/security/faillock.conf';

// After the stack of the RHEL 7 Security Guide, 4.1.2 (constructed).
const stack = (options: string) => `auth        required      pam_env.so
auth        required      pam_faillock.so preauth silent${options}  # ours
auth        sufficient    pam_unix.so nullok try_first_pass
auth        [default=die] pam_faillock.so authfail${options}
auth        required      pam_deny.so
account     required      pam_faillock.so
account     required      pam_unix.so
`;

export const faillock: ModuleCases = {
  cases: [
    {
      title: 'a file of its own, comments kept',
      changes: true,
      inside: {
        ...faillockRoot,
        [conf]: '# The default is 3.\n# deny = 3\n#\n# audit\nunlock_time=60 # s\n',
      },
      args: () => ({ deny: 5, audit: true, unlock_time: 900, even_deny_root: false }),
      after: (root) =>
        expect(readFileSync(join(root, conf), 'utf8')).toBe(
          '# The default is 3.\n# deny = 3\ndeny = 5\n#\n# audit\naudit\nunlock_time=900 # s\n',
        ),
    },
    {
      title: 'no file yet',
      changes: true,
      inside: faillockRoot,
      args: () => ({ deny: 5, unset: ['silent'] }),
      after: (root) => expect(readFileSync(join(root, conf), 'utf8')).toBe('deny = 5\n'),
    },
    {
      title: 'as it is',
      changes: false,
      inside: { ...faillockRoot, [conf]: 'deny = 3\ndeny = 5\neven_deny_root = 0\nunlock_time = 0\n' },
      args: () => ({ deny: 5, even_deny_root: true, unlock_time: 'never', audit: false }),
    },
    {
      title: 'arguments where no file is read, through a link',
      changes: true,
      inside: {
        ...oldFaillockRoot,
        'etc/pam.d/system-auth-ac': stack(' deny=3 audit'),
        'etc/pam.d/system-auth': { link: 'system-auth-ac' },
        'etc/pam.d/password-auth': stack(''),
      },
      args: () => ({ deny: 5, unlock_time: 900, audit: false }),
      after: (root) => {
        for (const name of ['system-auth-ac', 'password-auth'])
          expect(
            readFileSync(join(root, 'etc/pam.d', name), 'utf8').replaceAll(' deny=5 unlock_time=900', ''),
          ).toBe(stack(''));
      },
    },
    {
      title: 'lines that say otherwise than the file',
      changes: true,
      inside: { ...faillockRoot, 'etc/pam.d/system-auth': stack(' deny=3'), [conf]: 'deny = 5\n' },
      args: () => ({ deny: 5 }),
      after: (root) =>
        expect(readFileSync(join(root, 'etc/pam.d/system-auth'), 'utf8')).toBe(stack(' deny=5')),
    },
    {
      title: 'nobody has failed',
      changes: false,
      inside: faillockRoot,
      prepare: (root) => bringFailures(root, 0),
      args: () => ({ user: 'alice', state: 'reset' }),
    },
    ...(hasPrograms(['/usr/sbin/faillock'])
      ? [
          {
            title: 'failures are forgotten',
            changes: true,
            inside: faillockRoot,
            prepare: (root: string) => {
              symlinkSync('/run', join(root, 'var/run'));
              bringFailures(root, 3);
            },
            args: () => ({ user: 'alice', state: 'reset' }),
            after: (root: string) => expect(readFileSync(join(root, 'run/faillock/alice'), 'utf8')).toBe(''),
          },
          {
            title: 'failures are forgotten where the file says that they are',
            changes: true,
            inside: { ...faillockRoot, [conf]: '# dir = /x\n dir = /var/log/faillock # ours\n' },
            prepare: (root: string) => bringFailures(root, 1, 'var/log/faillock'),
            args: () => ({ user: 'alice', state: 'reset' }),
          },
        ]
      : []),
  ],
  // Whether a file is read at all is asked of this machine's own module.
  hostile: hasPrograms(['/usr/sbin/faillock'])
    ? [
        {
          argument: 'path',
          takes: 'name',
          nul: 'refused',
          args: (folder, value) => ({ deny: 5, path: `${folder}/${value}` }),
          after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('deny = 5\n'),
        },
        {
          argument: 'what the file holds',
          takes: 'text',
          nul: 'kept',
          prepare: (folder, value) => writeFileSync(join(folder, 'x'), `# ${value}\ndeny = 1 # ours\n`),
          args: (folder) => ({ deny: 5, path: `${folder}/x` }),
          after: (folder, value) =>
            expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`# ${value}\ndeny = 5 # ours\n`),
        },
        {
          argument: 'what a stack holds',
          takes: 'line',
          nul: 'kept',
          prepare: (folder, value) =>
            writeFileSync(join(folder, 'p'), `# ${value}\nauth required pam_faillock.so preauth deny=1\n`),
          args: (folder) => ({ deny: 5, path: `${folder}/x`, files: [`${folder}/p`] }),
          after: (folder, value) =>
            expect(readFileSync(join(folder, 'p'), 'utf8')).toBe(
              `# ${value}\nauth required pam_faillock.so preauth deny=5\n`,
            ),
        },
      ]
    : [],
  refuses: [
    { argument: 'user', takes: 'text', args: (_folder, value) => ({ user: `/${value}`, state: 'reset' }) },
    { argument: 'dir', takes: 'text', args: (_folder, value) => ({ dir: `x${value}` }) },
    { argument: 'admin_group', takes: 'text', args: (_folder, value) => ({ admin_group: `[${value}` }) },
    { argument: 'deny', takes: 'text', args: (_folder, value) => ({ deny: `x${value}` }) },
  ],
};
