import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';
import { bringPamAuthUpdate, hasPamAuthUpdate } from '../pam_auth_update_root.ts';

/** pam_faillock as two profiles, since it stands before and behind the module that asks for the password. */
export const faillockProfiles = {
  faillock: `Name: Lock users after wrong passwords
Default: no
Priority: 0
Auth-Type: Primary
Auth:
\t[default=die]\tpam_faillock.so authfail
`,
  faillock_notify: `Name: Refuse users who are locked
Default: no
Priority: 1024
Auth-Type: Primary
Auth:
\trequisite\tpam_faillock.so preauth
Account-Type: Primary
Account:
\trequired\tpam_faillock.so
`,
};

const authLines = (root: string) =>
  readFileSync(join(root, 'etc/pam.d/common-auth'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.trim().split(/\s+/).join(' '));

function own(one: Omit<LawCase, 'inside' | 'prepare'> & { readonly edit?: (root: string) => void }): LawCase {
  const { edit, ...rest } = one;
  return {
    ...rest,
    inside: { tmp: 'folder' },
    prepare: (root) => {
      bringPamAuthUpdate(root);
      edit?.(root);
    },
  };
}

export const pamAuthUpdate: ModuleCases = {
  cases: hasPamAuthUpdate
    ? [
        own({
          title: 'two profiles with their files, an option added by hand',
          changes: true,
          edit: (root) => {
            const file = join(root, 'etc/pam.d/common-auth');
            writeFileSync(file, readFileSync(file, 'utf8').replace('nullok', 'nullok debug'));
            appendFileSync(file, 'auth optional pam_cap.so\n');
          },
          args: () => ({
            enable: ['faillock', 'faillock_notify'],
            disable: ['group'],
            profiles: faillockProfiles,
          }),
          after: (root) =>
            expect(authLines(root)).toEqual([
              'auth requisite pam_faillock.so preauth',
              'auth [success=2 default=ignore] pam_unix.so nullok try_first_pass debug',
              'auth [default=die] pam_faillock.so authfail',
              'auth requisite pam_deny.so',
              'auth required pam_permit.so',
              'auth optional pam_cap.so',
            ]),
        }),
        own({
          title: 'one on, and a file that is not in force',
          changes: true,
          args: () => ({
            enable: ['group'],
            profiles: { faillock: faillockProfiles.faillock.replaceAll('\t', '  ') },
          }),
          after: (root) => {
            expect(authLines(root).at(-1)).toBe('auth optional pam_group.so');
            expect(readFileSync(join(root, 'usr/share/pam-configs/faillock'), 'utf8')).toBe(
              faillockProfiles.faillock.replace(']\t', ']  '),
            );
          },
        }),
        own({
          title: 'another text of one that is in force',
          changes: true,
          args: () => ({
            enable: ['unix'],
            profiles: {
              unix: 'Name: U\nDefault: yes\nPriority: 256\nAuth-Type: Primary\nAuth:\n\t[success=end default=ignore]\tpam_unix.so\n',
            },
          }),
          after: (root) => expect(authLines(root)[0]).toBe('auth [success=1 default=ignore] pam_unix.so'),
        }),
        own({
          title: 'as it is',
          changes: false,
          args: () => ({ enable: ['unix'], disable: ['group', 'gone'] }),
        }),
      ]
    : [],
  hostile: [],
  refuses: [
    { argument: 'enable', takes: 'text', args: (_folder, value) => ({ enable: [`-${value}`] }) },
    { argument: 'disable', takes: 'text', args: (_folder, value) => ({ disable: [`/${value}`] }) },
  ],
};
