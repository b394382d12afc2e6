import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256 } from '../../../engine/contract/digest.ts';
import { servedBytes, startServer } from '../../modules/http_server.ts';
import type { ModuleCases } from '../law_case.ts';

const { base } = await startServer();
const checksum = `sha256:${sha256(servedBytes)}`;

const holds =
  (name: string, held: string | Buffer, mode = 0o644) =>
  (root: string): void => {
    writeFileSync(join(root, name), held);
    chmodSync(join(root, name), mode);
  };

export const getUrl: ModuleCases = {
  cases: [
    {
      title: 'a file that is not there',
      changes: true,
      args: (root) => ({ url: `${base}/bytes/x`, dest: `${root}/x`, checksum, mode: '0640' }),
      after: (root) => expect(readFileSync(join(root, 'x')).equals(servedBytes)).toBe(true),
    },
    {
      title: 'a file of another content',
      changes: true,
      prepare: holds('x', 'old', 0o4711),
      args: (root) => ({ url: `${base}/bytes/x`, dest: `${root}/x`, checksum, backup: true }),
    },
    {
      title: 'a file that is there',
      changes: false,
      prepare: holds('x', 'whatever'),
      args: (root) => ({ url: `${base}/bytes/x`, dest: `${root}/x` }),
    },
    {
      title: 'a file that holds what it should',
      changes: false,
      prepare: holds('x', servedBytes),
      args: (root) => ({ url: `${base}/status/404`, dest: `${root}/x`, checksum }),
    },
    {
      title: 'the mode alone',
      changes: true,
      prepare: holds('x', 'whatever'),
      args: (root) => ({ url: `${base}/status/404`, dest: `${root}/x`, mode: 'u=rw,go=' }),
    },
    {
      title: 'into a directory, each time',
      changes: 'always',
      prepare: (root) => mkdirSync(join(root, 'folder')),
      args: (root) => ({ url: `${base}/to/bytes/name`, dest: `${root}/folder`, force: true }),
      after: (root) => expect(readFileSync(join(root, 'folder/name')).equals(servedBytes)).toBe(true),
    },
    {
      title: 'the file behind a link, with another owner',
      changes: true,
      asRoot: true,
      prepare: (root) => {
        writeFileSync(join(root, 'y'), 'old');
        symlinkSync('y', join(root, 'x'));
      },
      args: (root) => ({ url: `${base}/bytes/x`, dest: `${root}/x`, checksum, owner: 'nobody', group: '7' }),
    },
  ],
  hostile: [
    {
      argument: 'dest',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ url: `${base}/text/abc`, dest: `${folder}/${value}` }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('abc'),
    },
    {
      argument: 'the last name of the address',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      args: (folder, value) => ({ url: `${base}/bytes/x${value}`, dest: folder }),
    },
    {
      argument: 'a header',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      args: (folder, value) => ({ url: `${base}/echo`, dest: `${folder}/x`, headers: { 'x-own': value } }),
    },
  ],
  refuses: [
    { argument: 'url', takes: 'line', args: (folder, value) => ({ url: value, dest: `${folder}/x` }) },
    {
      argument: 'checksum',
      takes: 'line',
      args: (folder, value) => ({ url: `${base}/bytes/x`, dest: `${folder}/x`, checksum: value }),
    },
    {
      argument: 'the name of a header',
      takes: 'line',
      args: (folder, value) => ({
        url: `${base}/echo`,
        dest: `${folder}/x`,
        headers: { [`(${value}`]: 'x' },
      }),
    },
  ],
};
