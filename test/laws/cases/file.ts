import { chmodSync, linkSync, lstatSync, mkdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

const holds =
  (
    name: string,
    text = `${name}
`,
    mode = 0o644,
  ) =>
  (root: string): void => {
    writeFileSync(join(root, name), text);
    // After it: a write takes the set-id bits away.
    chmodSync(join(root, name), mode);
  };

export const file: ModuleCases = {
  cases: [
    {
      title: 'a directory and those above it',
      changes: true,
      args: (root) => ({ path: `${root}/a/b/c`, state: 'directory', mode: '0750' }),
    },
    {
      title: 'a directory that is there with another mode',
      changes: true,
      prepare: (root) => mkdirSync(join(root, 'a'), { mode: 0o700 }),
      args: (root) => ({ path: `${root}/a`, state: 'directory', mode: 'u=rwx,go=rx' }),
    },
    {
      title: 'a directory that is as wanted',
      changes: false,
      prepare: (root) => mkdirSync(join(root, 'a'), { mode: 0o755 }),
      args: (root) => ({ path: `${root}/a`, state: 'directory', mode: '0755' }),
    },
    {
      title: 'owner and mode of all in a tree',
      changes: true,
      asRoot: true,
      prepare: (root) => {
        mkdirSync(join(root, 'a/b c'), { recursive: true });
        writeFileSync(join(root, "a/b c/it's $x"), 'x');
        symlinkSync('/etc/passwd', join(root, 'a/link'));
      },
      args: (root) => ({ path: `${root}/a`, recurse: true, owner: 'nobody', mode: 'u=rwX,go=' }),
    },
    {
      title: 'mode of a file',
      changes: true,
      prepare: holds('x', 'x', 0o640),
      args: (root) => ({ path: `${root}/x`, mode: '4711' }),
    },
    {
      title: 'owner of a set-id file',
      changes: true,
      asRoot: true,
      prepare: holds('x', 'x', 0o4755),
      args: (root) => ({ path: `${root}/x`, owner: 'nobody', group: '12', mode: '4755' }),
    },
    {
      title: 'owner of a link itself',
      changes: true,
      asRoot: true,
      prepare: (root) => symlinkSync('nowhere', join(root, 'x')),
      args: (root) => ({ path: `${root}/x`, owner: '1', follow: false }),
    },
    {
      title: 'a link',
      changes: true,
      prepare: holds('target'),
      args: (root) => ({ path: `${root}/x`, state: 'link', src: 'target' }),
    },
    {
      title: 'a link in the place of another',
      changes: true,
      prepare: (root) => symlinkSync('a', join(root, 'x')),
      args: (root) => ({ path: `${root}/x`, state: 'link', src: 'b', force: true }),
    },
    {
      title: 'a link in the place of a link to a directory',
      changes: true,
      prepare: (root) => {
        mkdirSync(join(root, 'one'));
        mkdirSync(join(root, 'two'));
        symlinkSync('one', join(root, 'x'));
      },
      args: (root) => ({ path: `${root}/x`, state: 'link', src: `${root}/two` }),
      after: (root) => expect(readlinkSync(join(root, 'x'))).toBe(`${root}/two`),
    },
    {
      title: 'a link in the place of a file',
      changes: true,
      prepare: holds('x', 'old', 0o600),
      args: (root) => ({ path: `${root}/x`, state: 'link', src: 'target', force: true }),
    },
    {
      title: 'a link in the place of an empty directory',
      changes: true,
      prepare: (root) => mkdirSync(join(root, 'x'), { mode: 0o711 }),
      args: (root) => ({ path: `${root}/x`, state: 'link', src: 'target', force: true }),
    },
    {
      title: 'a hard link',
      changes: true,
      prepare: holds('target'),
      args: (root) => ({ path: `${root}/x`, state: 'hard', src: `${root}/target` }),
    },
    {
      title: 'a hard link in the place of a file',
      changes: true,
      prepare: (root) => {
        writeFileSync(join(root, 'x'), 'old', { mode: 0o600 });
        writeFileSync(join(root, 'target'), 'new');
      },
      args: (root) => ({ path: `${root}/x`, state: 'hard', src: `${root}/target`, force: true }),
    },
    {
      title: 'a hard link in the place of a file that looks the same',
      changes: true,
      prepare: (root) => {
        writeFileSync(join(root, 'x'), 'old');
        writeFileSync(join(root, 'target'), 'new');
      },
      args: (root) => ({ path: `${root}/x`, state: 'hard', src: `${root}/target`, force: true }),
    },
    {
      title: 'a hard link in the place of another',
      changes: true,
      impossible: true,
      prepare: (root) => {
        writeFileSync(join(root, 'x'), 'old');
        linkSync(join(root, 'x'), join(root, 'twin'));
        writeFileSync(join(root, 'target'), 'new');
      },
      args: (root) => ({ path: `${root}/x`, state: 'hard', src: `${root}/target`, force: true }),
    },
    {
      title: 'an empty file',
      changes: 'always',
      args: (root) => ({ path: `${root}/x`, state: 'touch', mode: '0600' }),
    },
    {
      title: 'the time of a file',
      changes: 'always',
      prepare: holds('x'),
      args: (root) => ({ path: `${root}/x`, state: 'touch' }),
    },
    {
      title: 'an empty file whose times are let alone',
      changes: true,
      args: (root) => ({
        path: `${root}/x`,
        state: 'touch',
        access_time: 'preserve',
        modification_time: 'preserve',
      }),
    },
    {
      title: 'no file',
      changes: true,
      prepare: holds('x', 'gone\n', 0o4755),
      args: (root) => ({ path: `${root}/x`, state: 'absent' }),
    },
    {
      title: 'no link, its file stays',
      changes: true,
      prepare: (root) => {
        writeFileSync(join(root, 'y'), 'stays');
        symlinkSync('y', join(root, 'x'));
      },
      args: (root) => ({ path: `${root}/x`, state: 'absent' }),
      after: (root) => expect(lstatSync(join(root, 'y')).isFile()).toBe(true),
    },
    {
      title: 'no directory with all in it',
      changes: true,
      prepare: (root) => {
        mkdirSync(join(root, 'x/deep/er'), { recursive: true, mode: 0o700 });
        writeFileSync(join(root, 'x/-rf $(canary)\n'), 'x', { mode: 0o400 });
        symlinkSync('../nowhere', join(root, 'x/deep/link'));
        linkSync(join(root, 'x/-rf $(canary)\n'), join(root, 'x/deep/twin'));
      },
      args: (root) => ({ path: `${root}/x`, state: 'absent' }),
    },
    {
      title: 'nothing where nothing is',
      changes: false,
      args: (root) => ({ path: `${root}/a/x`, state: 'absent' }),
    },
  ],
  hostile: [
    {
      argument: 'path of a directory',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/${value}/${value}`, state: 'directory' }),
      after: (folder, value) => expect(lstatSync(join(folder, value, value)).isDirectory()).toBe(true),
    },
    {
      argument: 'path to touch',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/${value}`, state: 'touch', mode: 'u+x' }),
      after: (folder, value) => expect(lstatSync(join(folder, value)).mode & 0o777).toBe(0o744),
    },
    {
      argument: 'path to remove',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => {
        writeFileSync(join(folder, value), 'x');
        writeFileSync(join(folder, 'kept'), 'x');
      },
      args: (folder, value) => ({ path: `${folder}/${value}`, state: 'absent' }),
      after: (folder) => expect(lstatSync(join(folder, 'kept')).isFile()).toBe(true),
    },
    {
      argument: 'what is in a tree',
      takes: 'name',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x', { mode: 0o644 }),
      args: (folder) => ({ path: folder, recurse: true, mode: 'go-rwx' }),
      after: (folder, value) => expect(lstatSync(join(folder, value)).mode & 0o777).toBe(0o600),
    },
    {
      argument: 'src of a link',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/link`, state: 'link', src: value, force: true }),
      after: (folder, value) => expect(readlinkSync(join(folder, 'link'))).toBe(value),
    },
    {
      argument: 'src of a hard link',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder, value) => ({ path: `${folder}/hard link`, state: 'hard', src: `${folder}/${value}` }),
      after: (folder) => expect(lstatSync(join(folder, 'hard link')).nlink).toBe(2),
    },
  ],
  refuses: [
    {
      argument: 'owner',
      takes: 'line',
      args: (folder, value) => ({ path: folder, owner: value }),
    },
    {
      argument: 'group',
      takes: 'line',
      args: (folder, value) => ({ path: folder, group: value }),
    },
    {
      argument: 'mode',
      takes: 'line',
      args: (folder, value) => ({ path: folder, mode: value }),
    },
  ],
};
