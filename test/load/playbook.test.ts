import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleError, FettleErrors } from '../../engine/errors.ts';
import { checkNames } from '../../engine/load/check_names.ts';
import { loadPlaybook, readPlaybook } from '../../engine/load/load_playbook.ts';
import { tasksOf } from '../../engine/load/tasks_of.ts';
import type { Play, Task } from '../../engine/load/playbook.ts';
import { magicNames } from '../../engine/load/reserved_names.ts';
import { namesMadeBy } from '../../engine/load/names_of.ts';
import { checkVariables } from '../../engine/load/vars_schema.ts';
import { parseYaml } from '../../engine/load/yaml.ts';
import { magicOf } from '../../engine/run/magic.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { scopeOf } from '../template/scope.ts';
import { fakeRegistry } from './fake_modules.ts';

async function playOf(text: string, become = false): Promise<Play> {
  const source = parseYaml(text, 'site.yml', 'playbook');
  const { plays } = await readPlaybook(source, { registry: fakeRegistry, become });
  return plays[0] as Play;
}

async function taskOf(task: string): Promise<Task> {
  const lines = task.split('\n').map((line, index) => (index === 0 ? `    - ${line}` : `      ${line}`));
  return (await playOf(`- hosts: all\n  tasks:\n${lines.join('\n')}\n`)).steps[0] as Task;
}

function saidBy(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FettleErrors) return error.errors.map(formatError).join('\n');
    if (error instanceof FettleError) return formatError(error);
    throw error;
  }
  return 'nothing';
}

const whole = `
- name: Web servers
  hosts: [web, '!web3']
  become: yes
  become_user: "{{ admin }}"
  become_method: sudo
  connection: local
  remote_user: ops
  gather_facts: no
  environment: {LANG: C}
  vars:
    port: 8080
    url: "http://{{ inventory_hostname }}:{{ port }}"
  tasks:
    - name: Folder of {{ item.name }}
      ansible.builtin.file:
        path: /srv/{{ item.name }}
        state: directory
        mode: "0755"
      loop: [{name: a}, {name: b}]
      when:
        - item.name != 'c'
        - true
      register: folders
      notify: [restart, "{{ item.name }} changed"]
      vars: {extra: 1}
    - command: uptime -p
      become: false
      changed_when: no
      failed_when: [r.rc > 1, "'x' in r.stdout"]
      ignore_errors: true
      no_log: on
      check_mode: false
      diff: true
      timeout: 30
      environment: "{{ env_map }}"
      loop: "{{ list }}"
      loop_control: {loop_var: thing}
      register: r
    - set_fact: {kind: "{{ facts.os.family }}", count: 2}
    - assert:
        that: [kind == 'debian', count == 2]
  handlers:
    - name: restart
      debug: {msg: bye}
    - debug:
      listen: [restart, other]
`;

describe('a whole play', () => {
  test('has everything that was written', async () => {
    const play = await playOf(
      whole.replace('environment: "{{ env_map }}"', 'environment: {A: "{{ env_a }}"}'),
    );
    const scope = scopeOf({ admin: 'root', inventory_hostname: 'web1', port: 8080, item: { name: 'a' } });
    expect(play.name).toBe('Web servers');
    expect(play.hosts.render(scope)).toBe('web,!web3');
    expect([play.become, play.becomeUser?.render(scope), play.becomeMethod?.render(scope)]).toEqual([
      true,
      'root',
      'sudo',
    ]);
    expect([
      play.connection,
      play.user?.render(scope),
      tasksOf(play.steps)[0]?.environment[0]?.render(scope),
    ]).toEqual(['local', 'ops', { LANG: 'C' }]);
    expect(play.vars['url']?.render(scope)).toBe('http://web1:8080');
    expect(
      [...tasksOf(play.steps), ...play.handlers].map((task) => [task.id, task.module.name, task.at.line]),
    ).toEqual([
      [0, 'file', 15],
      [1, 'command', 27],
      [2, 'set_fact', 40],
      [3, 'assert', 41],
      [4, 'debug', 44],
      [5, 'debug', 46],
    ]);
    const [folder, command, fact, assert] = play.steps as [Task, Task, Task, Task];
    expect(folder.name.render(scope)).toBe('Folder of a');
    expect(folder.when.map((each) => each.evaluate(scope))).toEqual([true, true]);
    expect(folder.loop?.render(scope)).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(folder.args.validate(folder.args.values.render(scope))).toEqual({
      path: '/srv/a',
      state: 'directory',
      mode: '0755',
      recurse: false,
    });
    expect(folder.notify.map((each) => each.render(scope))).toEqual(['restart', 'a changed']);
    expect([folder.produces, folder.loopControl.loopVar, folder.vars['extra']?.render(scope)]).toEqual([
      ['folders'],
      'item',
      1,
    ]);
    expect(command).toMatchObject({
      become: false,
      ignoreErrors: true,
      noLog: true,
      checkMode: false,
      diff: true,
      timeout: 30,
      loopControl: { loopVar: 'thing' },
    });
    expect(command.name.render(scope)).toBe('command');
    expect(command.args.values.render(scope)).toEqual({ cmd: 'uptime -p' });
    expect(command.changedWhen?.map((each) => each.evaluate(scope))).toEqual([false]);
    expect(command.failedWhen?.map((each) => each.source)).toEqual(['r.rc > 1', "'x' in r.stdout"]);
    expect(fact.produces).toEqual(['kind', 'count']);
    expect(assert.args.values.render(scope)).toEqual({});
    expect([assert.args.expressions['that']].flat().map((each) => each?.source)).toEqual([
      "kind == 'debian'",
      'count == 2',
    ]);
    expect(play.handlers.map((handler) => handler.listen)).toEqual([[], ['restart', 'other']]);
    expect(namesMadeBy(play)).toEqual(['folders', 'r', 'kind', 'count']);
  });

  test('a template cannot stand for a whole map', async () => {
    await expect(playOf(whole)).rejects.toThrow('`environment` must be a map');
  });
});

describe('arguments once their templates are rendered', () => {
  test.each<[task: string, rendered: Record<string, unknown>, value: Record<string, unknown>]>([
    ['file: {path: /x, recurse: "{{ a }}"}', { recurse: 'yes' }, { recurse: true }],
    ['file: {path: /x, limit: "{{ a }}"}', { limit: '12' }, { limit: 12 }],
    ['file: {path: /x, tags: "{{ a }}"}', { tags: ['x'] }, { tags: ['x'] }],
    ['file: {path: /x, owner: "{{ a }}"}', { owner: 1000 }, { owner: 1000 }],
    ['file: {path: /x, mode: "{{ a }}"}', { mode: 644 }, { mode: '644' }],
    ['copy: {dest: /x, content: "{{ a }}"}', { content: 8080 }, { content: '8080' }],
    ['copy: {dest: /x, content: "{{ a }}"}', { content: true }, { content: 'true' }],
    ['copy: {dest: /x, content: "{{ a }}"}', { content: 'yes' }, { content: 'yes' }],
    ['file: {path: /x, env: {A: "{{ a }}"}}', { env: { A: 1 } }, { env: { A: '1' } }],
    ['debug: {msg: "{{ a }}"}', { msg: 12 }, { msg: 12 }],
  ])('%s with %j', async (written, rendered, value) => {
    const task = await taskOf(written);
    const path = written.startsWith('file')
      ? { path: '/x' }
      : written.startsWith('copy')
        ? { dest: '/x' }
        : {};
    expect(task.args.validate({ ...path, ...rendered })).toMatchObject(value);
  });

  test.each<[task: string, rendered: Record<string, unknown>, said: string]>([
    [
      'file: {path: "{{ a }}"}',
      { path: 'x' },
      'site.yml:3:20: `path` must be an absolute path\n    - file: {path: "{{ a }}"}\n                   ^\n  This is "x".',
    ],
    [
      'file: {path: /x, tags: ["{{ a }}"]}',
      { path: '/x', tags: [null] },
      'site.yml:3:31: `tags[0]` must be a text, this is nothing\n    - file: {path: /x, tags: ["{{ a }}"]}\n                              ^\n  Give it a value or remove the key.',
    ],
    [
      'copy: {dest: /x, content: "{{ a }}"}',
      { dest: '/x', content: ['a'] },
      'site.yml:3:33: `content` must be a text, this is a list\n    - copy: {dest: /x, content: "{{ a }}"}\n                                ^',
    ],
  ])('%s with %j is wrong', async (written, rendered, said) => {
    const task = await taskOf(written);
    expect(saidBy(() => task.args.validate(rendered))).toBe(said);
  });

  test('a secret passes for the text that it is, and is never shown', async () => {
    const task = await taskOf('file: {path: "{{ a }}", limit: "{{ b }}", state: "{{ c }}"}');
    const path = new Secret('/secret/path');
    expect(task.args.validate({ path, limit: new Secret('7') })).toEqual({ path, limit: 7, recurse: false });
    const said = saidBy(() =>
      task.args.validate({ path: new Secret('hidden'), state: new Secret('hidden') }),
    );
    expect(said).toContain('`path` must be an absolute path');
    expect(said).toContain('`state` must be one of: directory, file, absent');
    expect(said).not.toContain('hidden');
  });

  test('each argument has its place', async () => {
    const { args } = await taskOf('file:\n  path: /x\n  state: absent');
    expect([args.position('state').line, args.position('state').column]).toEqual([5, 16]);
    expect(args.position('owner').line).toBe(3);
  });
});

describe('becoming another user', () => {
  const text = '- hosts: all\n  tasks:\n    - command: x\n      become_user: www\n';

  test('`become_user` without `become` is an error, wherever `become` may come from', async () => {
    await expect(playOf(text)).rejects.toThrow('`become_user` without `become` does nothing');
    expect(tasksOf((await playOf(text, true)).steps)).toHaveLength(1);
    expect(tasksOf((await playOf(text.replace('all\n', 'all\n  become: true\n'))).steps)).toHaveLength(1);
  });
});

describe('names', () => {
  test('fettle’s own are those that a run gives a value to', () => {
    expect([...magicOf({} as never, {} as never).keys()].sort()).toEqual([...magicNames].sort());
  });

  test('of all kinds are known where they have a value', async () => {
    const play = await playOf(`
- hosts: "{{ target }}"
  vars: {a: 1, b: "{{ a }}"}
  tasks:
    - debug: {msg: "{{ inventory_hostname }} {{ groups.web }} {{ a }} {{ known }}"}
      register: said
    - debug: {msg: "{{ item }} {{ own }} {{ said.changed }}"}
      loop: "{{ groups.web }}"
      vars: {own: "{{ item }}"}
    - set_fact: {made: 1}
    - assert: {that: "made == 1 && hostvars[inventory_hostname].made == 1"}
      when: defined(anything) && default(anything, 1) == 1
    - command: x
      register: result
      failed_when: result.rc > 1
      notify: done
  handlers:
    - name: done
      debug: {msg: "{{ made }} {{ result.rc }}"}
`);
    expect(checkNames(play, new Set(['known', 'target']))).toEqual([]);
    expect(checkNames(play, new Set(['known'])).map(formatError)).toEqual([
      'site.yml:2:14: `target` is not defined\n    - hosts: "{{ target }}"\n                 ^\n  Define it in the inventory or under `vars:`, or give it with -e target=….',
    ]);
  });
});

describe('the schema of a play’s variables', () => {
  const schema = {
    type: 'object',
    required: ['port', 'flag'],
    properties: {
      port: { type: 'integer', minimum: 1 },
      flag: { type: 'string', enum: ['TRUE', 'FALSE'] },
      token: { type: 'string', pattern: '^t-' },
    },
  };

  test('is read beside the playbook and says what is wrong with a host', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fettle-load-'));
    try {
      writeFileSync(join(folder, 'vars.json'), JSON.stringify(schema));
      writeFileSync(join(folder, 'play.yml'), '- hosts: all\n  vars_schema: vars.json\n');
      const { plays } = await loadPlaybook(join(folder, 'play.yml'), { registry: fakeRegistry });
      const varsSchema = plays[0]?.varsSchema as NonNullable<Play['varsSchema']>;
      const said = (variables: Record<string, unknown>) =>
        checkVariables(varsSchema, scopeOf(variables), 'web1').map(({ message, detail, next, position }) =>
          [`${position?.line}:${position?.column}`, message, detail, next].join(' | '),
        );
      expect(said({ port: '8080', flag: 'TRUE', token: new Secret('t-1') })).toEqual([]);
      expect(said({ port: 0, flag: 'True', token: new Secret('hidden') })).toEqual([
        '2:16 | web1: `port` must be 1 or more | This is 0. | ',
        '2:16 | web1: `flag` must be one of: TRUE, FALSE | This is "True". | Did you mean `TRUE`?',
        '2:16 | web1: `token` must match pattern "^t-" |  | ',
      ]);
      expect(said({ port: 1 })).toEqual([
        '2:16 | web1: the variable `flag` is not defined |  | Define it in the inventory, under `vars:` or with -e.',
      ]);
      writeFileSync(join(folder, 'vars.json'), '{"type": "nonsense"}');
      await expect(loadPlaybook(join(folder, 'play.yml'), { registry: fakeRegistry })).rejects.toThrow(
        'is no JSON schema',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test('a playbook that cannot be read is an error of the command line', async () => {
  await expect(loadPlaybook('/nowhere/play.yml', { registry: fakeRegistry })).rejects.toMatchObject({
    kind: 'usage',
    message: 'Cannot read the playbook /nowhere/play.yml',
  });
});

test('a folder is no playbook', async () => {
  await expect(loadPlaybook(tmpdir(), { registry: fakeRegistry })).rejects.toMatchObject({
    kind: 'usage',
    message: `${tmpdir()} is a folder, and no playbook`,
    next: `Name a playbook in it, as in ${join(tmpdir(), 'site.yml')}.`,
  });
});

test('a file that is not UTF-8 is refused at the place, wherever it is named', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-utf8-'));
  const notUtf8 = Buffer.from('- hosts: all\n  vars: { grüß: gr\xfc\xdf }\n', 'latin1');
  const said = { message: 'This is not UTF-8', next: 'Save the file as UTF-8.' };
  try {
    writeFileSync(join(folder, 'site.yml'), notUtf8);
    await expect(loadPlaybook(join(folder, 'site.yml'), { registry: fakeRegistry })).rejects.toMatchObject({
      ...said,
      position: { file: join(folder, 'site.yml'), line: 2, column: 13 },
    });
    writeFileSync(join(folder, 'site.yml'), '- hosts: all\n  vars_files: [vars.yml]\n');
    writeFileSync(join(folder, 'vars.yml'), Buffer.from('a: \xfc\n', 'latin1'));
    const error = await loadPlaybook(join(folder, 'site.yml'), { registry: fakeRegistry }).catch(
      (one: unknown) => one,
    );
    expect((error as FettleErrors).errors[0]).toMatchObject({
      ...said,
      position: { file: join(folder, 'vars.yml'), line: 1, column: 4 },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
