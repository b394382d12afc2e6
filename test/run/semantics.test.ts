import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from './harness.ts';
import type { FleetRun } from './harness.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet();
});
afterAll(() => fleet.close());

let folders = 0;
/** Runs tasks in a folder of their own, `{{ at }}`. */
function run(tasks: string, options: FleetRun = {}) {
  const name = `semantics${(folders += 1)}`;
  mkdirSync(join(fleet.root(), name));
  const indented = tasks.trim().replaceAll(/^/gm, '    ');
  return fleet.run(`- hosts: all\n  vars: { at: "{{ root }}/${name}" }\n  tasks:\n${indented}\n`, options);
}

describe('semantics.md: loops and conditions', () => {
  test('`when` with `loop` is evaluated per item', async () => {
    const ended = await run('- debug: { msg: "{{ item }}" }\n  loop: [1, 2, 3]\n  when: item != 2');
    expect(ended.line()).toEqual(['debug (1): ok', 'debug (2): skipped', 'debug (3): ok']);
    expect(ended.said()).toEqual(['1', '3']);
  });

  test('the task is skipped only if every item is', async () => {
    const ended = await run(`
- debug: { msg: "{{ item }}" }
  loop: [1, 2]
  when: item > 1
  register: some
- debug: { msg: "{{ item }}" }
  loop: [1, 2]
  when: item > 2
  register: none
- debug: { msg: "{{ some.skipped }} {{ none.skipped }}" }
`);
    expect(ended.said().at(-1)).toBe('false true');
  });

  test('undefined loop list while `when` is false: skipped, no error', async () => {
    const ended = await run(`
- command: echo '{}'
  register: empty
- debug: { msg: "{{ item }}" }
  loop: "{{ empty.no_such_list }}"
  when: ["!empty.failed", "1 == 2"]
- debug: { msg: "{{ item.name }}" }
  loop: "{{ empty.no_such_list }}"
  when: ["item.name != ''", "1 == 2"]
- debug: { msg: "{{ item }}" }
  loop: "{{ empty.no_such_list }}"
`);
    expect(ended.line()).toEqual(['command: changed', 'debug: skipped', 'debug: skipped', 'debug: failed']);
    expect(ended.tasks()[1]?.message).toBe('when: !empty.failed and 1 == 2');
    expect(ended.tasks()[3]?.message).toMatch(/no_such_list.*\(.*playbook\d+\.yml:\d+:\d+\)$/);
  });

  test.each([
    ['defined', 'defined(no_such_list)'],
    ['false', 'no'],
  ])('a list that nobody defines while `when` is false is no mistake either: %s', async (_, when) => {
    const ended = await run(`
- debug: { msg: "{{ item }}" }
  loop: "{{ no_such_list }}"
  when: ${when}
- command: echo x
  register: r
  when: defined(no_such_list)
  failed_when: r.stdout == no_such_list
`);
    expect(ended.line()).toEqual(['debug: skipped', 'command: skipped']);
  });

  test('a list that nobody defines is a mistake where `when` hangs on the item, or where there is none', async () => {
    const loop = '- debug: { msg: "{{ item }}" }\n  loop: "{{ no_such_list }}"';
    await expect(run(loop)).rejects.toThrow('`no_such_list` is not defined');
    await expect(run(`${loop}\n  when: item != 1`)).rejects.toThrow('`no_such_list` is not defined');
  });

  test('an item that fails does not keep the others from their turn', async () => {
    const ended = await run(`
- block:
    - command: sh -c 'exit {{ item }}'
      loop: [0, 3, 0]
      register: r
    - debug: { msg: not reached }
  rescue:
    - debug: { msg: "{{#each r.results as |one|}}{{one.item}}:{{one.failed}} {{/each}}" }
`);
    expect(ended.line().slice(0, 3)).toEqual([
      'command (0): changed',
      'command (3): failed',
      'command (0): changed',
    ]);
    expect(ended.said()).toEqual(['0:false 3:true 0:false ']);
  });

  test('a loop without items is skipped, and told', async () => {
    const ended = await run(
      '- debug: { msg: "{{ item }}" }\n  loop: []\n  register: r\n- debug: { var: r.results }',
    );
    expect(ended.tasks()[0]).toMatchObject({ status: 'skipped', message: 'its loop has no items' });
    expect(ended.said()).toEqual(['r.results: []']);
  });

  test('a loop that is no list fails its task and says what it is', async () => {
    const ended = await run(
      '- command: echo x\n  register: r\n- debug: { msg: x }\n  loop: "{{ r.stdout }}"',
    );
    expect(ended.tasks().at(-1)?.message).toMatch(/^`loop` must be a list, and is a string \(/);
  });

  test('a map is looped over by its entries; `omit` leaves an argument out', async () => {
    const ended = await run(`
- copy: { dest: "{{ at }}/{{ item.key }}", content: x, mode: "{{ default item.value.mode omit }}" }
  loop: "{{ dict2items files }}"
  vars: { files: { one: {}, two: { mode: "0600" } } }
  register: made
- debug: { msg: "{{ item }}" }
  loop: "{{ files }}"
  vars: { files: { one: 1 } }
`);
    const mode = (name: string) => statSync(join(fleet.root(), `semantics${folders}`, name)).mode & 0o777;
    expect([mode('one'), mode('two')]).toEqual([0o644 & ~process.umask(), 0o600]);
    expect(ended.tasks().at(-1)?.message).toMatch(/^`loop` must be a list, and is a map \(/);
    expect(ended.tasks().at(-1)?.next).toContain('dict2items');
  });

  test('`loop_var` names the item', async () => {
    const ended = await run(
      '- debug: { msg: "{{ inner }}" }\n  loop: [a, b]\n  loop_control: { loop_var: inner }',
    );
    expect(ended.said()).toEqual(['a', 'b']);
  });
});

describe('semantics.md: registers', () => {
  test('on a skipped task keeps the last real value, with `.skipped` true', async () => {
    const ended = await run(`
- command: echo real
  register: r
- command: echo other
  register: r
  when: 1 == 2
- debug: { msg: "{{ r.stdout }} {{ r.skipped }} {{ r.changed }}" }
- command: echo first
  register: never
  when: 1 == 2
- debug: { msg: "{{ never.skipped }} {{ never.failed }}" }
`);
    expect(ended.said()).toEqual(['real true false', 'true false']);
  });

  test('on a loop: `.results[]` and the overall flags', async () => {
    const ended = await run(`
- command: sh -c 'exit {{ item }}'
  loop: [0, 3]
  register: r
  failed_when: false
  changed_when: r.rc == 3
- debug: { msg: "{{ r.results.0.rc }} {{ r.results.1.rc }} {{ r.changed }} {{ r.failed }}" }
`);
    expect(ended.line().slice(0, 2)).toEqual(['command (0): ok', 'command (3): changed']);
    expect(ended.said()).toEqual(['0 3 true false']);
  });

  test('on a loop each of `.results[]` bears its item', async () => {
    const ended = await run(`
- command: echo {{ host }}
  loop: [a, b]
  loop_control: { loop_var: host, index_var: n }
  register: r
- debug: { msg: "{{ item.ansible_loop_var }} {{ item.host }} {{ item.n }} {{ item.stdout }}" }
  loop: "{{ r.results }}"
`);
    expect(ended.said()).toEqual(['host a 0 a', 'host b 1 b']);
  });

  test('on a loop that is skipped keeps the last real results', async () => {
    const ended = await run(`
- command: echo {{ item }}
  loop: [a, b]
  register: r
- command: echo {{ item }}
  loop: [c]
  register: r
  when: false
- debug: { msg: "{{ r.skipped }} {{ r.results.1.stdout }}" }
- command: echo {{ item }}
  loop: [c]
  register: never
  when: false
- debug: { msg: "{{ never.skipped }} {{ never.results.0.item }}" }
`);
    expect(ended.said()).toEqual(['true b', 'true c']);
  });

  test('that check mode does not know is not known after a task that was skipped', async () => {
    const ended = await run(
      `
- command: echo one
  register: r
- command: echo two
  register: r
  when: false
- debug: { msg: "{{ r.stdout }}" }
`,
      { check: true },
    );
    expect(ended.line()).toEqual(['command: changed', 'command: skipped', 'debug: later']);
  });

  test('of a failed task that was ignored tells why', async () => {
    const ended = await run(`
- command: sh -c 'echo out; echo err >&2; exit 9'
  register: r
  ignore_errors: true
- debug: { msg: "{{ r.failed }} {{ r.rc }} {{ r.stdout }} {{ r.stderr }}" }
`);
    expect(ended.said()).toEqual(['true 9 out err']);
  });
});

describe('semantics.md: `changed_when`, `failed_when`', () => {
  test('decide, and see the register', async () => {
    const ended = await run(`
- name: never changes
  command: echo same
  register: r
  changed_when: "r.stdout != 'same'"
- name: fine after all
  command: "false"
  register: r
  failed_when: r.rc > 1
- name: bad after all
  command: "true"
  register: r
  failed_when: ["r.rc == 0", "r.stdout == ''"]
`);
    expect(ended.line()).toEqual(['never changes: ok', 'fine after all: changed', 'bad after all: failed']);
    expect(ended.tasks()[1]).not.toHaveProperty('message');
    expect(ended.tasks()[1]).not.toHaveProperty('detail');
    expect(ended.tasks()[2]?.message).toBe("failed_when: r.rc == 0 and r.stdout == ''");
  });

  test.each([
    ['changed_when', 'r.stdout', '`changed_when` must be true or false, and is string'],
    ['failed_when', 'r.rc', '`failed_when` must be true or false, and is'],
    ['failed_when', 'r.no_such_name', 'no_such_name'],
    ['when', 'at', '`when` must be true or false, and is string'],
  ])('`%s: %s` must be boolean: an error with its place', async (keyword, expression, says) => {
    const ended = await run(
      `- command: echo x\n  register: r\n- command: echo x\n  register: r\n  ${keyword}: ${expression}`,
    );
    const task = ended.tasks()[1];
    expect(task?.status).toBe('failed');
    expect(task?.message).toContain(says);
    expect(task?.message).toMatch(/\(.*playbook\d+\.yml:8:\d+\)$/);
  });
});

describe('semantics.md: failures', () => {
  test("exit status 255 of a command is the command's own failure", async () => {
    const ended = await run("- command: sh -c 'exit 255'");
    expect(ended.tasks()[0]).toMatchObject({ status: 'failed', message: 'exit status 255' });
    expect([ended.exit, ended.host().status]).toEqual([2, 'failed']);
  });

  test.each([120, 119, 143])('and so is %d', async (code) => {
    const ended = await run(`- command: sh -c 'exit ${code}'`);
    expect(ended.tasks()[0]?.message).toBe(`exit status ${code}`);
  });

  test('`become_user` without `become` is refused at load', async () => {
    await expect(run('- command: "true"\n  become_user: nobody')).rejects.toThrow(
      '`become_user` without `become`',
    );
  });

  test('a mistake in arguments that only the run can see fails the task with its place', async () => {
    const ended = await run(
      '- command: echo relative\n  register: r\n- file: { path: "{{ r.stdout }}", state: touch }',
    );
    expect(ended.tasks()[1]?.message).toMatch(/must be an absolute path.*playbook\d+\.yml:6:\d+\)$/);
  });

  test('a part of a register that is not there fails the task with its place', async () => {
    const ended = await run('- command: echo x\n  register: r\n- debug: { msg: "{{ r.no_such }}" }');
    expect(ended.tasks()[1]?.message).toMatch(/^`r\.no_such` is not defined \(.*playbook\d+\.yml:6:\d+\)$/);
  });

  test('what a module cannot do is said as it says it, and is no fault of fettle', async () => {
    const ended = await run('- command: { cmd: "echo \'open" }');
    expect(ended.tasks()[0]?.message).toMatch(/^`cmd` cannot be split into words/);
    expect(ended.tasks()[0]?.next).toMatch(/close the quote/);
  });

  test('`no_log` hides the result everywhere', async () => {
    const ended = await run(`
- name: quiet
  command: echo hush
  no_log: true
- name: quiet file
  copy: { dest: "{{ at }}/f", content: "hush\\n" }
  no_log: true
- name: quiet failure
  command: sh -c 'echo hush >&2; exit 1'
  no_log: true
`);
    expect(ended.line()).toEqual(['quiet: changed', 'quiet file: changed', 'quiet failure: failed']);
    expect(JSON.stringify(ended.events)).not.toContain('hush');
    expect(ended.record()).not.toContain('hush');
    for (const { journal } of ended.changes()) {
      const comments = execFileSync('sh', ['-c', `grep '^#' ${journal}/undo`], { encoding: 'utf8' });
      expect(comments).toContain('# 1: (hidden by no_log)');
      expect(comments).not.toContain('hush');
    }
    expect(JSON.stringify(ended.tasks())).toContain('(hidden by no_log)');
  });
});

test("semantics.md: the user's commands have the login's umask and locale", async () => {
  const umask = process.umask();
  const ended = await run(`
- command: mkdir "{{ at }}/d"
- shell: umask; echo "$LC_ALL"
`);
  const [at] = ended.changes().flatMap(({ what }) => /"?(\/[^"]*\/d)"?$/.exec(what[0] ?? '')?.[1] ?? []);
  expect(statSync(at as string).mode & 0o777).toBe(0o777 & ~umask);
  expect(ended.tasks()[1]?.output).toBe(
    `${umask.toString(8).padStart(4, '0')}\n${process.env['LC_ALL'] ?? ''}\n`,
  );
});

test('a task with `check_mode: true` looks and changes nothing, and its register can be used', async () => {
  const ended = await run(`
- name: look
  copy: { dest: "{{ at }}/f", content: "x\\n" }
  check_mode: true
  register: drift
- name: command
  command: touch {{ at }}/g
  check_mode: true
- name: then
  copy: { dest: "{{ at }}/h", content: "{{ drift.changed }}\\n" }
  when: drift.changed
`);
  expect(ended.line()).toEqual(['look: changed', 'command: skipped', 'then: changed']);
  expect(ended.task('look').message).toBe('not changed, since the task only checks');
  const [written] = ended.changes().map(({ what }) => /(\/\S+)$/.exec(what[0] ?? '')?.[1]);
  expect(readFileSync(written as string, 'utf8')).toBe('true\n');
  expect(ended.changes()).toHaveLength(1);
});

test('hosts of the inventory that are in no play are known by `hostvars` and `groups`', async () => {
  const two = await localFleet(2, { colour: 'blue' });
  try {
    const text = `- hosts: all\n  tasks:\n    - debug: { msg: "{{ hostvars.h2.colour }} {{ join groups.all ' ' }}" }\n`;
    const ended = await two.run(text, { limit: 'h1' });
    expect(ended.said()).toEqual(['blue h1 h2']);
  } finally {
    await two.close();
  }
});
