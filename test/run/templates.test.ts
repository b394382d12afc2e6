import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AnyModule, Module } from '../../engine/contract/module.ts';
import { known } from '../../engine/contract/probe.ts';
import { type RenderedFile, templateFile } from '../../engine/contract/schema.ts';
import { loadPlaybook } from '../../engine/load/load_playbook.ts';
import type { Task } from '../../engine/load/playbook.ts';
import { loginIdentity } from '../../engine/run/host.ts';
import { LocalFiles } from '../../engine/run/local_files.ts';
import { Preparer } from '../../engine/run/prepare.ts';
import { laterReferences } from '../../engine/run/templates.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { scopeOf } from '../template/scope.ts';

const folder = mkdtempSync(join(tmpdir(), 'fettle-rendered-'));
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => {
  writeFileSync(join(folder, 'one'), 'one for {{ name }}\n');
  writeFileSync(join(folder, 'two'), 'two for {{ host.name }}\n');
});

interface Args {
  readonly src: RenderedFile;
  readonly more?: string;
}

const template: Module<Args, null> = {
  kind: 'resource',
  name: 'template',
  summary: 'Puts a text.',
  args: Type.Object(
    { src: templateFile('From where.'), more: Type.Optional(Type.String()) },
    { additionalProperties: false },
  ),
  probe: () => known(null),
  plan: () => [],
};

async function taskOf(args: Readonly<Record<string, unknown>>): Promise<Task> {
  const file = join(folder, 'site.yml');
  writeFileSync(file, JSON.stringify([{ hosts: 'all', tasks: [{ template: args }] }]));
  const { plays } = await loadPlaybook(file, { registry: { template: async () => template as AnyModule } });
  return plays[0]?.steps[0] as Task;
}

const preparer = new Preparer(new LocalFiles());

async function prepared(task: Task, variables: Readonly<Record<string, unknown>>): Promise<Args> {
  return (await preparer.prepare(task, scopeOf(variables), loginIdentity)).args;
}

describe('a module gets a template with the values of its host', () => {
  test('and never those of another', async () => {
    const task = await taskOf({ src: 'one' });
    expect(await prepared(task, { name: 'a' })).toEqual({
      src: { path: join(folder, 'one'), text: 'one for a\n', mode: '0644' },
    });
    expect((await prepared(task, { name: 'b' })).src.text).toBe('one for b\n');
    expect((await prepared(task, { name: 'a' })).src.text).toBe('one for a\n');
  });

  test('prepared once for hosts for which it is the same', async () => {
    const task = await taskOf({ src: 'one' });
    const first = await prepared(task, { name: 'a' });
    expect(await prepared(task, { name: 'a', other: 1 })).toBe(first);
    expect(await prepared(task, { name: 'b' })).not.toBe(first);
  });

  test('other arguments part hosts as well', async () => {
    const task = await taskOf({ src: 'one', more: '{{ more }}' });
    expect((await prepared(task, { name: 'a', more: 'x' })).more).toBe('x');
    expect((await prepared(task, { name: 'a', more: 'y' })).more).toBe('y');
  });

  test('a secret in it makes its text one, each time anew', async () => {
    const task = await taskOf({ src: 'one' });
    const { text } = (await prepared(task, { name: new Secret('s3cret') })).src;
    expect(text instanceof Secret && text.reveal()).toBe('one for s3cret\n');
    const other = (await prepared(task, { name: new Secret('other') })).src.text;
    expect(other instanceof Secret && other.reveal()).toBe('one for other\n');
  });
});

describe('a path that is a template', () => {
  test('is found for each host', async () => {
    const task = await taskOf({ src: '{{ which }}' });
    expect((await prepared(task, { which: 'one', name: 'a' })).src.text).toBe('one for a\n');
    expect((await prepared(task, { which: 'two', host: { name: 'b' } })).src.text).toBe('two for b\n');
  });

  test('tells which names its template needs', async () => {
    const task = await taskOf({ src: '{{ which }}' });
    const names = laterReferences(task, scopeOf({ which: 'two' }));
    expect(names.map(({ root, path }) => [root, ...path].join('.'))).toEqual(['host.name']);
    expect(laterReferences(await taskOf({ src: 'two' }), scopeOf({}))).toEqual([]);
  });

  test.each<[unknown, string]>([
    ['none', 'there is no file none'],
    [new Secret('one'), '`src` is secret, and so cannot be the path of a file'],
    [['one'], '`src` must be a text'],
    ['', '`src`'],
  ])('%j is refused', async (which, why) => {
    const task = await taskOf({ src: '{{ which }}' });
    const error: unknown = await prepared(task, { which }).catch((thrown: unknown) => thrown);
    expect(String((error as Error).message)).toContain(why);
    expect(error).toMatchObject({ position: { file: join(folder, 'site.yml') } });
  });
});
