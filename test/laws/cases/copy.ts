import { chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

const bytes = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 7) % 256));

const holds =
  (name: string, held: string | Buffer, mode = 0o644) =>
  (root: string): void => {
    writeFileSync(join(root, name), held);
    // After it: a write takes the set-id bits away.
    chmodSync(join(root, name), mode);
  };

export const copy: ModuleCases = {
  cases: [
    {
      title: 'a new file',
      changes: true,
      args: (root) => ({ dest: `${root}/x`, content: 'one\ntwo', mode: '0600' }),
      after: (root) => expect(lstatSync(join(root, 'x')).mode & 0o7777).toBe(0o600),
    },
    {
      title: 'another content for a file, its mode stays',
      changes: true,
      prepare: holds('x', bytes, 0o4751),
      args: (root) => ({ dest: `${root}/x`, content: 'new\n' }),
      after: (root) => expect(lstatSync(join(root, 'x')).mode & 0o7777).toBe(0o4751),
    },
    {
      title: 'a file that holds what it should',
      changes: false,
      prepare: holds('x', 'same'),
      args: (root) => ({ dest: `${root}/x`, content: 'same', mode: '0644' }),
    },
    {
      title: 'the mode alone',
      changes: true,
      prepare: holds('x', 'same'),
      args: (root) => ({ dest: `${root}/x`, content: 'same', mode: 'go-r' }),
    },
    {
      title: 'no content',
      changes: true,
      prepare: holds('x', 'something'),
      args: (root) => ({ dest: `${root}/x`, content: '' }),
    },
    {
      title: 'owner and group',
      changes: true,
      asRoot: true,
      prepare: holds('x', 'old'),
      args: (root) => ({ dest: `${root}/x`, content: 'new', owner: 'nobody', group: '7', mode: '2755' }),
    },
    {
      title: 'a file of somebody else keeps its owner',
      changes: true,
      asRoot: true,
      prepare: holds('x', 'old', 0o640),
      args: (root) => ({ dest: `${root}/x`, content: 'new' }),
    },
    {
      title: 'the file behind a link',
      changes: true,
      prepare: (root) => {
        mkdirSync(join(root, 'real'));
        writeFileSync(join(root, 'real/file'), 'old', { mode: 0o600 });
        symlinkSync('real/file', join(root, 'x'));
      },
      args: (root) => ({ dest: `${root}/x`, content: 'new' }),
      after: (root) => expect(lstatSync(join(root, 'x')).isSymbolicLink()).toBe(true),
    },
    {
      title: 'a file in the place of a link',
      changes: true,
      prepare: (root) => {
        writeFileSync(join(root, 'y'), 'old');
        symlinkSync('y', join(root, 'x'));
      },
      args: (root) => ({ dest: `${root}/x`, content: 'new', follow: false }),
      after: (root) => expect(readFileSync(join(root, 'y'), 'utf8')).toBe('old'),
    },
    {
      title: 'all names of a file with hard links',
      changes: true,
      prepare: (root) => {
        writeFileSync(join(root, 'x'), 'old', { mode: 0o640 });
        linkSync(join(root, 'x'), join(root, 'y'));
      },
      args: (root) => ({ dest: `${root}/x`, content: 'new', links: 'keep', mode: '0600' }),
      after: (root) => expect(readFileSync(join(root, 'y'), 'utf8')).toBe('new'),
    },
    {
      title: 'a file of the controller, any bytes',
      changes: true,
      prepare: holds('src', bytes, 0o755),
      args: (root) => ({ dest: `${root}/x`, src: `${root}/src`, mode: 'preserve' }),
      after: (root) => expect(readFileSync(join(root, 'x')).equals(bytes)).toBe(true),
    },
    {
      title: 'a file into a directory that must be made',
      changes: true,
      prepare: holds('src', bytes),
      args: (root) => ({ dest: `${root}/a/b/`, src: `${root}/src`, directory_mode: '0700' }),
      after: (root) => expect(readFileSync(join(root, 'a/b/src')).equals(bytes)).toBe(true),
    },
    {
      title: 'a large file',
      changes: true,
      prepare: holds('src', Buffer.alloc(3_000_001, bytes)),
      args: (root) => ({ dest: `${root}/x`, src: `${root}/src` }),
    },
    {
      title: 'a folder with all in it',
      changes: true,
      prepare: (root) => {
        mkdirSync(join(root, 'src/deep/er'), { recursive: true });
        writeFileSync(join(root, 'src/deep/$(canary)'), bytes);
        writeFileSync(join(root, 'src/-n'), '');
        symlinkSync('deep/nowhere', join(root, 'src/link'));
      },
      args: (root) => ({ dest: `${root}/to`, src: `${root}/src/` }),
    },
    {
      title: 'a file of the host',
      changes: true,
      prepare: holds('there', bytes),
      args: (root) => ({ dest: `${root}/x`, src: `${root}/there`, remote_src: true }),
    },
    {
      title: 'with a backup',
      changes: true,
      prepare: holds('x', 'old'),
      args: (root) => ({ dest: `${root}/x`, content: 'new', backup: true }),
    },
    {
      title: 'with a command that must accept it',
      changes: true,
      prepare: holds('x', 'old'),
      args: (root) => ({ dest: `${root}/x`, content: 'new', validate: 'grep -q new %s' }),
    },
    {
      title: 'a file that is there and may be otherwise',
      changes: false,
      prepare: holds('x', 'old'),
      args: (root) => ({ dest: `${root}/x`, content: 'new', force: false }),
    },
  ],
  hostile: [
    {
      argument: 'content',
      takes: 'text',
      nul: 'kept',
      large: true,
      args: (folder, value) => ({ dest: `${folder}/x`, content: value }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(value),
    },
    {
      argument: 'content over other content',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `${value}\n${value}`),
      args: (folder, value) => ({ dest: `${folder}/x`, content: value, backup: true }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(value),
    },
    {
      argument: 'dest',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ dest: `${folder}/${value}`, content: 'x', validate: 'test -s %s' }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('x'),
    },
    {
      argument: 'src',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), value),
      args: (folder, value) => ({ dest: `${folder}/new/`, src: `${folder}/${value}` }),
      after: (folder, value) => expect(readFileSync(join(folder, 'new', value), 'utf8')).toBe(value),
    },
    {
      argument: 'src on the host',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), value),
      args: (folder, value) => ({ dest: `${folder}/the copy`, src: `${folder}/${value}`, remote_src: true }),
      after: (folder, value) => expect(readFileSync(join(folder, 'the copy'), 'utf8')).toBe(value),
    },
  ],
  refuses: [
    {
      argument: 'checksum',
      takes: 'line',
      args: (folder, value) => ({ dest: `${folder}/x`, content: 'x', checksum: value }),
    },
    {
      argument: 'owner',
      takes: 'line',
      args: (folder, value) => ({ dest: `${folder}/x`, content: 'x', owner: value }),
    },
  ],
};
