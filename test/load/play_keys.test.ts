import { describe, expect, test } from 'vitest';
import type { Meta, Play } from '../../engine/load/playbook.ts';
import { FettleErrors } from '../../engine/errors.ts';
import { load, mistakesOf, outline, rendered, taskNamed, values } from './playbook_folder.ts';

const one = 'tasks: [{name: a, debug: {msg: x}}]';

test.each<[written: string, key: keyof Play, value: unknown]>([
  ['serial: 2', 'serial', [{ hosts: 2 }]],
  ['serial: "3"', 'serial', [{ hosts: 3 }]],
  ['serial: "30%"', 'serial', [{ percent: 30 }]],
  ['serial: 12.5%', 'serial', [{ percent: 12.5 }]],
  ['serial: [1, 5, "50%"]', 'serial', [{ hosts: 1 }, { hosts: 5 }, { percent: 50 }]],
  ['gather_facts: false', 'serial', []],
  ['max_fail: 0', 'maxFail', 0],
  ['max_fail_percentage: 12.5', 'maxFailPercentage', 12.5],
  ['any_errors_fatal: true', 'anyErrorsFatal', true],
  ['strategy: linear', 'strategy', 'linear'],
  ['strategy: free', 'strategy', 'free'],
  ['strategy: host_pinned', 'strategy', 'free'],
  ['force_handlers: true', 'forceHandlers', true],
])('%s', async (written, key, value) => {
  const { play } = await load(`- hosts: all\n  ${written}\n  ${one}\n`);
  expect(play[key]).toEqual(value);
});

test('--force-handlers holds for every play', async () => {
  const { plays } = await load(`- hosts: all\n- {hosts: all, force_handlers: false}\n`, {
    forceHandlers: true,
  });
  expect(plays.map(({ forceHandlers }) => forceHandlers)).toEqual([true, true]);
});

test('a flush without a number follows each section that has steps', async () => {
  const { play } = await load(`
- hosts: all
  pre_tasks: [{name: a, debug: {msg: x}}]
  tasks: []
  post_tasks: [{name: b, debug: {msg: x}}]
`);
  expect(outline(play.steps)).toEqual(['a', 'flush handlers', 'b', 'flush handlers']);
  expect(play.steps[1]).toMatchObject({ kind: 'meta', action: 'flush_handlers', id: -1, tags: ['always'] });
});

test('handlers without a name of their own do not clash, and are not notified by their module', async () => {
  const handlers = 'handlers: [{listen: a, debug: {msg: x}}, {listen: a, debug: {msg: y}}]';
  const { play } = await load(`- hosts: all\n  ${handlers}\n  tasks: [{command: x, notify: a}]\n`);
  expect(play.handlers.map(({ listen }) => listen)).toEqual([['a'], ['a']]);
  expect(await mistakesOf(`- hosts: all\n  ${handlers}\n  tasks: [{command: x, notify: debug}]\n`)).toEqual([
    'site.yml:3:32: No handler is named `debug`',
  ]);
});

test('a gate is steps of its own', async () => {
  const { play } = await load(`
- hosts: all
  tags: [t]
  gate:
    - {name: up, command: x, when: a}
`);
  expect(outline(play.gate)).toEqual(['up']);
  expect(taskNamed(play, 'up').tags).toEqual(['t']);
});

describe('meta', () => {
  test.each<[string, Partial<Meta>]>([
    ['meta: flush_handlers', { action: 'flush_handlers', handlers: 'run' }],
    ['meta: end_host\n      handlers: skip', { action: 'end_host', handlers: 'skip' }],
    ['meta: end_play\n      handlers: run', { action: 'end_play', handlers: 'run' }],
    ['ansible.builtin.meta: end_batch', { action: 'end_batch' }],
    ['meta: reset_connection', { action: 'reset_connection' }],
    ['meta: clear_facts\n      tags: [a]', { action: 'clear_facts', tags: ['a'] }],
    ['meta: noop', { action: 'noop' }],
  ])('%s', async (written, parts) => {
    const { play } = await load(`- hosts: all\n  tasks:\n    - ${written}\n      when: x == 1\n`);
    const meta = play.steps[0] as Meta;
    expect(meta).toMatchObject({ kind: 'meta', id: 0, ...parts });
    expect(meta.when.map(({ source }) => source)).toEqual(['x == 1']);
    expect(rendered(meta.name)).toBe(`meta: ${meta.action}`);
  });
});

describe('vars_files', () => {
  const files = {
    'one.yml': 'a: file\nb: {c: [1]}\n',
    'two.json': '{"a": "later"}',
    'vars/three.yml': '# nothing yet\n',
  };

  test('stand above `vars`, the later ones above the earlier', async () => {
    const { play } = await load({
      ...files,
      'site.yml': `- hosts: all\n  vars_files: [one.yml, two.json, three.yml]\n  vars: {a: own, z: own}\n`,
    });
    expect(values(play.vars)).toEqual({ a: 'later', b: { c: [1] }, z: 'own' });
    expect(play.varsFiles).toEqual([]);
  });

  test('a list is a choice: the first that exists', async () => {
    const { play } = await load({
      ...files,
      'site.yml': '- hosts: all\n  vars_files: [[none.yml, one.yml, two.json]]\n',
    });
    expect(values(play.vars)).toEqual({ a: 'file', b: { c: [1] } });
  });

  test('those with a template are read when it is known', async () => {
    const { play } = await load({
      ...files,
      'bad.yml': 'a: 1\na: 2\n',
      'site.yml': '- hosts: all\n  vars_files:\n    - ["{{ name }}.yml", one.yml]\n',
    });
    const [file] = play.varsFiles;
    expect(file?.paths.map((path) => rendered(path, { name: 'x' }))).toEqual(['x.yml', 'one.yml']);
    expect(await file?.load('x.yml')).toBeUndefined();
    expect(values((await file?.load('one.yml')) ?? {})).toEqual({ a: 'file', b: { c: [1] } });
    await expect(file?.load('bad.yml')).rejects.toThrow(FettleErrors);
    expect(play.vars).toEqual({});
  });
});

describe('module_defaults', () => {
  test('stand under a task’s own arguments, the innermost first', async () => {
    const { play } = await load(`
- hosts: all
  module_defaults:
    ansible.builtin.file: {mode: "0600", owner: root, state: directory}
  tasks:
    - block:
        - name: a
          file: {path: /x, owner: "{{ me }}"}
          module_defaults: {file: {limit: 3}}
        - {name: b, copy: {dest: /y}}
      module_defaults:
        file: {mode: "0640"}
        copy: {content: "{{ text }}"}
`);
    const { args } = taskNamed(play, 'a');
    expect(args.validate(rendered(args.values, { me: 'me' }))).toMatchObject({
      path: '/x',
      mode: '0640',
      owner: 'me',
      state: 'directory',
      limit: 3,
    });
    expect([args.position('mode').line, args.position('owner').line, args.position('limit').line]).toEqual([
      12, 8, 9,
    ]);
    expect(rendered(taskNamed(play, 'b').args.values, { text: 't' })).toEqual({ dest: '/y', content: 't' });
  });
});
