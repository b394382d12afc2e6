import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

/** Packs a small tree, and makes an empty folder to unpack it into. */
const pack =
  (...command: readonly [string, ...string[]]) =>
  (root: string): void => {
    mkdirSync(join(root, 'in/app/bin'), { recursive: true });
    writeFileSync(join(root, 'in/app/bin/run'), '#!/bin/sh\n', { mode: 0o755 });
    writeFileSync(join(root, 'in/app/conf'), 'a=1\n', { mode: 0o640 });
    symlinkSync('bin/run', join(root, 'in/app/start'));
    const [program, ...words] = command;
    expect(spawnSync(program, words, { cwd: join(root, 'in') }).status).toBe(0);
    mkdirSync(join(root, 'to'));
  };
const packed = pack('tar', '-czf', '../a.tgz', 'app');

const half = (root: string): void => {
  packed(root);
  mkdirSync(join(root, 'to/app'));
  writeFileSync(join(root, 'to/app/conf'), 'a=2\n');
  symlinkSync('nowhere', join(root, 'to/app/start'));
  writeFileSync(join(root, 'to/app/own'), 'stays');
};

export const unarchive: ModuleCases = {
  cases: [
    {
      title: 'a new tree',
      changes: true,
      prepare: packed,
      args: (root) => ({ src: `${root}/a.tgz`, dest: `${root}/to` }),
      after: (root) => expect(readFileSync(join(root, 'to/app/start'), 'utf8')).toBe('#!/bin/sh\n'),
    },
    {
      title: 'a tree that is there in part',
      changes: true,
      prepare: half,
      args: (root) => ({ src: `${root}/a.tgz`, dest: `${root}/to/` }),
      after: (root) => expect(readFileSync(join(root, 'to/app/own'), 'utf8')).toBe('stays'),
    },
    {
      title: 'a zip archive',
      changes: true,
      prepare: pack('zip', '-qry', '../a.zip', 'app'),
      args: (root) => ({ src: `${root}/a.zip`, dest: `${root}/to` }),
    },
    {
      title: 'owner and mode, stripped',
      changes: true,
      asRoot: true,
      prepare: pack('tar', '-cf', '../a.tar', './app'),
      args: (root) => ({
        src: `${root}/a.tar`,
        dest: `${root}/to`,
        owner: 'nobody',
        group: '7',
        mode: 'u=rwX,go=',
        extra_opts: ['--strip-components=1'],
        exclude: ['bin'],
      }),
      after: (root) => expect(existsSync(join(root, 'to/bin'))).toBe(false),
    },
    {
      title: 'an archive of the host, in part there',
      changes: true,
      prepare: half,
      args: (root) => ({ src: `${root}/a.tgz`, dest: `${root}/to`, remote_src: true }),
    },
    {
      title: 'an archive of the host that is there',
      changes: false,
      prepare: (root) => {
        packed(root);
        spawnSync('cp', ['-a', join(root, 'in/app'), join(root, 'to')]);
      },
      args: (root) => ({ src: `${root}/a.tgz`, dest: `${root}/to`, remote_src: true }),
    },
    {
      title: 'only the mode of what is there',
      changes: true,
      prepare: (root) => {
        pack('tar', '-cf', '../a.tar', 'app')(root);
        spawnSync('cp', ['-a', join(root, 'in/app'), join(root, 'to')]);
        chmodSync(join(root, 'to/app/conf'), 0o700);
      },
      args: (root) => ({ src: `${root}/a.tar`, dest: `${root}/to` }),
    },
    {
      title: 'a tree that is there',
      changes: false,
      prepare: (root) => {
        packed(root);
        spawnSync('cp', ['-a', join(root, 'in/app'), join(root, 'to')]);
      },
      args: (root) => ({ src: `${root}/a.tgz`, dest: `${root}/to`, list_files: true }),
    },
    {
      title: 'what it would make is there',
      changes: false,
      prepare: packed,
      args: (root) => ({ src: `${root}/a.tgz`, dest: `${root}/to`, creates: `${root}/in` }),
    },
  ],
  hostile: [
    {
      argument: 'dest',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => {
        packed(folder);
        mkdirSync(join(folder, value));
      },
      args: (folder, value) => ({ src: `${folder}/a.tgz`, dest: `${folder}/${value}` }),
      after: (folder, value) => expect(existsSync(join(folder, value, 'app/bin/run'))).toBe(true),
    },
    {
      argument: 'a name in the archive',
      takes: 'name',
      prepare: (folder, value) => {
        mkdirSync(join(folder, 'in'));
        mkdirSync(join(folder, 'to'));
        writeFileSync(join(folder, 'in', value), value);
        spawnSync('tar', ['-cf', '../a.tar', '.'], { cwd: join(folder, 'in') });
      },
      args: (folder) => ({ src: `${folder}/a.tar`, dest: `${folder}/to` }),
      after: (folder, value) => expect(readFileSync(join(folder, 'to', value), 'utf8')).toBe(value),
    },
    {
      argument: 'src on the host',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => {
        mkdirSync(join(folder, 'in'));
        mkdirSync(join(folder, 'to'));
        writeFileSync(join(folder, 'in/x'), 'x');
        spawnSync('tar', ['-cf', join(folder, value), 'x'], { cwd: join(folder, 'in') });
      },
      args: (folder, value) => ({ src: `${folder}/${value}`, dest: `${folder}/to`, remote_src: true }),
      after: (folder) => expect(readFileSync(join(folder, 'to/x'), 'utf8')).toBe('x'),
    },
    {
      argument: 'a name in an archive of the host',
      takes: 'name',
      fails: 'perhaps',
      prepare: (folder, value) => {
        mkdirSync(join(folder, 'in'));
        mkdirSync(join(folder, 'to'));
        writeFileSync(join(folder, 'in', value), value);
        spawnSync('tar', ['-cf', '../a.tar', '.'], { cwd: join(folder, 'in') });
      },
      args: (folder) => ({ src: `${folder}/a.tar`, dest: `${folder}/to`, remote_src: true }),
      after: (folder, value) => {
        const place = join(folder, 'to', value);
        if (existsSync(place)) expect(readFileSync(place, 'utf8')).toBe(value);
      },
    },
    {
      argument: 'exclude and include',
      takes: 'line',
      fails: 'perhaps',
      prepare: packed,
      args: (folder, value) => ({
        src: `${folder}/a.tgz`,
        dest: `${folder}/to`,
        exclude: [value],
        include: [value, 'app'],
      }),
    },
  ],
  refuses: [
    {
      argument: 'extra_opts',
      takes: 'line',
      args: (folder, value) => ({ src: `${folder}/a.tgz`, dest: folder, extra_opts: [value] }),
    },
  ],
};
