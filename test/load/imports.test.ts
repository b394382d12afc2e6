import { describe, expect, test } from 'vitest';
import { load, mistakesOf, outline, rendered, taskNamed, values } from './playbook_folder.ts';

const say = (name: string) => `- {name: ${name}, debug: {msg: x}}\n`;

describe('import_tasks', () => {
  test('reads a file beside the one that names it; its keywords are those of each task', async () => {
    const loaded = await load({
      'site.yml': `
- hosts: all
  tasks:
    - name: not shown
      import_tasks: sub/a.yml
      when: a
      tags: t
      vars: {v: 1}
      become: true
`,
      'sub/a.yml': `${say('one')}- import_tasks: b.yml\n  when: b\n  vars: {v: 2}\n`,
      'sub/b.yml': say('two'),
    });
    expect(outline(loaded.play.steps)).toEqual(['one', 'two', 'flush handlers']);
    const two = taskNamed(loaded.play, 'two');
    expect(two.when.map(({ source }) => source)).toEqual(['a', 'b']);
    expect([two.tags, two.become, values(two.vars)]).toEqual([['t'], true, { v: 2 }]);
    expect(two.folders.map((each) => each.replace(loaded.folder, ''))).toEqual(['/sub', '']);
  });

  test('finds a file beside the playbook too, and in its folder tasks', async () => {
    const { play } = await load({
      'site.yml': '- hosts: all\n  tasks: [{import_tasks: sub/a.yml}, {import_tasks: c.yml}]\n',
      'sub/a.yml': '- import_tasks: b.yml\n',
      'b.yml': say('b'),
      'tasks/c.yml': say('c'),
    });
    expect(outline(play.steps)).toEqual(['b', 'c', 'flush handlers']);
  });

  test('one file may be imported twice, and handlers may come from one', async () => {
    const { play } = await load({
      'site.yml': `
- hosts: all
  tasks:
    - import_tasks: a.yml
    - import_tasks: a.yml
      notify: h
  handlers:
    - import_tasks: h.yml
`,
      'a.yml': say('a'),
      'h.yml': say('h'),
    });
    expect(outline(play.steps)).toEqual(['a', 'a', 'flush handlers']);
    expect(outline(play.handlers)).toEqual(['h']);
  });

  test('a way round through an include is no mistake', async () => {
    const files = {
      'site.yml': '- hosts: all\n  tasks: [{import_tasks: a.yml}]\n',
      'a.yml': `${say('a')}- include_tasks: b.yml\n  when: again\n`,
      'b.yml': '- import_tasks: a.yml\n',
    };
    const { play } = await load(files);
    expect(outline(play.steps)).toEqual(['a', { include_tasks: ['a', 'include_tasks'] }, 'flush handlers']);
    expect(await mistakesOf({ ...files, 'b.yml': '- import_tasks: b.yml\n' })).toEqual([
      'b.yml:1:3: b.yml imports itself',
    ]);
  });
});

describe('import_playbook', () => {
  test('gives its plays, with its conditions, tags and variables', async () => {
    const { plays, folder } = await load({
      'site.yml': `
- hosts: first
- import_playbook: more/other.yml
  when: a
  tags: [t]
  vars: {v: import, w: import}
- hosts: last
`,
      'more/other.yml': `
- hosts: second
  tags: u
  vars: {v: own, x: own}
  roles: [r]
  tasks: [{name: a, debug: {msg: x}, when: b}, {import_tasks: t.yml}]
`,
      'more/t.yml': say('t'),
      'more/roles/r/tasks/main.yml': say('r'),
    });
    expect(plays.map(({ hosts }) => rendered(hosts))).toEqual(['first', 'second', 'last']);
    const second = plays[1] as (typeof plays)[number];
    expect(values(second.vars)).toEqual({ v: 'import', w: 'import', x: 'own' });
    const task = taskNamed(second, 'a');
    expect([task.when.map(({ source }) => source), task.tags, task.vars]).toEqual([
      ['a', 'b'],
      ['t', 'u'],
      {},
    ]);
    expect(task.folders.map((each) => each.replace(folder, ''))).toEqual(['/more', '']);
    expect(outline(second.steps)).toEqual(['r', 'a', 't', 'flush handlers']);
  });

  test('numbers go on from playbook to playbook', async () => {
    const { plays } = await load({
      'site.yml': '- import_playbook: a.yml\n- import_playbook: a.yml\n',
      'a.yml': `- hosts: all\n  tasks:\n    ${say('a')}`,
    });
    expect(plays.map((play) => taskNamed(play, 'a').id)).toEqual([0, 1]);
  });
});
