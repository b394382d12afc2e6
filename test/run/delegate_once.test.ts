import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { oneFleet } from './one_fleet.ts';

const { fleet, run } = oneFleet(4);
const names = ['h1', 'h2', 'h3', 'h4'];

describe('semantics.md: `run_once`', () => {
  test('with `serial` runs once per play; its register goes to all', async () => {
    const ended = await run(
      `
- command: echo {{ inventory_hostname }}
  run_once: true
  register: said
- debug: { msg: "{{ said.stdout }}" }
`,
      { play: 'serial: 2' },
    );
    expect(names.flatMap((name) => ended.said(name))).toEqual(['h1', 'h1', 'h1', 'h1']);
    expect(names.map((name) => ended.line(name).length)).toEqual([2, 1, 1, 1]);
  });

  test('`run_once: batch` runs once per batch', async () => {
    const ended = await run(
      `
- command: echo {{ inventory_hostname }}
  run_once: batch
  register: said
- debug: { msg: "{{ said.stdout }}" }
`,
      { play: 'serial: 2' },
    );
    expect(names.flatMap((name) => ended.said(name))).toEqual(['h1', 'h1', 'h3', 'h3']);
  });

  test('with `when`: the first host in inventory order for which it holds', async () => {
    const ended = await run(`
- command: echo {{ inventory_hostname }}
  run_once: true
  when: inventory_hostname != 'h1'
  register: said
- debug: { msg: "{{ said.stdout }}" }
`);
    expect(names.flatMap((name) => ended.said(name))).toEqual(['h2', 'h2', 'h2', 'h2']);
  });

  test('with `when` and a loop over a list that only one host has', async () => {
    const ended = await run(`
- command: echo said
  register: list
  when: inventory_hostname == 'h2'
- command: echo {{ inventory_hostname }} {{ item }}
  run_once: true
  when: inventory_hostname == 'h2'
  loop: "{{ list.stdout_lines }}"
  register: said
- debug: { msg: "{{ said.results.0.stdout }}" }
`);
    expect(names.flatMap((name) => ended.said(name))).toEqual(Array(4).fill('h2 said'));
  });

  test('with a `when` that holds for none is skipped', async () => {
    const ended = await run(
      `
- command: echo {{ inventory_hostname }}
  run_once: true
  when: inventory_hostname == 'nobody'
- debug: { msg: after }
`,
      { play: 'serial: 2' },
    );
    expect(names.flatMap((name) => ended.said(name))).toEqual(Array(4).fill('after'));
    expect(ended.exit).toBe(0);
  });

  test('that fails: the batch fails, the other hosts are listed as `blocked`', async () => {
    const ended = await run(`
- command: sh -c 'exit 3'
  run_once: true
- copy: { dest: "{{ at }}/never", content: a }
`);
    expect(names.map((name) => ended.host(name).status)).toEqual(['failed', 'blocked', 'blocked', 'blocked']);
    expect(ended.host('h2').message).toBe('it runs once for all, and failed on h1');
    expect(ended.exit).toBe(2);
  });

  test('in a block is rescued by all', async () => {
    const ended = await run(`
- block:
    - command: sh -c 'exit 3'
      run_once: true
  rescue:
    - debug: { msg: rescued }
`);
    expect(names.flatMap((name) => ended.said(name))).toEqual(Array(4).fill('rescued'));
    expect(ended.exit).toBe(0);
  });
});

describe('semantics.md: `delegate_to`', () => {
  test('facts and registers stay with the original host; the work is done and journalled there', async () => {
    const ended = await run(`
- set_fact: { mine: "{{ inventory_hostname }}" }
- copy: { dest: "{{ hostvars.h2.root }}/from-{{ mine }}", content: "{{ facts.os.id }}" }
  delegate_to: h2
  register: put
- debug: { msg: "{{ inventory_hostname }} {{ put.changed }}" }
`);
    expect(names.map((name) => ended.task('copy', name).delegate)).toEqual(['h2', undefined, 'h2', 'h2']);
    expect(names.flatMap((name) => ended.said(name))).toEqual(names.map((name) => `${name} true`));
    for (const name of names) expect(existsSync(join(fleet().root(2), `from-${name}`))).toBe(true);
    const undone = await fleet().undo(ended.run);
    for (const name of names) expect(existsSync(join(fleet().root(2), `from-${name}`))).toBe(false);
    expect(undone.exit).toBe(0);
    expect(undone.tasks('h2')).toHaveLength(4);
  });

  test('one at a time per delegate', async () => {
    const ended = await run(`
- shell: |
    mkdir {{ hostvars.h1.root }}/lock || exit 9
    sleep 0.1
    rmdir {{ hostvars.h1.root }}/lock
  delegate_to: h1
`);
    expect(names.map((name) => ended.line(name))).toEqual(Array(4).fill(['shell: changed']));
  });

  test('to the controller, which no inventory names', async () => {
    const ended = await run(`
- command: touch {{ at }}/{{ inventory_hostname }}
  delegate_to: localhost
  run_once: true
`);
    expect(ended.exit).toBe(0);
    expect(ended.task('command').delegate).toBe('localhost');
  });

  test('a change by another host is seen by the delegate’s own tasks', async () => {
    const ended = await run(`
- copy: { dest: "{{ hostvars.h1.at }}/shared", content: "from h2" }
  delegate_to: h1
  when: inventory_hostname == 'h2'
  register: put
- debug: { msg: "{{ hostvars.h2.put.changed }}" }
  when: inventory_hostname == 'h1'
- slurp: { src: "{{ at }}/shared" }
  when: inventory_hostname == 'h1'
  register: got
- debug: { msg: "{{ got.text }}" }
  when: inventory_hostname == 'h1'
`);
    expect(ended.said('h1')).toEqual(['true', 'from h2']);
  });

  test('to a host that no inventory names is a login there, and never this machine', async () => {
    const ended = await run('- command: touch {{ root }}/here\n  delegate_to: no-such-host.invalid');
    expect(ended.tasks()[0]?.message).toMatch(/^no-such-host\.invalid, to which it is delegated: /);
    expect(existsSync(join(fleet().root(1), 'here'))).toBe(false);
  });

  test('an empty name fails the task', async () => {
    const ended = await run(`
- command: "true"
  delegate_to: "{{ nothing }}"
  vars: { nothing: "" }
  ignore_errors: true
`);
    expect(ended.line()).toEqual(['command: ignored']);
    expect(ended.tasks()[0]?.message).toContain('`delegate_to` must be the name of one host');
  });
});

test('`throttle` lets so many hosts at a task at once', async () => {
  const ended = await run(`
- shell: |
    mkdir {{ hostvars.h1.root }}/one || mkdir {{ hostvars.h1.root }}/two || exit 9
    sleep 0.1
    rmdir {{ hostvars.h1.root }}/one 2>/dev/null || rmdir {{ hostvars.h1.root }}/two
  throttle: 1
`);
  expect(names.map((name) => ended.line(name))).toEqual(Array(4).fill(['shell: changed']));
});

test('`strategy: linear` goes task by task over all hosts', async () => {
  const ended = await run(
    `
- shell: "sleep {{ 0.05 }}; echo {{ inventory_hostname }} >>{{ hostvars.h1.root }}/order"
- shell: "echo second >>{{ hostvars.h1.root }}/order"
`,
    { play: 'strategy: linear' },
  );
  expect(ended.exit).toBe(0);
  const order = readFileSync(join(fleet().root(1), 'order'), 'utf8')
    .trim()
    .split('\n');
  expect(order.slice(4)).toEqual(Array(4).fill('second'));
});
