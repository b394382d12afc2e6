import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { accountRoot } from '../account_root.ts';
import { trimBlanks } from '../../../engine/modules/authorized_key/key_line.ts';
import type { ModuleCases } from '../law_case.ts';

const one = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';
const two = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3ki8Nw1V4fEkzGbkVtVqX5iZoFJ9o2PxUEUMyqbVzW';
const file = 'home/alice/.ssh/authorized_keys';

// Who runs the tests may give a file to itself.
const user = userInfo().username;

export const authorizedKey: ModuleCases = {
  cases: [
    {
      title: 'the first key of a user',
      changes: true,
      inside: accountRoot,
      args: () => ({ user: 'alice', key: `${one} alice`, key_options: 'from="10.0.0.0/8,fd00::/8",no-pty' }),
      after: (root) => {
        expect(readFileSync(join(root, file), 'utf8')).toBe(
          `from="10.0.0.0/8,fd00::/8",no-pty ${one} alice\n`,
        );
        expect(statSync(join(root, file)).mode & 0o7777).toBe(0o600);
      },
    },
    {
      title: 'the only key, in a directory that is open',
      changes: true,
      inside: { ...accountRoot, [file]: `# note\n${two} b\n` },
      args: () => ({ user: 'alice', key: `${one} alice`, exclusive: true }),
      after: (root) => expect(readFileSync(join(root, file), 'utf8')).toBe(`# note\n${one} alice\n`),
    },
    {
      title: 'a key that goes',
      changes: true,
      prepare: (root) => writeFileSync(join(root, 'keys'), `${one} a\n${two} b\n`, { mode: 0o640 }),
      args: (root) => ({ user, key: one, path: `${root}/keys`, state: 'absent' }),
    },
    {
      title: 'a key that is there',
      changes: false,
      inside: { ...accountRoot, 'etc/keys': `no-pty ${one} a\n` },
      prepare: (root) => chmodSync(join(root, 'etc/keys'), 0o600),
      args: () => ({ user: 'root', key: `${one} other`, path: '/etc/keys' }),
    },
    {
      title: 'a key that is not there goes',
      changes: false,
      inside: accountRoot,
      args: () => ({ user: 'bob', key: one, state: 'absent' }),
    },
  ],
  hostile: [
    {
      argument: 'comment',
      takes: 'line',
      nul: 'refused',
      args: (folder, value) => ({ user, key: one, comment: value, path: `${folder}/keys` }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'keys'), 'utf8')).toBe(
          `${trimBlanks(`${one} ${trimBlanks(value)}`)}\n`,
        ),
    },
    {
      argument: 'key_options',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      args: (folder, value) => ({ user, key: one, key_options: value, path: `${folder}/keys` }),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder, value) => writeFileSync(join(folder, 'keys'), value),
      args: (folder) => ({ user, key: one, path: `${folder}/keys` }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'keys'), 'utf8')).toBe(`${value.replace(/\n$/, '')}\n${one}\n`),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ user, key: one, path: `${folder}/${value}/${value}`, manage_dir: true }),
      after: (folder, value) => expect(readFileSync(join(folder, value, value), 'utf8')).toBe(`${one}\n`),
    },
  ],
  refuses: [
    {
      argument: 'user',
      takes: 'text',
      args: (folder, value) => ({ user: value, key: one, path: `${folder}/k` }),
    },
    { argument: 'key', takes: 'text', args: (folder, value) => ({ user, key: value, path: `${folder}/k` }) },
  ],
};
