import { expect, test } from 'vitest';
import type { Block } from '../../engine/load/playbook.ts';
import { load, outline, rendered, taskNamed, values } from './playbook_folder.ts';

const say = (name: string) => `{name: ${name}, debug: {msg: x}}`;

test('a block without rescue and always is its steps', async () => {
  const { play } = await load(`
- hosts: all
  tasks:
    - ${say('a')}
    - block:
        - ${say('b')}
        - block: [${say('c')}]
    - ${say('d')}
`);
  expect(outline(play.steps)).toEqual(['a', 'b', 'c', 'd', 'flush handlers']);
});

test('rescue and always make a block, at any depth', async () => {
  const { play } = await load(`
- hosts: all
  tasks:
    - name: outer
      block:
        - ${say('a')}
        - block: [${say('b')}]
          rescue: [${say('c')}]
      always:
        - block: [${say('d')}]
          when: facts.os.id == 'x'
        - ${say('e')}
`);
  expect(outline(play.steps)).toEqual([
    { outer: [['a', { block: [['b'], ['c'], []] }], [], ['d', 'e']] },
    'flush handlers',
  ]);
  const block = play.steps[0] as Block;
  expect([block.at.line, block.rescue]).toEqual([4, []]);
});

test('the keywords of blocks are those of their tasks: conditions and tags add up, the innermost value wins', async () => {
  const { play } = await load(`
- hosts: all
  tags: [play]
  environment: {A: "1"}
  no_log: true
  timeout: 9
  tasks:
    - block:
        - block:
            - name: inner
              debug: {msg: x}
              when: c
              tags: [three, one]
              vars: {b: task}
              become: false
              environment: {C: "3"}
              ignore_errors: false
              notify: own
              run_once: false
              no_log: false
            - ${say('plain')}
          rescue:
            - ${say('rescue')}
          when: [b]
          tags: two
          vars: {a: inner, b: inner}
          ignore_errors: true
          delegate_to: there
          timeout: 5
      when: a
      tags: one, uno
      vars: {a: outer, c: outer}
      become: true
      become_user: www
      become_method: su
      environment: {B: "2"}
      any_errors_fatal: true
      ignore_unreachable: true
      run_once: batch
      throttle: 2
      check_mode: true
      diff: false
      notify: around
  handlers:
    - {name: own, debug: {msg: x}}
    - {name: around, debug: {msg: x}}
`);
  const inner = taskNamed(play, 'inner');
  expect(inner.when.map(({ source }) => source)).toEqual(['a', 'b', 'c']);
  expect(inner.tags).toEqual(['play', 'one', 'uno', 'two', 'three']);
  expect(values(inner.vars)).toEqual({ a: 'inner', b: 'task', c: 'outer' });
  expect(inner.environment.map((each) => rendered(each))).toEqual([{ A: '1' }, { B: '2' }, { C: '3' }]);
  expect(inner.notify.map((each) => rendered(each))).toEqual(['around', 'own']);
  expect([rendered(inner.becomeUser), rendered(inner.becomeMethod), rendered(inner.delegateTo)]).toEqual([
    'www',
    'su',
    'there',
  ]);
  expect(inner).toMatchObject({
    become: false,
    ignoreErrors: false,
    ignoreUnreachable: true,
    anyErrorsFatal: true,
    throttle: 2,
    checkMode: true,
    diff: false,
    timeout: 5,
    noLog: false,
  });
  expect(inner.runOnce).toBeUndefined();
  for (const name of ['plain', 'rescue'])
    expect(taskNamed(play, name)).toMatchObject({
      become: true,
      ignoreErrors: true,
      runOnce: 'batch',
      noLog: true,
      tags: ['play', 'one', 'uno', 'two'],
    });
});

test('any_errors_fatal and become of a play stay with the play', async () => {
  const { play } = await load(`
- hosts: all
  any_errors_fatal: true
  become: true
  tasks: [${say('a')}]
`);
  const task = taskNamed(play, 'a');
  expect([play.anyErrorsFatal, play.become, 'anyErrorsFatal' in task, 'become' in task]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test('numbers follow the order of definition through blocks, and handlers come last', async () => {
  const { play } = await load(`
- hosts: all
  post_tasks: [${say('e')}]
  pre_tasks: [${say('a')}]
  handlers: [${say('g')}]
  gate: [${say('f')}]
  tasks:
    - block: [${say('b')}]
      always: [{name: c, meta: noop}]
    - ${say('d')}
`);
  expect(['a', 'b', 'd', 'e', 'f', 'g'].map((name) => taskNamed(play, name).id)).toEqual([0, 1, 3, 4, 5, 6]);
});
