import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Type } from 'typebox';
import { afterAll, describe, expect, test } from 'vitest';
import type { AnyModule, Module } from '../../engine/contract/module.ts';
import { known } from '../../engine/contract/probe.ts';
import { templateFile } from '../../engine/contract/schema.ts';
import { formatError } from '../../engine/error_text.ts';
import { FettleError, FettleErrors } from '../../engine/errors.ts';
import { checkNames } from '../../engine/load/check_names.ts';
import { loadPlaybook } from '../../engine/load/load_playbook.ts';
import type { Task } from '../../engine/load/playbook.ts';
import { templateReader } from '../../engine/load/template_file.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { scopeOf } from '../template/scope.ts';

const folder = mkdtempSync(join(tmpdir(), 'fettle-templates-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = { file: 'site.yml', line: 3, column: 12 };

function put(name: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function read(text: string | Buffer) {
  put('templates/x', text);
  return templateReader([folder])('x', at);
}

function mistake(act: () => unknown): FettleError {
  try {
    act();
  } catch (error) {
    if (error instanceof FettleError) return error;
    throw error;
  }
  throw new Error('no mistake was found');
}

describe('rendered', () => {
  const scope = scopeOf({ name: 'web', port: 80, list: ['a', 'b'], on: true, key: new Secret('s3cret') });

  test.each<[string, string]>([
    ['plain\n', 'plain\n'],
    ['', ''],
    ['no end {{ name }}', 'no end web'],
    ['{{ name }}\n', 'web\n'],
    ['{{ port }}', '80'],
    ['{{#each list as |one|}}\n- {{ one }}\n{{/each}}\nend\n', '- a\n- b\nend\n'],
    ['{{#if on}}\nyes\n{{/if}}\n', 'yes\n'],
    ['{{!-- said to nobody --}}\nx\r\n\r\n', 'x\r\n\r\n'],
    ['n=${#list} f() {#\n}\n', 'n=${#list} f() {#\n}\n'],
    ['%{http_code} { # } ü\n', '%{http_code} { # } ü\n'],
  ])('%j gives %j', (text, expected) => {
    expect(read(text).text.render(scope)).toBe(expected);
  });

  test('a secret in it makes all of it secret', () => {
    const made = read('key={{ key }}\n').text.render(scope);
    expect(made instanceof Secret && made.reveal()).toBe('key=s3cret\n');
  });

  test('what is no text is refused, at its place', () => {
    const error = mistake(() => read('{{ list }}').text.render(scope));
    expect([error.message, error.position?.line]).toEqual(['what this template gives is a list', 1]);
  });
});

describe('found', () => {
  test.each([
    ['role', ['role/templates/a', 'role/a', 'play/templates/a', 'play/a'], 'role/templates/a'],
    ['role itself', ['role/a', 'play/templates/a'], 'role/a'],
    ['playbook', ['play/templates/a', 'play/a'], 'play/templates/a'],
    ['playbook itself', ['play/a'], 'play/a'],
  ])('%s', (title, files, expected) => {
    const root = title.replace(' ', '_');
    for (const file of files) put(`${root}/${file}`, file);
    chmodSync(join(folder, root, expected), 0o750);
    const reader = templateReader([join(folder, root, 'role'), join(folder, root, 'play')]);
    const { path, text, mode } = reader('a', at);
    expect([path, text.render(scopeOf({})), mode]).toEqual([join(folder, root, expected), expected, '0750']);
  });

  test('by its absolute path', () => {
    put('elsewhere/a', 'A');
    expect(templateReader([])(join(folder, 'elsewhere/a'), at).text.constant).toBe(true);
  });

  test('nowhere', () => {
    const error = mistake(() => templateReader(['/r', '/p'])('a', at));
    expect(error.position).toBe(at);
    expect(`${error.message}: ${error.detail}`).toBe(
      'there is no file a: looked for /r/templates/a, /r/a, /p/templates/a, /p/a',
    );
  });
});

test.each<[string, string | Buffer, string, string]>([
  ['a Jinja loop', 'a\n{% for x in y %}\n', '2:1', '`{% for … %}` is Jinja'],
  ['a Jinja filter', 'a\n\n  b {{ name | upper }}\n', '3:8', '`|` is Jinja'],
  [
    'a Jinja comment',
    'a\nb {# why #}\n',
    '2:3',
    '`{# … #}` is a comment in Jinja, and would be written as it is',
  ],
  ['a block that is open', '{{#if a}}\nx\n', '1:1', '`{{#if}}` is never closed'],
  ['an unknown helper', 'x\r\ny {{ uper name }}\r\n', '2:6', 'There is no helper `uper`'],
])('%s is found at its place', (_title, text, place, summary) => {
  const { position, message } = mistake(() => read(text));
  expect([`${position?.file.replace(folder, '')}:${position?.line}:${position?.column}`, message]).toEqual([
    `/templates/x:${place}`,
    summary,
  ]);
});

test.each<[string, () => unknown, string]>([
  ['bytes', () => read(Buffer.from([0x61, 0xff])), 'is not UTF-8'],
  ['a folder', () => templateReader([])(folder, at), 'cannot be read'],
])('%s are no template', (_title, act, why) => {
  const { position, message } = mistake(act);
  expect([position, message]).toEqual([at, expect.stringContaining(why)]);
});

describe('in a playbook', () => {
  const template: Module<never, null> = {
    kind: 'resource',
    name: 'template',
    summary: 'Puts a text.',
    args: Type.Object({ src: templateFile('From where.') }, { additionalProperties: false }),
    probe: () => known(null),
    plan: () => [],
  };

  async function load(src: string): Promise<Task> {
    put('site.yml', `- hosts: all\n  tasks:\n    - template:\n        src: ${src}\n`);
    const registry = { template: async () => template as AnyModule };
    const { plays } = await loadPlaybook(join(folder, 'site.yml'), { registry });
    return plays[0]?.steps[0] as Task;
  }

  test('a constant path is read at once, and its names are those of the template', async () => {
    put('templates/motd', 'Hello\nfrom {{ no_such_name }}\n');
    const { args } = await load('motd');
    expect(args.templates['src']?.text.references).toMatchObject([
      { root: 'no_such_name', at: { file: join(folder, 'templates/motd'), line: 2, column: 9 } },
    ]);
  });

  test('a path that is a template is read when it is known', async () => {
    put('templates/motd', 'Hello\n');
    const { args } = await load('"{{ name }}"');
    expect(args.templates).toEqual({});
    expect(args.readTemplate('src', 'motd').text.render(scopeOf({}))).toBe('Hello\n');
    expect(mistake(() => args.readTemplate('src', 'none')).position).toMatchObject({ line: 4, column: 14 });
  });

  test('all mistakes are told, those of the template with their line', async () => {
    put('templates/motd', 'x\n  {{ a | upper }}\n');
    const error: unknown = await load('motd').catch((thrown: unknown) => thrown);
    const said = (error as FettleErrors).errors.map(formatError).join('\n').replaceAll(folder, '');
    expect(said).toBe(
      ['/templates/motd:2:6: `|` is Jinja', '    {{ a | upper }}', '       ^', '  Write `{{upper a}}`.'].join(
        '\n',
      ),
    );
  });

  test('names without a value are found before a host is asked', async () => {
    put('templates/motd', 'from {{ no_such_name }}\n');
    put('site.yml', '- hosts: all\n  tasks:\n    - template: { src: motd }\n');
    const registry = { template: async () => template as AnyModule };
    const { plays } = await loadPlaybook(join(folder, 'site.yml'), { registry });
    const errors = plays.flatMap((play) => checkNames(play, new Set()));
    expect(errors.map(({ message, position }) => [message, position?.file])).toEqual([
      ['`no_such_name` is not defined', join(folder, 'templates/motd')],
    ]);
  });
});
