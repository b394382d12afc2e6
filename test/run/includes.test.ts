import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oneFleet } from './one_fleet.ts';

const { fleet, run } = oneFleet(2);

/** Puts files beside the playbooks. */
function files(all: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(all)) {
    const path = join(fleet().folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.trimStart());
  }
}

describe('include_tasks', () => {
  test('by a name of the host, in a loop, with variables; a later task sees what it registered', async () => {
    files({
      'h1.yml': '- debug: { msg: "one {{ item }} {{ word }}" }\n',
      'h2.yml':
        '- command: echo {{ item }}\n  register: said\n- debug: { msg: "two {{ said.stdout }} {{ word }}" }\n',
    });
    const ended = await run(`
- include_tasks: "{{ inventory_hostname }}.yml"
  loop: [a, b, c]
  when: item != 'b'
  vars: { word: w }
- debug: { msg: "{{ said.stdout }}" }
  when: inventory_hostname == 'h2'
`);
    expect(ended.said('h1')).toEqual(['one a w', 'one c w']);
    expect(ended.said('h2')).toEqual(['two a w', 'two c w', 'c']);
  });

  test('in a block: its failure is rescued', async () => {
    files({ 'broken.yml': '- fail: { msg: inside }\n- debug: { msg: never }\n' });
    const ended = await run(`
- block:
    - include_tasks: broken.yml
  rescue:
    - debug: { msg: "{{ ansible_failed_result.msg }}" }
`);
    expect(ended.said()).toEqual(['inside']);
    expect(ended.host().status).toBe('rescued');
  });

  test('that is not wanted is not read', async () => {
    const ended = await run(`
- include_tasks: "{{ inventory_hostname }}-missing.yml"
  when: 1 == 2
- debug: { msg: after }
`);
    expect(ended.said()).toEqual(['after']);
  });

  test('of a file that is not there fails its task with what was looked for', async () => {
    const ended = await run('- include_tasks: "{{ inventory_hostname }}-missing.yml"\n');
    expect(ended.tasks()[0]).toMatchObject({ module: 'include_tasks', status: 'failed' });
    expect(`${ended.tasks()[0]?.message}`).toContain('h1-missing.yml');
    expect(ended.exit).toBe(2);
  });

  test('rounds: what is known is looked at with the rest', async () => {
    files({ 'same.yml': '- copy: { dest: "{{ root }}/{{ item }}", content: x }\n' });
    const tasks = `
- include_tasks: same.yml
  loop: [a, b]
- copy: { dest: "{{ root }}/c", content: x }
`;
    await run(tasks);
    const again = await run(tasks);
    expect(again.line()).toEqual(['include_tasks: ok', 'copy: ok', 'copy: ok', 'copy: ok']);
    expect(again.sends()).toBe(1);
  });

  test('waits for a register that its name is made of', async () => {
    files({ 'late.yml': '- debug: { msg: late }\n' });
    const ended = await run(
      '- command: echo late\n  register: name\n- include_tasks: "{{ name.stdout }}.yml"\n',
    );
    expect(ended.said()).toEqual(['late']);
    const check = await run(
      '- command: echo late\n  register: name\n- include_tasks: "{{ name.stdout }}.yml"\n',
      {
        check: true,
      },
    );
    expect(check.tasks()[1]).toMatchObject({
      status: 'later',
      message: expect.stringMatching(/^known only after step/),
    });
  });
});

test('include_vars stands above vars of the play, from its turn on', async () => {
  files({ 'more.yml': 'word: included\nmade: "of {{ inventory_hostname }}"\n' });
  const ended = await run(
    `
- set_fact: { word: before }
- debug: { msg: "{{ word }}" }
- include_vars: more.yml
- debug: { msg: "{{ word }} {{ made }}" }
`,
  );
  expect(ended.said()).toEqual(['before', 'included of h1']);
});

describe('roles', () => {
  test('defaults, vars, files, templates, handlers, dependencies; parameters stay in their role', async () => {
    files({
      'roles/base/defaults/main.yml': 'level: base default\n',
      'roles/base/tasks/main.yml': '- debug: { msg: "base {{ level }}" }\n',
      'roles/web/meta/main.yml': 'dependencies: [base]\n',
      'roles/web/defaults/main.yml': 'port: 80\nname: default\n',
      'roles/web/vars/main.yml': 'inner: of the role\n',
      'roles/web/files/plain': 'plain file\n',
      'roles/web/templates/conf.hbs': 'port {{ port }} {{ inner }} {{ role_name }}\n',
      'roles/web/tasks/main.yml': `
- copy: { src: plain, dest: "{{ at }}/plain" }
- template: { src: conf.hbs, dest: "{{ at }}/conf" }
  notify: restart web
- import_tasks: more.yml
`,
      'roles/web/tasks/more.yml': '- debug: { msg: "{{ name }}" }\n',
      'roles/web/handlers/main.yml': '- name: restart web\n  debug: { msg: "restarted {{ port }}" }\n',
    });
    const ended = await run(
      `
- slurp: { src: "{{ at }}/conf" }
  register: conf
- debug: { msg: "{{ conf.text }}" }
`,
      { play: 'roles:\n  - { role: web, name: given, vars: { port: 8080 } }' },
    );
    const said = ended.said().map((text) => text.trim());
    expect(said).toContain('port 8080 of the role web');
    expect(said).toContain('base base default');
    expect(said.filter((text) => text.startsWith('restarted'))).toHaveLength(1);
    expect(ended.exit).toBe(0);
  });
});

test('include_role: `tasks_from` by a name of the host, a register, an item', async () => {
  files({
    'roles/parts/tasks/h1.yml': '- debug: { msg: "one {{ word }}" }\n',
    'roles/parts/tasks/h2-said-b.yml': '- debug: { msg: "two {{ item }} {{ word }}" }\n',
    'roles/parts/vars/small.yml': 'word: small\n',
    'roles/parts/vars/main.yml': 'word: main\n',
  });
  const ended = await run(`
- include_role: { name: parts, tasks_from: "{{ inventory_hostname }}", vars_from: "{{ size }}.yml" }
  vars: { size: small }
  when: inventory_hostname == 'h1'
- command: echo said
  register: r
- include_role: { name: parts, tasks_from: "{{ inventory_hostname }}-{{ r.stdout }}-{{ item }}" }
  loop: [b, b]
  when: inventory_hostname == 'h2'
- include_role: { name: parts, tasks_from: "{{ inventory_hostname }}-none" }
`);
  expect(ended.said('h1')).toEqual(['one small']);
  expect(ended.said('h2')).toEqual(['two b main', 'two b main']);
  expect(ended.tasks('h2').at(-1)).toMatchObject({ module: 'include_role', status: 'failed' });
  expect(ended.tasks('h2').at(-1)?.message).toMatch(/^The role has no file `tasks\/h2-none` \(.*:\d+:\d+\)$/);
});

describe('meta', () => {
  test('semantics.md: `end_host` after a notify: the handlers run first; `handlers: skip` leaves them owed', async () => {
    const tasks = (extra: string) => `
- copy: { dest: "{{ at }}/a", content: a }
  notify: told
- meta: end_host
  when: inventory_hostname == 'h1'${extra}
- debug: { msg: after }
handlers:
- name: told
  debug: { msg: handled }
`;
    const ended = await run(tasks(''));
    expect([ended.said('h1'), ended.said('h2')]).toEqual([['handled'], ['after', 'handled']]);
    expect(ended.host().status).toBe('changed');
    const skipped = await run(tasks('\n  handlers: skip'));
    expect(skipped.said('h1')).toEqual([]);
    expect(skipped.host('h1').owes).toEqual(['told']);
  });

  test('semantics.md: `end_play` after a notify: the handlers run first; it ends for all, and later batches are not started', async () => {
    const ended = await run(
      `
- copy: { dest: "{{ at }}/a", content: a }
  notify: told
- meta: end_play
- debug: { msg: after }
handlers:
- name: told
  debug: { msg: handled }
`,
      { play: 'serial: 1' },
    );
    expect(ended.said('h1')).toEqual(['handled']);
    expect(ended.host('h2').status).toBe('not started');
    expect(ended.exit).toBe(0);
  });

  test('`end_batch` ends the batch alone', async () => {
    const ended = await run(
      '- meta: end_batch\n  when: inventory_hostname == "h1"\n- debug: { msg: after }\n',
      {
        play: 'serial: 1',
      },
    );
    expect([ended.said('h1'), ended.said('h2')]).toEqual([[], ['after']]);
  });

  test('`flush_handlers` runs what is due, once', async () => {
    const ended = await run(`
- copy: { dest: "{{ at }}/a", content: a }
  notify: told
- meta: flush_handlers
- debug: { msg: after }
handlers:
- name: told
  debug: { msg: handled }
`);
    expect(ended.said()).toEqual(['handled', 'after']);
  });

  test('`reset_connection` logs in anew', async () => {
    const ended = await run('- command: "true"\n- meta: reset_connection\n- command: "true"\n');
    expect(ended.line()).toEqual(['command: changed', 'command: changed']);
  });
});

describe('retries', () => {
  test('semantics.md: `retries: 3` is at most 3 retries after the first try; `.attempts` is the real number', async () => {
    const ended = await run(`
- shell: 'echo x >>{{ at }}/tries; wc -l <{{ at }}/tries'
  register: tries
  until: tries.stdout == '4'
  retries: 3
  delay: 0
- debug: { msg: "{{ tries.attempts }}" }
- shell: 'echo x >>{{ at }}/more; false'
  register: more
  until: more.rc == 0
  retries: 3
  delay: 0
  ignore_errors: true
- slurp: { src: "{{ at }}/more" }
  register: lines
- debug: { msg: "{{ lines.text }}" }
`);
    expect(ended.said()[0]).toBe('4');
    expect(
      ended
        .said()
        .slice(1)
        .filter((line) => line === 'x'),
    ).toHaveLength(1 + 3);
    expect(ended.tasks()[2]).toMatchObject({
      status: 'ignored',
      message: expect.stringContaining('after 3 retries'),
    });
  });

  test('an `until` that never holds tells what was seen and what to do', async () => {
    const ended = await run(`
- command: echo not yet
  register: said
  until: said.stdout == 'done'
  retries: 1
  delay: 0
`);
    expect(ended.tasks()[0]).toMatchObject({
      status: 'failed',
      message: "until: said.stdout == 'done' does not hold after 1 retry",
      detail: 'not yet',
      next: 'give it longer with `retries` and `delay`, or look at what `until` asks of the register',
    });
  });

  test('without `until` a task is tried again until it does not fail', async () => {
    const ended = await run(`
- shell: '[ -e {{ at }}/there ] || { touch {{ at }}/there; exit 1; }'
  retries: 2
  delay: 0
`);
    expect(ended.line()).toEqual(['shell: changed']);
  });

  test('each try looks again', async () => {
    const ended = await run(`
- shell: '(sleep 0.3; echo done >{{ at }}/late) >/dev/null 2>&1 &'
- stat: { path: "{{ at }}/late" }
  register: late
  until: late.stat.exists
  retries: 20
  delay: 1
`);
    expect(ended.line().at(-1)).toBe('stat: ok');
  });
});

describe('loop_control', () => {
  test('index_var, label, extended, loop_var', async () => {
    const ended = await run(`
- debug: { msg: "{{ n }} {{ one.name }} {{ ansible_loop.last }} {{ ansible_loop.length }}" }
  loop: [{ name: a, secret: x }, { name: b, secret: y }]
  loop_control: { loop_var: one, index_var: n, extended: true, label: "{{ one.name }}" }
`);
    expect(ended.said()).toEqual(['0 a false 2', '1 b true 2']);
    expect(ended.line()).toEqual(['debug (a): ok', 'debug (b): ok']);
  });
});

describe('vars_files', () => {
  test('by a fact of the host, the first that exists', async () => {
    files({ 'any.yml': 'word: any\n', 'h2.vars.yml': 'word: for h2\n' });
    const ended = await run('- debug: { msg: "{{ word }}" }\n', {
      play: 'vars_files:\n  - ["{{ inventory_hostname }}.vars.yml", any.yml]',
    });
    expect([ended.said('h1'), ended.said('h2')]).toEqual([['any'], ['for h2']]);
  });
});
