import { describe, expect, test } from 'vitest';
import type { Ended } from './ended.ts';
import { oneFleet, type OneRun } from './one_fleet.ts';

const { run } = oneFleet(2);

/** Answers in their order, and what was asked. */
function answering(...answers: readonly string[]) {
  const asked: string[] = [];
  const options: OneRun = {
    step: true,
    ask: (prompt) => {
      asked.push(prompt.replace('Perform task: ', '').replace(' (N)o/(y)es/(c)ontinue', ''));
      return Promise.resolve(answers[asked.length - 1] ?? 'nobody is there');
    },
  };
  return { asked, options };
}

const said = (ended: Ended) => ['h1', 'h2'].map((host) => ended.said(host));

describe('--step', () => {
  test('asks once a task for all hosts, with the name', async () => {
    const prompts: string[] = [];
    const ended = await run('- name: first one\n  mark: one\n- mark: two\n', {
      step: true,
      ask: async (prompt, echo) => {
        prompts.push(`${prompt} ${echo}`);
        return 'y';
      },
    });
    expect(prompts).toEqual([
      'Perform task: first one (N)o/(y)es/(c)ontinue true',
      'Perform task: mark (N)o/(y)es/(c)ontinue true',
    ]);
    expect(said(ended)).toEqual(Array(2).fill(['one', 'two']));
  });

  test.each([
    ['y', true],
    ['YES', true],
    [' yes ', true],
    ['n', false],
    ['', false],
    ['what?', false],
  ])('%j', async (answer, isDone) => {
    const { options } = answering(answer);
    expect(said(await run('- mark: done\n', options))).toEqual(Array(2).fill(isDone ? ['done'] : []));
  });

  test('a task that is declined is skipped on all hosts, and its register says so', async () => {
    const { options } = answering('n', 'y');
    const ended = await run('- mark: one\n  register: it\n- mark: "{{ it.skipped }}"\n', options);
    expect(said(ended)).toEqual(Array(2).fill(['true']));
    expect(ended.tasks('h2')[0]).toMatchObject({ status: 'skipped', message: 'declined at --step' });
    expect(ended.exit).toBe(0);
  });

  test('continue: nothing more is asked', async () => {
    const { asked, options } = answering('y', 'c');
    const ended = await run('- mark: one\n- mark: two\n- mark: three\n- mark: four\n', options);
    expect(asked).toEqual(['mark', 'mark']);
    expect(said(ended)).toEqual(Array(2).fill(['one', 'two', 'three', 'four']));
  });

  test('each task comes after the one before it on every host, and changes nothing ahead', async () => {
    const order: string[] = [];
    const { options } = answering('y', 'n');
    const ended = await run(
      '- copy: { dest: "{{ at }}/a", content: a }\n- name: no\n  copy: { dest: "{{ at }}/b", content: b }\n',
      {
        ...options,
        ask: (prompt, echo) => {
          order.push('asked');
          return (options.ask as NonNullable<OneRun['ask']>)(prompt, echo);
        },
        onEvent: ({ event }) => {
          if (event === 'change_ended') order.push('changed');
        },
      },
    );
    expect(order).toEqual(['asked', 'changed', 'changed', 'asked']);
    expect(ended.line()).toEqual(['copy: changed', 'no: skipped']);
  });

  test('includes are asked for, and each task that they bring; blocks are not', async () => {
    const { asked, options } = answering('y', 'y', 'n', 'y');
    const ended = await run(
      '- block:\n    - include_tasks: more.yml\n      loop: [1, 2]\n  always:\n    - mark: always\n',
      { ...options, files: { 'more.yml': '- name: more\n  mark: "{{ item }}"\n' } },
    );
    expect(asked).toEqual(['include_tasks more.yml', 'more', 'more', 'mark']);
    expect(said(ended)).toEqual(Array(2).fill(['1', 'always']));
  });

  test('a handler that is declined is owed', async () => {
    const { asked, options } = answering('y', 'n');
    const ended = await run(
      '- mark: { msg: one, ends: changed }\n  notify: told\nhandlers:\n- name: told\n  mark: told\n',
      options,
    );
    expect(asked).toEqual(['mark', 'told']);
    expect(ended.host().owes).toEqual(['told']);
  });

  test('with `serial` asks for each batch, with `run_once` once for all', async () => {
    const { asked, options } = answering('y', 'n', 'y');
    const ended = await run('- name: all\n  mark: all\n- name: once\n  mark: once\n  run_once: true\n', {
      ...options,
      play: 'serial: 1',
    });
    expect(asked).toEqual(['all', 'once', 'all', 'once']);
    expect(said(ended)).toEqual([['all'], ['all']]);
  });

  test('an interrupt at the question begins nothing more', async () => {
    let stop = false;
    const ended = await run('- mark: one\n', {
      step: true,
      interrupted: () => stop,
      ask: () => {
        stop = true;
        return Promise.reject(new Error('interrupted'));
      },
    });
    expect(said(ended)).toEqual([[], []]);
    expect(ended.exit).toBe(130);
  });

  test('without a terminal is refused, with what to do', async () => {
    await expect(run('- mark: one\n', { step: true })).rejects.toMatchObject({
      kind: 'usage',
      message: '`--step` asks before each task, and there is no terminal at which somebody could answer',
      next: 'run it from a terminal, or leave --step out; --check shows what would be changed',
    });
  });
});
