import { describe, expect, test } from 'vitest';
import { FettleError } from '../../engine/errors.ts';
import { startAt } from '../../engine/load/start_at.ts';
import { load, outline, type Files } from './playbook_folder.ts';

const say = (name: string) => `{name: ${name}, debug: {msg: x}}`;

async function leftOf(files: Files | string, name: string, given: readonly string[] = []) {
  const playbook = await load(files);
  try {
    const [left] = startAt([playbook], name, new Set(given));
    return left?.plays.map((play) => [play.name, ...outline(play.steps)]);
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    return [error.message, error.detail?.replaceAll(`${playbook.folder}/`, ''), error.next];
  }
}

describe('--start-at-task', () => {
  const plays = `
- {name: one, hosts: all, tasks: [${say('a')}, ${say('b')}]}
- name: two
  hosts: all
  tasks:
    - ${say('c')}
    - block: [${say('d')}, ${say('e')}]
      rescue: [${say('f')}]
      always: [${say('g')}, ${say('h')}]
- {name: three, hosts: all, tasks: [${say('i')}]}
`;

  test.each<[name: string, left: unknown]>([
    ['b', [['one', 'b', 'flush handlers'], expect.anything(), expect.anything()]],
    ['d', [['two', { block: [['d', 'e'], ['f'], ['g', 'h']] }, 'flush handlers'], expect.anything()]],
    ['e', [['two', { block: [['e'], ['f'], ['g', 'h']] }, 'flush handlers'], expect.anything()]],
    ['h', [['two', { block: [[], [], ['h']] }, 'flush handlers'], expect.anything()]],
    ['i', [['three', 'i', 'flush handlers']]],
  ])('leaves out all before %s', async (name, left) => {
    expect(await leftOf(plays, name)).toEqual(left);
  });

  test('finds tasks of roles by either name, and those of an include that comes once', async () => {
    const files = {
      'site.yml': `- hosts: all\n  roles: [web]\n  tasks: [{include_tasks: a.yml}, ${say('z')}]\n`,
      'a.yml': `- ${say('x')}\n- ${say('y')}\n`,
      'roles/web/tasks/main.yml': `- ${say('first')}\n- ${say('second')}\n`,
    };
    const second = [['all', 'second', { include_tasks: ['x', 'y'] }, 'z', 'flush handlers']];
    expect(await leftOf(files, 'web : second')).toEqual(second);
    expect(await leftOf(files, 'second')).toEqual(second);
    expect(await leftOf(files, 'y')).toEqual([['all', { include_tasks: ['y'] }, 'z', 'flush handlers']]);
    const [left] = startAt([await load(files)], 'y', new Set());
    const include = left?.plays[0]?.steps[0];
    expect(include?.kind === 'include' && outline((await include.load('a.yml')).steps)).toEqual(['y']);
  });

  test('of several playbooks those before are left out', async () => {
    const playbooks = [await load(plays), await load(plays.replaceAll(/name: (\w)([,}])/g, 'name: $1$1$2'))];
    expect(startAt(playbooks, 'ii', new Set()).map(({ plays: left }) => left.length)).toEqual([1]);
  });

  test('an unknown name is refused with the nearest', async () => {
    const site = `- hosts: all\n  tasks: [${say('Restart nginx')}, {debug: {msg: unnamed}}]\n`;
    expect(await leftOf(site, 'Restart ngnix')).toEqual([
      'There is no task named `Restart ngnix` to start at',
      undefined,
      'Did you mean `Restart nginx`?',
    ]);
    expect(await leftOf(site, 'debug')).toEqual([
      'There is no task named `debug` to start at',
      undefined,
      'The tasks are: Restart nginx.',
    ]);
  });

  test('refused with the list, if a skipped task’s register is used later', async () => {
    const site = `
- hosts: all
  tasks:
    - {command: x, register: used}
    - {command: x, register: again}
    - {command: x, register: asked}
    - {command: x, register: unused}
    - set_fact: {fact: 1, given: 1}
    - name: here
      command: "{{ given }}"
      register: again
      failed_when: again.rc > 1
    - block: [{debug: {msg: "{{ again.rc }}"}, when: defined(asked.rc)}]
      rescue: [{debug: {msg: "{{ fact }}"}}]
  handlers:
    - {name: h, debug: {msg: "{{ used.rc }}"}}
`;
    expect(await leftOf(site, 'here', ['given'])).toEqual([
      'Cannot start at `here`: what is left uses what tasks before it make',
      '`fact` of site.yml:8:7 is used at site.yml:14:34.\n`used` of site.yml:4:7 is used at site.yml:16:34.',
      'Start further up, or give these values with -e.',
    ]);
    expect(await leftOf(site, 'here', ['given', 'used', 'fact'])).toHaveLength(1);
  });
});
