import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LocalCommand, LocalFile } from '../../engine/contract/schema.ts';
import { localCommand, localOutput, localPath } from '../../engine/contract/schema.ts';
import type { Task } from '../../engine/load/playbook.ts';
import { localArguments, LocalFiles } from '../../engine/run/local_files.ts';
import { Secret } from '../../engine/shell/secret.ts';

const top = mkdtempSync(join(tmpdir(), 'fettle-local-'));
const role = join(top, 'roles/web');
afterAll(() => rmSync(top, { recursive: true }));

beforeAll(() => {
  mkdirSync(join(role, 'files/folder'), { recursive: true });
  mkdirSync(join(top, 'files'));
  for (const name of ['roles/web/files/a', 'roles/web/b', 'files/a', 'files/b', 'files/c', 'd', 'files/x y'])
    writeFileSync(join(top, name), name);
});

const schema = Type.Object({
  src: Type.Optional(localPath('A file.')),
  cmd: Type.Optional(localCommand('A script.')),
  dest: Type.Optional(localOutput('Where to.')),
});

function taskIn(folders: readonly string[]): Task {
  const at = { file: join(top, 'site.yml'), line: 1, column: 1 };
  const parts = { folders, at, module: { args: schema }, args: { position: () => at } };
  return parts as unknown as Task;
}

const inRole = taskIn([role, top]);

function resolved(values: Record<string, unknown>, task = inRole): Promise<Record<string, unknown>> {
  return new LocalFiles().resolve(task, values);
}

describe('a file', () => {
  test.each([
    ['a', 'roles/web/files/a'],
    ['b', 'roles/web/b'],
    ['c', 'files/c'],
    ['d', 'd'],
  ])('%s is %s', async (given, expected) => {
    const { src } = await resolved({ src: given });
    expect((src as LocalFile).path).toBe(join(top, expected));
  });

  test('of a task without folders lies beside its file', async () => {
    const { src } = await resolved({ src: 'a' }, taskIn([]));
    expect((src as LocalFile).bytes?.toString()).toBe('files/a');
  });

  test('that is nowhere is told with all places', async () => {
    await expect(resolved({ src: 'none' })).rejects.toMatchObject({
      message: 'there is no file none',
      detail: `looked for ${['roles/web/files/none', 'roles/web/none', 'files/none', 'none']
        .map((name) => join(top, name))
        .join(', ')}`,
    });
  });

  test('of the host is left alone', async () => {
    expect(await resolved({ src: '/etc/passwd', remote_src: true })).toMatchObject({ src: '/etc/passwd' });
  });
});

describe('a command', () => {
  test.each<[string, string, readonly string[]]>([
    ['a', 'roles/web/files/a', []],
    ["c --name 'two words' $(id) *", 'files/c', ['--name', 'two words', '$(id)', '*']],
    ['"x y" ""', 'files/x y', ['']],
  ])('%s', async (given, file, words) => {
    const { cmd } = await resolved({ cmd: given });
    const made = cmd as LocalCommand;
    expect([made.file.path, made.words]).toEqual([join(top, file), words]);
  });

  test.each<[unknown, string]>([
    ['none x', 'there is no file none'],
    ["a 'b", 'cannot be split into words'],
    ['  ', 'names no file'],
    ['""', 'names no file'],
    ['folder x', 'is a folder, not a file to be run'],
    [new Secret('a s3cret'), '`cmd` is secret, and would be seen'],
  ])('%j is refused', async (given, why) => {
    await expect(resolved({ cmd: given })).rejects.toThrow(why);
  });
});

test.each([
  ['out', join(top, 'out')],
  ['out/', `${join(top, 'out')}/`],
  ['../out/./x', join(top, '../out/x')],
  ['/tmp/out/', '/tmp/out/'],
  ['/', '/'],
])('an output %s is %s', async (given, expected) => {
  expect(await resolved({ dest: given })).toEqual({ dest: expected });
});

test('what is to be read is known before a host is', () => {
  expect(localArguments(inRole)).toEqual(['src', 'cmd']);
});
