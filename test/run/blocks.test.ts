import { describe, expect, test } from 'vitest';
import { oneFleet } from './one_fleet.ts';

const { fleet, run } = oneFleet(1);

describe('a block', () => {
  test('semantics.md: `rescue` succeeded: handlers still run; host is counted `rescued`', async () => {
    const ended = await run(`
- block:
    - copy: { dest: "{{ at }}/a", content: a }
      notify: told
    - fail: { msg: on purpose }
    - debug: { msg: never }
  rescue:
    - debug: { msg: "{{ ansible_failed_task.name }}: {{ ansible_failed_result.msg }}" }
  always:
    - debug: { msg: always }
- debug: { msg: after }
handlers:
- name: told
  debug: { msg: handled }
`);
    expect(ended.said()).toEqual(['fail: on purpose', 'always', 'after', 'handled']);
    expect(ended.host()).toMatchObject({ status: 'rescued', counts: { rescued: 1, failed: 0 } });
    expect(ended.exit).toBe(0);
    expect(ended.events.filter(({ event }) => event === 'rescued')).toEqual([
      expect.objectContaining({ host: 'h1', task: 'fail' }),
    ]);
  });

  test('without a rescue runs `always`, then fails the host', async () => {
    const ended = await run(`
- block:
    - fail: { msg: on purpose }
  always:
    - debug: { msg: cleaned }
- debug: { msg: never }
`);
    expect(ended.line()).toEqual(['fail: failed', 'debug: ok']);
    expect(ended.host().status).toBe('failed');
    expect(ended.exit).toBe(2);
  });

  test('a failing rescue fails the host after `always`', async () => {
    const ended = await run(`
- block:
    - fail: { msg: first }
  rescue:
    - fail: { msg: second }
    - debug: { msg: never }
  always:
    - debug: { msg: cleaned }
`);
    expect(ended.line()).toEqual(['fail: failed', 'fail: failed', 'debug: ok']);
    expect(ended.host()).toMatchObject({ status: 'failed', counts: { failed: 2 } });
  });

  test('nested: the inner failure goes to the outer rescue, inner `always` first', async () => {
    const ended = await run(`
- block:
    - block:
        - fail: { msg: deep }
      always:
        - debug: { msg: inner always }
    - debug: { msg: never }
  rescue:
    - block:
        - fail: { msg: again }
      rescue:
        - debug: { msg: inner rescue }
    - debug: { msg: outer rescue }
  always:
    - debug: { msg: outer always }
- debug: { msg: after }
`);
    expect(ended.said()).toEqual(['inner always', 'inner rescue', 'outer rescue', 'outer always', 'after']);
    expect(ended.host()).toMatchObject({ status: 'rescued', counts: { rescued: 2, failed: 0 } });
  });

  test('keywords are inherited: when, vars, ignore_errors', async () => {
    const ended = await run(`
- vars: { word: outer }
  when: word != 'x'
  ignore_errors: true
  block:
    - debug: { msg: "{{ word }}" }
    - debug: { msg: "{{ word }}" }
      vars: { word: inner }
    - fail: { msg: ignored }
    - debug: { msg: never }
      when: word == 'x'
`);
    expect(ended.line()).toEqual(['debug: ok', 'debug: ok', 'fail: ignored', 'debug: skipped']);
    expect(ended.said()).toEqual(['outer', 'inner']);
  });

  test('a value that the rescue sets is seen after it, though the tasks were looked ahead for', async () => {
    const ended = await run(`
- set_fact: { word: before }
- block:
    - command: sh -c 'exit 3'
    - debug: { msg: never }
  rescue:
    - set_fact: { word: rescued }
- copy: { dest: "{{ at }}/f", content: "{{ word }}" }
- slurp: { src: "{{ at }}/f" }
  register: f
- debug: { msg: "{{ f.text }}" }
`);
    expect(ended.said()).toEqual(['rescued']);
  });

  test('changes of a block that fails are not sent before their turn in `always`', async () => {
    const ended = await run(`
- block:
    - copy: { dest: "{{ at }}/a", content: a }
    - path_thing: { at: "{{ at }}/b", value: b, does: fails }
  rescue:
    - stat: { path: "{{ at }}/c" }
      register: c
    - debug: { msg: "{{ c.stat.exists }}" }
  always:
    - copy: { dest: "{{ at }}/c", content: c }
`);
    expect(ended.said()).toEqual(['false']);
    expect(ended.line().at(-1)).toBe('copy: changed');
  });

  test('in check mode the rescue is not run, since nothing failed', async () => {
    const ended = await run(
      `
- block:
    - copy: { dest: "{{ at }}/a", content: a }
  rescue:
    - debug: { msg: never }
`,
      { check: true },
    );
    expect(ended.line()).toEqual(['copy: changed']);
  });
});

describe('handlers of a block', () => {
  test('a handler that fails in a flush within a block is rescued', async () => {
    const ended = await run(`
- block:
    - copy: { dest: "{{ at }}/a", content: a }
      notify: breaks
    - meta: flush_handlers
    - debug: { msg: never }
  rescue:
    - debug: { msg: rescued }
handlers:
- name: breaks
  fail: { msg: broken }
`);
    expect(ended.said()).toEqual(['rescued']);
    expect(ended.host()).toMatchObject({ status: 'rescued', owes: ['breaks'] });
  });
});

test('rounds: a block costs no send of its own', async () => {
  const tasks = (content: string) => `
- block:
    - copy: { dest: "${fleet().root()}/same1", content: ${content} }
    - copy: { dest: "${fleet().root()}/same2", content: ${content} }
  rescue:
    - copy: { dest: "${fleet().root()}/same3", content: ${content} }
  always:
    - copy: { dest: "${fleet().root()}/same4", content: ${content} }
`;
  await run(tasks('x'));
  const again = await run(tasks('x'));
  expect(again.line()).toEqual(['copy: ok', 'copy: ok', 'copy: ok']);
  expect(again.sends()).toBe(1);
});
