import { describe, expect, test } from 'vitest';
import { FettleError } from '../../engine/errors.ts';
import { checkNames } from '../../engine/load/check_names.ts';
import type { Play } from '../../engine/load/playbook.ts';
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

describe('semantics.md: `--start-at-task`', () => {
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

  const withHandlers = (rest: string) => `
- hosts: all
  tasks:
    - {name: a, debug: {msg: x}, register: r, notify: uses it}
    - {include_tasks: "{{ inventory_hostname }}.yml", when: false}
    - {include_tasks: b.yml, loop: [1, 2]}
${rest}
  handlers:
    - {name: uses it, debug: {msg: "{{ r.msg }}"}}
    - {name: calls it, debug: {msg: x}, notify: uses it}
    - {name: other, listen: topic, debug: {msg: x}}
`;
  const b = `- ${say('b')}\n`;

  test.each([
    ['nothing', '', undefined],
    ['another one', 'notify: topic', undefined],
    ['it', 'notify: uses it', 'r'],
    ['what notifies it', 'notify: calls it', 'r'],
    ['whatever a name is', 'notify: "{{ inventory_hostname }}"', 'r'],
  ])(
    'a handler that uses a skipped task’s register counts only where it may run: notified is %s',
    async (_, notify, name) => {
      const last = `    - {name: z, debug: {msg: x}${notify && `, ${notify}`}}`;
      const left = await leftOf({ 'site.yml': withHandlers(last), 'b.yml': b }, 'z');
      if (name === undefined) expect(left).toEqual([['all', 'z', 'flush handlers']]);
      else expect(left?.[1]).toBe('`r` of site.yml:4:7 is used at site.yml:9:40.');
    },
  );

  test('what no handler that is left needs is not missed when names are checked', async () => {
    const files = { 'site.yml': withHandlers(`    - ${say('z')}`), 'b.yml': b };
    const [left] = startAt([await load(files)], 'z', new Set());
    expect(left?.plays[0]?.handlers).toEqual([]);
    expect(checkNames(left?.plays[0] as Play, new Set())).toEqual([]);
  });

  test('a handler is no task to start at; an include that cannot be looked into is named', async () => {
    const files = { 'site.yml': withHandlers(`    - ${say('z')}`), 'b.yml': b };
    expect(await leftOf(files, 'other')).toEqual([
      '`other` is a handler, and no task to start at',
      undefined,
      'Start at a task that notifies it.',
    ]);
    expect((await leftOf(files, 'b'))?.[1]).toBe(
      'What these includes bring is known only when they are reached, or comes several times: site.yml:5:7, site.yml:6:7.',
    );
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
      notify: h
    - block: [{debug: {msg: "{{ again.rc }}"}, when: defined(asked.rc)}]
      rescue: [{debug: {msg: "{{ fact }}"}}]
  handlers:
    - {name: h, debug: {msg: "{{ used.rc }}"}}
`;
    expect(await leftOf(site, 'here', ['given'])).toEqual([
      'Cannot start at `here`: what is left uses what tasks before it make',
      '`fact` of site.yml:8:7 is used at site.yml:15:34.\n`used` of site.yml:4:7 is used at site.yml:17:34.',
      'Start further up, or give these values with -e.',
    ]);
    expect(await leftOf(site, 'here', ['given', 'used', 'fact'])).toHaveLength(1);
  });
});
