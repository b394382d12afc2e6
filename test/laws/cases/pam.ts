import { chmodSync, chownSync, lstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';
import { pamRoot, tallyStack } from '../pam_root.ts';

const system = 'etc/pam.d/system-auth';
const textOf = (root: string, name = system) => readFileSync(join(root, name), 'utf8');
const alone = 'auth required pam_unix.so\naccount required pam_unix.so\n';
const clean = tallyStack.replaceAll(/.*pam_tally2.*\n/g, '');

export const pam: ModuleCases = {
  cases: [
    {
      title: 'tally2 goes from auth and account',
      changes: true,
      inside: { ...pamRoot, [system]: tallyStack },
      prepare: (root) => {
        chownSync(join(root, system), 0, 5);
        chmodSync(join(root, system), 0o640);
      },
      args: () => ({
        service: 'system-auth',
        type: ['auth', 'account'],
        module: 'pam_tally2.so',
        state: 'absent',
      }),
      after: (root) => {
        expect(textOf(root)).toBe(clean);
        expect(statSync(join(root, system))).toMatchObject({ gid: 5, mode: 0o100640 });
      },
    },
    {
      title: 'a new line through a link, which stays',
      changes: true,
      inside: { ...pamRoot, 'etc/pam.d/system-auth-ours': clean, [system]: { link: 'system-auth-ours' } },
      args: () => ({
        service: 'system-auth',
        type: 'auth',
        module: 'pam_faillock.so',
        control: 'required',
        args: ['preauth', 'silent', 'deny=5'],
        before: 'passwords',
        backup: true,
      }),
      after: (root) => {
        expect(lstatSync(join(root, system)).isSymbolicLink()).toBe(true);
        expect(textOf(root, 'etc/pam.d/system-auth-ours')).toContain(
          '\nauth        required      pam_faillock.so preauth silent deny=5\nauth        sufficient    pam_unix.so',
        );
      },
    },
    {
      title: 'as it is',
      changes: false,
      inside: { ...pamRoot, [system]: clean },
      args: () => ({
        service: 'system-auth',
        type: 'auth',
        module: 'pam_unix.so',
        control: 'sufficient',
        args_present: ['nullok'],
        args_absent: ['audit'],
        after: 'pam_env.so',
      }),
    },
  ],
  hostile: [
    {
      argument: 'args',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'stack'), alone),
      args: (folder, value) => ({
        path: `${folder}/stack`,
        type: 'auth',
        module: 'pam_unix.so',
        args: [value],
      }),
    },
    {
      argument: 'module',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'stack'), alone),
      args: (folder, value) => ({
        path: `${folder}/stack`,
        type: 'session',
        module: value,
        control: 'optional',
        before: 'all',
      }),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), alone),
      args: (folder, value) => ({
        path: `${folder}/${value}`,
        type: 'auth',
        module: 'pam_unix.so',
        args_present: ['nullok'],
      }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, value), 'utf8')).toBe(alone.replace('so\n', 'so nullok\n')),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, 'stack'), `${alone}session optional ${value}\n`),
      args: (folder) => ({ path: `${folder}/stack`, type: 'auth', module: 'pam_unix.so', args: ['nullok'] }),
    },
  ],
  refuses: [
    {
      argument: 'service',
      takes: 'text',
      args: (_folder, value) => ({ service: value, module: 'pam_unix.so' }),
    },
  ],
};
