import { describe, expect, test } from 'vitest';
import { FettleErrors } from '../../engine/errors.ts';
import type { Include, Task } from '../../engine/load/playbook.ts';
import { load, outline, rendered, taskNamed, values } from './playbook_folder.ts';

const say = (name: string) => `- {name: ${name}, debug: {msg: x}}\n`;

async function includeOf(files: Record<string, string>): Promise<Include> {
  const { play } = await load(files);
  return play.steps.find((step) => step.kind === 'include') as Include;
}

describe('include_tasks', () => {
  const files = {
    'site.yml': `
- hosts: all
  tasks:
    - block:
        - name: more
          include_tasks: {file: a.yml, apply: {tags: [applied], when: c, become: true}}
          when: b
          tags: [own]
          vars: {v: include}
          loop: [1, 2]
          loop_control: {loop_var: nr}
      when: a
      tags: [block]
      vars: {v: block, w: block}
      no_log: true
`,
    'a.yml': '- {name: one, debug: {msg: x}, when: d, tags: [task]}\n',
  };

  test('its own `when` and `tags` choose it; its tasks have those around it, `vars` and `apply`', async () => {
    const include = await includeOf(files);
    expect([rendered(include.name), rendered(include.target), rendered(include.loop)]).toEqual([
      'more',
      'a.yml',
      [1, 2],
    ]);
    expect([include.keyword, include.loopControl.loopVar, include.tags]).toEqual([
      'include_tasks',
      'nr',
      ['block', 'own'],
    ]);
    expect(include.when.map(({ source }) => source)).toEqual(['a', 'b']);
    const [task] = include.known?.steps as [Task];
    expect(task.when.map(({ source }) => source)).toEqual(['a', 'c', 'd']);
    expect([task.tags, values(task.vars)]).toEqual([
      ['block', 'applied', 'task'],
      { v: 'include', w: 'block' },
    ]);
    expect(task).toMatchObject({ become: true, noLog: true });
  });

  test('a constant target is read while loading, and the same steps are given when it is reached', async () => {
    const include = await includeOf(files);
    expect(await include.load('a.yml')).toBe(include.known);
    expect(await include.load('a.yml')).toBe(await include.load('a.yml'));
  });

  test('a target with a template is read when it is reached, with its mistakes', async () => {
    const include = await includeOf({
      'site.yml': '- hosts: all\n  tasks: [{include_tasks: "{{ name }}.yml"}]\n',
      'good.yml': say('good'),
      'bad.yml': '- fiel: {}\n- {debug: {mgs: x}}\n',
    });
    expect(include.known).toBeUndefined();
    expect(outline((await include.load('good.yml')).steps)).toEqual(['good']);
    await expect(include.load('none.yml')).rejects.toThrow('There is no file none.yml');
    const error = await include.load('bad.yml').catch((one: unknown) => one);
    expect((error as FettleErrors).errors.map(({ message }) => message)).toEqual([
      'There is no module `fiel`',
      '`mgs` is not an argument of `debug`',
    ]);
  });

  test('what it brings is numbered apart, so that the playbook’s own numbers have no gap', async () => {
    const { play } = await load({
      'site.yml': '- hosts: all\n  tasks: [{include_tasks: a.yml}, {name: next, debug: {msg: x}}]\n',
      'a.yml': say('one') + say('two'),
    });
    expect(taskNamed(play, 'next').id).toBe(1);
    const ids = (play.steps[0] as Include).known?.steps.map((step) => (step as Task).id) ?? [];
    expect([new Set(ids).size, ids.every((id) => id > 1000)]).toEqual([2, true]);
  });

  test('one that leads back to itself is read when it is reached, and ends at a depth', async () => {
    let include = await includeOf({
      'site.yml': '- hosts: all\n  tasks: [{include_tasks: a.yml}]\n',
      'a.yml': `- include_tasks: a.yml\n  when: again\n`,
    });
    let depth = 0;
    const deeper = async () => {
      for (; depth < 100; depth += 1) include = (await include.load('a.yml')).steps[0] as Include;
    };
    await expect(deeper()).rejects.toThrow('Includes are 50 deep here');
    expect(depth).toBe(49);
  });
});

describe('include_role', () => {
  const role = {
    'roles/web/tasks/main.yml': say('main'),
    'roles/web/tasks/other.yml': say('other'),
    'roles/web/handlers/main.yml': say('restart'),
    'roles/web/defaults/main.yml': 'port: 80\n',
    'roles/web/vars/main.yml': 'user: www\n',
    'roles/web/vars/small.yml': 'user: small\n',
  };

  test('brings tasks, handlers and variables of the role', async () => {
    const include = await includeOf({
      ...role,
      'site.yml': '- hosts: all\n  tasks:\n    - include_role: {name: web}\n      vars: {port: 8080}\n',
    });
    const { steps, handlers } = include.known ?? { steps: [], handlers: [] };
    const [main] = steps as [Task];
    expect([outline(steps), outline(handlers)]).toEqual([['main'], ['restart']]);
    expect([values(main.vars), values(main.defaults), main.role?.name]).toEqual([
      { user: 'www', port: 8080 },
      { port: 80 },
      'web',
    ]);
  });

  test('stays by itself: the play has none of it', async () => {
    const { play } = await load({
      ...role,
      'site.yml': '- hosts: all\n  tasks: [{include_role: {name: web}}]\n',
    });
    expect([play.vars, play.defaults, play.handlers]).toEqual([{}, {}, []]);
  });

  test('tasks_from and vars_from name other files of it', async () => {
    const include = await includeOf({
      ...role,
      'site.yml':
        '- hosts: all\n  tasks: [{include_role: {name: web, tasks_from: other, vars_from: small.yml}}]\n',
    });
    expect(outline(include.known?.steps ?? [])).toEqual(['other']);
    expect(values((include.known?.steps[0] as Task).vars)).toEqual({ user: 'small' });
  });

  test('tasks_from by a template: read when it is reached, once a name', async () => {
    const include = await includeOf({
      ...role,
      'site.yml': '- hosts: all\n  tasks: [{include_role: {name: web, tasks_from: "{{ which }}"}}]\n',
      'roles/web/tasks/other.yml': say('other'),
    });
    expect(include.known).toBeUndefined();
    expect(outline((await include.load('web', { tasks: 'other' })).steps)).toEqual(['other']);
    expect(await include.load('web', { tasks: 'main' })).not.toBe(
      await include.load('web', { tasks: 'other' }),
    );
    expect(await include.load('web', { tasks: 'main' })).toBe(await include.load('web', { tasks: 'main' }));
  });

  test('a role that includes itself is read when it is reached', async () => {
    const include = await includeOf({
      'site.yml': '- hosts: all\n  tasks: [{include_role: {name: web}}]\n',
      'roles/web/tasks/main.yml': '- include_role: {name: web}\n  when: again\n',
    });
    expect((include.known?.steps[0] as Include).known).toBeUndefined();
  });
});

describe('include_vars', () => {
  test.each<[written: string, variables: Record<string, unknown>]>([
    ['include_vars: a.yml', { a: 1 }],
    ['include_vars: {file: b.json}', { b: [2] }],
    ['include_vars: {file: a.yml, name: all}', { all: { a: 1 } }],
    ['include_vars: {dir: more}', { a: 'later', x: 'x' }],
  ])('%s', async (written, variables) => {
    const include = await includeOf({
      'site.yml': `- hosts: all\n  tasks:\n    - ${written}\n      when: x\n`,
      'a.yml': 'a: 1\n',
      'vars/b.json': '{"b": [2]}',
      'vars/more/1.yml': 'a: first\nx: x\n',
      'vars/more/2.yml': 'a: later\n',
      'vars/more/README.md': '- no variables\n',
    });
    expect(values(include.known?.variables ?? {})).toEqual(variables);
    expect(include.known?.steps).toEqual([]);
  });

  test('in a role it finds the role’s own first', async () => {
    const { play } = await load({
      'site.yml': '- hosts: all\n  roles: [r]\n',
      'vars/v.yml': 'a: play\n',
      'roles/r/tasks/main.yml': '- include_vars: v.yml\n',
      'roles/r/vars/v.yml': 'a: role\n',
    });
    expect(values((play.steps[0] as Include).known?.variables ?? {})).toEqual({ a: 'role' });
  });
});
