import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from './harness.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet();
});
afterAll(() => fleet.close());

let folders = 0;
/** A play whose things lie in a folder of their own. */
function play(tasks: string, handlers: string): string {
  const name = `handlers${(folders += 1)}`;
  mkdirSync(join(fleet.root(), name));
  const indent = (text: string): string => text.trim().replaceAll(/^/gm, '    ');
  return `- hosts: all\n  vars: { at: "{{ root }}/${name}" }\n  tasks:\n${indent(tasks)}\n  handlers:\n${indent(handlers)}\n`;
}

const two = `
- name: first
  command: echo first
- name: second
  command: echo second
`;

const handlersRun = (ended: { tasks(): readonly { handler: boolean; task: string; status: string }[] }) =>
  ended
    .tasks()
    .filter(({ handler }) => handler)
    .map(({ task, status }) => `${task}: ${status}`);

describe('semantics.md: handlers', () => {
  test('a task with `ignore_errors` that changed something, then failed: the handler is notified', async () => {
    const ended = await fleet.run(
      play(
        `
- name: half
  thing: { at: "{{ at }}/a", value: "1" }
  failed_when: true
  ignore_errors: true
  notify: first
- name: not at all
  thing: { at: "{{ at }}/b", value: "1", does: fails }
  ignore_errors: true
  notify: second
`,
        two,
      ),
    );
    expect(ended.line()).toEqual(['half: ignored', 'not at all: ignored', 'first: changed']);
    expect(ended.exit).toBe(0);
  });

  test('a task that changed something and failed leaves its handler owed', async () => {
    const ended = await fleet.run(
      play('- thing: { at: "{{ at }}/a", value: "1" }\n  failed_when: true\n  notify: first', two),
    );
    expect(ended.host()).toMatchObject({ status: 'failed', owes: ['first'] });
  });

  test("one of a loop's items changed: the handler is notified once", async () => {
    const ended = await fleet.run(
      play('- thing: { at: "{{ at }}/{{ item }}", value: "1" }\n  loop: [a, b, c]\n  notify: first', two),
    );
    expect(handlersRun(ended)).toEqual(['first: changed']);
  });

  test('a later task fails after a `notify`: the handler is owed and listed', async () => {
    const ended = await fleet.run(
      play(
        `
- thing: { at: "{{ at }}/a", value: "1" }
  notify: [second, first]
- fail: { msg: enough }
`,
        two,
      ),
    );
    expect(handlersRun(ended)).toEqual([]);
    expect(ended.host()).toMatchObject({ status: 'failed', owes: ['first', 'second'] });
  });

  test('a handler that fails is owed still, and those behind it', async () => {
    const ended = await fleet.run(
      play(
        '- command: "true"\n  notify: [first, second]',
        `
- name: first
  command: "false"
- name: second
  command: echo second
`,
      ),
    );
    expect(handlersRun(ended)).toEqual(['first: failed']);
    expect(ended.host().owes).toEqual(['first', 'second']);
  });

  test('order of definition, once a flush, whoever notified them and in what order', async () => {
    const ended = await fleet.run(
      play(
        `
- command: "true"
  notify: second
- command: "true"
  notify: [first, second]
`,
        two,
      ),
    );
    expect(handlersRun(ended)).toEqual(['first: changed', 'second: changed']);
  });

  test('`listen` topics', async () => {
    const ended = await fleet.run(
      play(
        '- command: "true"\n  notify: web',
        `
- name: one
  listen: web
  command: echo one
- name: other
  command: echo other
- listen: [mail, web]
  name: two
  command: echo two
`,
      ),
    );
    expect(handlersRun(ended)).toEqual(['one: changed', 'two: changed']);
  });

  test('a handler may notify another: one behind it is not run twice', async () => {
    const ended = await fleet.run(
      play(
        '- command: "true"\n  notify: [first, second]',
        `
- name: first
  command: "true"
  notify: [second, last]
- name: second
  command: "true"
- name: last
  command: "true"
`,
      ),
    );
    expect(handlersRun(ended)).toEqual(['first: changed', 'second: changed', 'last: changed']);
  });

  test('a task that changed nothing, and one that only checks, notify nobody', async () => {
    const ended = await fleet.run(
      play(
        `
- command: { cmd: "true", reads: true }
  notify: first
- thing: { at: "{{ at }}/a", value: "1" }
  check_mode: true
  notify: second
`,
        two,
      ),
    );
    expect(handlersRun(ended)).toEqual([]);
  });

  test('in check mode they are shown as "would run", and nothing is executed', async () => {
    const ended = await fleet.run(play('- thing: { at: "{{ at }}/a", value: "1" }\n  notify: first', two), {
      check: true,
    });
    expect(ended.tasks().at(-1)).toMatchObject({
      task: 'first',
      handler: true,
      status: 'ok',
      message: 'would run',
      changes: [],
    });
    expect(ended.changes()).toEqual([]);
  });

  test('a name that only the run can make and that is no handler fails its task, naming those there are', async () => {
    const ended = await fleet.run(
      play('- command: echo nobody\n  register: who\n- command: "true"\n  notify: "{{ who.stdout }}"', two),
    );
    expect(ended.host().status).toBe('failed');
    expect(ended.tasks().at(-1)).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^no handler is named nobody \(.*:\d+:\d+\)$/),
      next: 'handlers of this play: first, second',
    });
  });
});
