import { describe, expect, test } from 'vitest';
import { checkNames } from '../../engine/load/check_names.ts';
import { makesUnknownNames, namesMadeBy } from '../../engine/load/names_of.ts';
import { load, type Files } from './playbook_folder.ts';

async function unknownIn(files: Files | string): Promise<readonly string[]> {
  const { play } = await load(files);
  return checkNames(play, new Set(['known'])).map(
    ({ message, position }) => `${position?.line}: ${/`(.*)`/.exec(message)?.[1]}`,
  );
}

const use = (name: string) => `{debug: {msg: "{{ ${name} }}"}}`;

describe('a name is known', () => {
  test.each<[what: string, tasks: string, unknown: readonly string[]]>([
    [
      'of the loop, in the task',
      'debug: {msg: "{{ it }} {{ nr }} {{ ansible_loop.last }}"}\n      loop: "{{ known }}"\n      loop_control: {loop_var: it, index_var: nr, extended: true, label: "{{ it }}"}',
      [],
    ],
    ['of the loop, not in its list', 'debug: {}\n      loop: "{{ item }}"', ['4: item']],
    [
      'of its own register, in until',
      'command: x\n      register: r\n      until: r.rc == 0\n      retries: "{{ r }}"',
      ['6: r'],
    ],
    ['where it is delegated to', 'command: x\n      delegate_to: "{{ where }}"', ['4: where']],
    [
      'of a block’s register, after it',
      `block: [{command: x, register: r}]\n      rescue: [${use('r')}]\n      always: [${use('r')}]\n    - ${use('r')}`,
      [],
    ],
    [
      'of the failure, in rescue and what it includes',
      `block: [{command: x}]\n      rescue:\n        - ${use('ansible_failed_task.name')}\n        - block: [${use('ansible_failed_result.rc')}]\n    - ${use('ansible_failed_task')}`,
      ['7: ansible_failed_task'],
    ],
    [
      'of a block, in its tasks and those within',
      `block: [${use('v')}]\n      vars: {v: 1}\n    - ${use('v')}`,
      ['5: v'],
    ],
    ['in the condition of a meta', 'meta: end_host\n      when: gone', ['4: gone']],
  ])('%s', async (_what, tasks, unknown) => {
    expect(await unknownIn(`- hosts: all\n  tasks:\n    - ${tasks}\n`)).toEqual(unknown);
  });

  test('of a role: parameters, variables and defaults where they stand, its own name and place', async () => {
    const role = {
      'roles/r/tasks/main.yml':
        '- debug: {msg: "{{ a }} {{ b }} {{ c }} {{ role_name }} {{ role_path }}"}\n  register: made\n',
      'roles/r/vars/main.yml': 'a: "{{ c }} {{ made }}"\nunused: "{{ nowhere }}"\n',
      'roles/r/defaults/main.yml': 'b: "{{ known }}"\nneeds: "{{ missing }}"\n',
    };
    const site = (more: string) => `- hosts: all\n  roles: [{role: r, c: 1}]\n  tasks:\n    - ${more}\n`;
    expect(
      await unknownIn({ ...role, 'site.yml': site('debug: {msg: "{{ a }} {{ b }} {{ made }}"}') }),
    ).toEqual([]);
    expect(await unknownIn({ ...role, 'site.yml': site('debug: {msg: "{{ c }} {{ role_name }}"}') })).toEqual(
      ['4: c', '4: role_name'],
    );
    // What a variable is made of counts where the variable is used.
    expect(await unknownIn({ ...role, 'site.yml': site(use('needs')) })).toEqual(['2: missing']);
  });

  test('of included variables, from the include on', async () => {
    expect(
      await unknownIn({
        'site.yml': `- hosts: all\n  tasks:\n    - ${use('v')}\n    - include_vars: v.yml\n    - ${use('v')}\n`,
        'v.yml': 'v: 1\n',
      }),
    ).toEqual(['3: v']);
  });

  test('of an include’s loop, in what it brings; what that makes, after it', async () => {
    expect(
      await unknownIn({
        'site.yml': `- hosts: all\n  tasks:\n    - include_tasks: a.yml\n      loop: [1]\n      loop_control: {loop_var: it}\n    - ${use('made')}\n    - ${use('it')}\n`,
        'a.yml': '- set_fact: {made: "{{ it }}"}\n- include_tasks: b.yml\n',
        'b.yml': `- ${use('it')}\n- ${use('gone')}\n`,
      }),
    ).toEqual(['2: gone', '7: it']);
  });
});

describe('after an include whose name is a template', () => {
  const site = `- hosts: all\n  tasks:\n    - ${use('gone')}\n    - include_tasks: "{{ known }}.yml"\n    - ${use('made')}\n    - ${use('role_path')}\n`;

  test('any name may have a value, but those that nothing can give one', async () => {
    expect(await unknownIn(site)).toEqual(['3: gone', '6: role_path']);
  });

  test('the same holds in later plays', async () => {
    const { plays } = await load(`${site}- hosts: all\n  tasks: [${use('made')}]\n`);
    const [first, second] = plays as [(typeof plays)[0], (typeof plays)[0]];
    expect([makesUnknownNames(first), makesUnknownNames(second)]).toEqual([true, false]);
    expect(checkNames(second, new Set(), { isOpen: true })).toEqual([]);
    expect(checkNames(second, new Set())).toHaveLength(1);
  });

  test('and for a play whose `vars_files` are chosen for each host', async () => {
    expect(
      await unknownIn(`- hosts: all\n  vars_files: ["{{ known }}.yml"]\n  tasks: [${use('made')}]\n`),
    ).toEqual([]);
  });
});

test('the names that a play makes are those of all its steps', async () => {
  const { play } = await load({
    'site.yml': `
- hosts: all
  gate: [{command: x, register: gate}]
  tasks:
    - block: [{command: x, register: block}]
      rescue: [{set_fact: {rescue: 1}}]
      always: [{include_vars: v.yml}]
    - include_tasks: a.yml
  handlers: [{name: h, command: x, register: handler}]
`,
    'v.yml': 'file: 1\n',
    'a.yml': '- {command: x, register: included}\n',
  });
  expect([...namesMadeBy(play)].sort()).toEqual(['block', 'file', 'gate', 'handler', 'included', 'rescue']);
});
