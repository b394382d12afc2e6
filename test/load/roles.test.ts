import { describe, expect, test } from 'vitest';
import type { Task } from '../../engine/load/playbook.ts';
import { load, mistakesOf, outline, rendered, taskNamed, values, type Files } from './playbook_folder.ts';

const say = (name: string) => `- {name: ${name}, debug: {msg: x}}\n`;

const site = (roles: string, more = '') => ({ 'site.yml': `- hosts: all\n  roles: ${roles}\n${more}` });

describe('a role', () => {
  const web = {
    'roles/web/tasks/main.yml': `${say('web')}- import_tasks: more.yml\n`,
    'roles/web/tasks/more.yml': say('more'),
    'roles/web/handlers/main.yaml': '- {name: restart, debug: {msg: x}, listen: [topic]}\n',
    'roles/web/defaults/main.yml': 'port: 80\nname_of: web\n',
    'roles/web/vars/main.yml': 'user: www\n',
  };

  test('stands between pre_tasks and tasks; its tasks know its folder, defaults and variables', async () => {
    const { play, folder } = await load({
      ...web,
      ...site(
        '[web]',
        '  pre_tasks: [{name: pre, debug: {msg: x}}]\n  tasks: [{name: own, debug: {msg: x}}]\n',
      ),
    });
    expect(outline(play.steps)).toEqual(['pre', 'flush handlers', 'web', 'more', 'own', 'flush handlers']);
    const more = taskNamed(play, 'more');
    expect([values(more.defaults), values(more.vars)]).toEqual([
      { port: 80, name_of: 'web' },
      { user: 'www' },
    ]);
    expect(more.role).toEqual({ name: 'web', path: `${folder}/roles/web` });
    expect(more.folders).toEqual([`${folder}/roles/web`, folder]);
    const own = taskNamed(play, 'own');
    expect([own.role, own.defaults, own.vars, own.folders]).toEqual([undefined, {}, {}, [folder]]);
  });

  test('shows its defaults and variables to the whole play, each at its own height', async () => {
    const { play } = await load({
      ...web,
      'roles/db/defaults/main.yml': 'port: 5432\n',
      'roles/db/vars/main.yml': 'user: postgres\n',
      'extra.yml': 'user: file\n',
      ...site('[web, db]', '  vars: {user: play, port: play}\n  vars_files: [extra.yml]\n'),
    });
    expect([values(play.defaults), values(play.vars)]).toEqual([
      { port: 5432, name_of: 'web' },
      { user: 'postgres', port: 'play' },
    ]);
  });

  test('brings its handlers before the play’s own, after all steps', async () => {
    const { play } = await load({
      ...web,
      ...site(
        '[web]',
        '  handlers: [{name: own, debug: {msg: x}}]\n  tasks: [{name: t, debug: {msg: x}, notify: ["web : restart", topic]}]\n',
      ),
    });
    expect(outline(play.handlers)).toEqual(['restart', 'own']);
    expect(play.handlers.map(({ id }) => id)).toEqual([3, 4]);
    expect(taskNamed(play, 'restart')).toMatchObject({ listen: ['topic'], role: { name: 'web' } });
  });

  test('notifies its own handler where another role or the play has one of that name', async () => {
    const { play } = await load({
      'roles/a/tasks/main.yml': '- {name: a, debug: {msg: x}, notify: [restart, alone]}\n',
      'roles/a/handlers/main.yml': say('restart') + say('alone'),
      'roles/b/tasks/main.yml': '- {name: b, debug: {msg: x}, notify: restart}\n',
      ...site('[a, b]', '  handlers: [{name: restart, debug: {msg: x}}]\n'),
    });
    const notified = (name: string) => taskNamed(play, name).notify.map((each) => rendered(each));
    expect([notified('a'), notified('b')]).toEqual([['a : restart', 'alone'], ['restart']]);
  });

  test('variables given to one role in `roles:` stay in that role', async () => {
    const { play } = await load({
      ...web,
      'roles/db/tasks/main.yml': say('db'),
      ...site('[{role: web, vars: {user: given, port: 1}, depth: 2}, db]'),
    });
    expect(values(taskNamed(play, 'web').vars)).toEqual({ user: 'given', port: 1, depth: 2 });
    expect([values(taskNamed(play, 'db').vars), values(play.vars)]).toEqual([{}, { user: 'www' }]);
  });

  test('keywords beside it are those of its tasks', async () => {
    const { play } = await load({
      ...web,
      ...site(
        '[{name: web, when: a, tags: t, become: true, become_user: www, environment: {A: b}, no_log: true}]',
      ),
    });
    const task = taskNamed(play, 'more');
    expect(task).toMatchObject({ tags: ['t'], become: true, noLog: true });
    expect([
      task.when.map(({ source }) => source),
      rendered(task.becomeUser),
      task.environment.map((each) => rendered(each)),
    ]).toEqual([['a'], 'www', [{ A: 'b' }]]);
  });

  test.each<[where: string, file: string, name: string]>([
    ['beside the playbook', 'roles/r/tasks/main.yml', 'r'],
    ['by a path from the playbook', 'elsewhere/r/tasks/main.yml', 'elsewhere/r'],
    ['by a path below roles', 'roles/group/r/tasks/main.yml', 'group/r'],
  ])('is found %s', async (_where, file, name) => {
    const { play } = await load({ [file]: say('r'), ...site(`[${name}]`) });
    expect(outline(play.steps)).toEqual(['r', 'flush handlers']);
    expect(taskNamed(play, 'r').role?.name).toBe('r');
  });

  test('in a role, one beside it is found too', async () => {
    const { play } = await load({
      'more/a/tasks/main.yml': '- import_role: {name: b}\n',
      'more/b/tasks/main.yml': say('b'),
      ...site('[more/a]'),
    });
    expect(outline(play.steps)).toEqual(['b', 'flush handlers']);
  });

  test('its variables may be folders of files', async () => {
    const { play } = await load({
      'roles/r/defaults/main/1.yml': 'a: 1\nb: 1\n',
      'roles/r/defaults/main/2.yml': 'b: 2\n',
      ...site('[r]'),
    });
    expect(values(play.defaults)).toEqual({ a: 1, b: 2 });
  });
});

describe('dependencies', () => {
  const roles: Files = {
    'roles/common/tasks/main.yml': say('common'),
    'roles/common/defaults/main.yml': 'a: common\nb: common\n',
    'roles/common/vars/main.yml': 'v: common\nw: common\n',
    'roles/web/meta/main.yml': 'dependencies:\n  - {role: common, tags: dep}\n',
    'roles/web/tasks/main.yml': say('web'),
    'roles/web/defaults/main.yml': 'b: web\n',
    'roles/web/vars/main.yml': 'w: web\n',
    'roles/db/meta/main.yml': 'dependencies: [{role: common, tags: dep}]\n',
    'roles/db/tasks/main.yml': say('db'),
  };

  test('come first, and once', async () => {
    const { play } = await load({ ...roles, ...site('[web, db]') });
    expect(outline(play.steps)).toEqual(['common', 'web', 'db', 'flush handlers']);
  });

  test('come once for each condition and each set of parameters, and each time where they say so', async () => {
    const twice = await load({ ...roles, ...site('[{role: web, when: a}, db]') });
    expect(outline(twice.play.steps)).toEqual(['common', 'web', 'common', 'db', 'flush handlers']);
    const given = await load({ ...roles, ...site('[{role: db, x: 1}, {role: db, x: 2}, {role: db, x: 1}]') });
    expect(outline(given.play.steps)).toEqual(['common', 'db', 'db', 'flush handlers']);
    const allowed = await load({
      ...roles,
      'roles/common/meta/main.yml': 'allow_duplicates: true\n',
      ...site('[web, db]'),
    });
    expect(outline(allowed.play.steps)).toEqual(['common', 'web', 'common', 'db', 'flush handlers']);
  });

  test('are not lost where only the second use has a tag that is asked for', async () => {
    const { play } = await load(
      { ...roles, ...site('[{role: web, tags: a}, {role: db, tags: b}]') },
      { selection: { tags: ['b'], skipTags: [] } },
    );
    expect(outline(play.steps)).toEqual(['common', 'db', 'flush handlers']);
  });

  test('have the keywords and variables of what depends on them, and show it theirs', async () => {
    const { play } = await load({ ...roles, ...site('[{role: web, when: a, vars: {p: 1}}]') });
    const [common, web] = [taskNamed(play, 'common'), taskNamed(play, 'web')];
    expect([common.when.map(({ source }) => source), common.tags, values(common.vars)]).toEqual([
      ['a'],
      ['dep'],
      { v: 'common', w: 'common', p: 1 },
    ]);
    expect([values(web.defaults), values(web.vars), web.tags]).toEqual([
      { a: 'common', b: 'web' },
      { v: 'common', w: 'web', p: 1 },
      [],
    ]);
  });
});

describe('import_role', () => {
  const roles = {
    'roles/r/tasks/main.yml': say('main'),
    'roles/r/tasks/other.yml': say('other'),
    'roles/r/handlers/main.yml': say('h'),
    'roles/r/handlers/few.yml': say('few'),
    'roles/r/vars/main.yml': 'v: role\nw: role\n',
    'roles/r/defaults/main.yml': 'd: role\n',
  };
  const tasks = (text: string) => ({ 'site.yml': `- hosts: all\n  tasks:\n    - ${text}\n` });

  test('is its tasks, each time it is named, and shows its variables to the play', async () => {
    const { play } = await load({
      ...roles,
      ...tasks(
        'import_role: {name: r}\n      vars: {v: import}\n      when: a\n    - import_role: {name: r, tasks_from: other, handlers_from: few}',
      ),
    });
    expect([outline(play.steps), outline(play.handlers)]).toEqual([
      ['main', 'other', 'flush handlers'],
      ['h', 'few'],
    ]);
    const main = taskNamed(play, 'main');
    expect([values(main.vars), main.when.map(({ source }) => source)]).toEqual([
      { v: 'import', w: 'role' },
      ['a'],
    ]);
    expect([values(play.vars), values(play.defaults)]).toEqual([{ v: 'role', w: 'role' }, { d: 'role' }]);
  });

  test('may name another file of the role that it stands in, but not the same', async () => {
    const again = (from: string) => ({
      ...roles,
      'roles/r/tasks/main.yml': `${say('main')}- import_role: {name: r, tasks_from: ${from}}\n`,
      ...tasks('import_role: {name: r}'),
    });
    expect(outline((await load(again('other'))).play.steps)).toEqual(['main', 'other', 'flush handlers']);
    expect(await mistakesOf(again('main'))).toEqual([
      'roles/r/tasks/main.yml:2:3: roles/r/tasks/main.yml imports itself',
    ]);
  });

  test('blocks around it stand above the variables of the role', async () => {
    const { play } = await load({
      ...roles,
      ...tasks('block: [{import_role: {name: r}}]\n      vars: {v: block}'),
    });
    expect(values((play.steps[0] as Task).vars)).toEqual({ v: 'block', w: 'role' });
  });
});

test('argument_specs that are not checked yet are told of', async () => {
  const { warnings } = await load({
    'roles/r/meta/main.yml': 'argument_specs: {main: {}}\n',
    'roles/r/tasks/main.yml': say('r'),
    'roles/s/meta/argument_specs.yml': 'argument_specs: {main: {}}\n',
    ...site('[r, {role: r, x: 1}, s]'),
  });
  expect(warnings.map((each) => each.split('\n')[0])).toEqual([
    'roles/r/meta/main.yml:1:1: `argument_specs` are not checked yet',
    'roles/s/meta/argument_specs.yml:1:1: `argument_specs` are not checked yet',
  ]);
});
