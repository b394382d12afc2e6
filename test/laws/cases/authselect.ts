import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { authselectRoot, selectProfile } from '../authselect_root.ts';
import type { ModuleCases } from '../law_case.ts';

const inside = authselectRoot;
const passwordAuth = (root: string) => readFileSync(join(root, 'etc/authselect/password-auth'), 'utf8');

export const authselect: ModuleCases = {
  cases: [
    {
      title: 'features on and off',
      changes: true,
      inside,
      prepare: (root) => selectProfile(root, 'with-fingerprint'),
      args: () => ({ enable: ['with-faillock', 'with-sss-module'], disable: ['with-fingerprint', 'gone'] }),
      after: (root) => {
        expect(passwordAuth(root)).toContain('pam_faillock.so authfail\n');
        expect(passwordAuth(root)).not.toContain('pam_fprintd');
        expect(
          readFileSync(join(root, 'var/lib/authselect/backups/before-fettle/password-auth'), 'utf8'),
        ).toContain('pam_fprintd');
      },
    },
    {
      title: 'another profile',
      changes: true,
      inside,
      prepare: (root) => selectProfile(root, 'with-faillock'),
      args: () => ({ profile: 'other', disable: ['with-faillock'], backup: 'mine' }),
      after: (root) => expect(passwordAuth(root)).toBe('# other\n'),
    },
    {
      title: 'over files that were made by hand',
      changes: true,
      inside,
      args: () => ({ profile: 'sssd', enable: ['with-faillock'], force: true }),
      after: (root) => expect(passwordAuth(root)).toContain('pam_faillock.so preauth silent\n'),
    },
    {
      title: 'over files that were changed by hand',
      changes: true,
      inside,
      prepare: (root) => {
        selectProfile(root, 'with-faillock');
        appendFileSync(join(root, 'etc/authselect/password-auth'), '# by hand\n');
      },
      args: () => ({ profile: 'sssd', force: true }),
      after: (root) => expect(passwordAuth(root)).not.toContain('by hand'),
    },
    {
      title: 'as it is',
      changes: false,
      inside,
      prepare: (root) => selectProfile(root, 'with-faillock'),
      args: () => ({ profile: 'sssd', enable: ['with-faillock'], disable: ['with-fingerprint'] }),
    },
  ],
  hostile: [],
  refuses: [
    { argument: 'profile', takes: 'text', args: (_folder, value) => ({ profile: `-${value}` }) },
    { argument: 'enable', takes: 'text', args: (_folder, value) => ({ enable: [`-${value}`] }) },
    { argument: 'disable', takes: 'text', args: (_folder, value) => ({ disable: [`/${value}`] }) },
    { argument: 'backup', takes: 'text', args: (_folder, value) => ({ enable: ['x'], backup: `/${value}` }) },
  ],
};
