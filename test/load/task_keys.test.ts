import { expect, test } from 'vitest';
import type { Task } from '../../engine/load/playbook.ts';
import { load, rendered, taskNamed } from './playbook_folder.ts';

async function taskOf(keys: string): Promise<Task> {
  const { play } = await load(`- hosts: all\n  tasks:\n    - {name: a, command: x, ${keys}}\n`);
  return taskNamed(play, 'a');
}

test.each<[keys: string, parts: Partial<Task>]>([
  ['run_once: true', { runOnce: 'play' }],
  ['run_once: yes', { runOnce: 'play' }],
  ['run_once: batch', { runOnce: 'batch' }],
  ['throttle: 1', { throttle: 1 }],
  ['any_errors_fatal: false', { anyErrorsFatal: false }],
  ['ignore_unreachable: true', { ignoreUnreachable: true }],
  ['tags: "a, b"', { tags: ['a', 'b'] }],
  ['tags: [a, "b,c", a]', { tags: ['a', 'b', 'c'] }],
])('%s', async (keys, parts) => {
  expect(await taskOf(keys)).toMatchObject(parts);
});

test('run_once: false is none', async () => {
  expect('runOnce' in (await taskOf('run_once: false'))).toBe(false);
});

test.each<[keys: string, retries: unknown, delay: unknown]>([
  ['retries: 3', 3, undefined],
  ['until: r.rc == 0, register: r, retries: 0, delay: 0.5', 0, 0.5],
  ['retries: "{{ n }}", delay: "{{ n }}"', 7, 7],
  ['delay: 2', undefined, 2],
])('tries: %s', async (keys, retries, delay) => {
  const task = await taskOf(keys);
  expect([rendered(task.retries, { n: 7 }), rendered(task.delay, { n: 7 })]).toEqual([retries, delay]);
});

test('until is a condition or several', async () => {
  const sources = async (keys: string) => (await taskOf(keys)).until?.map(({ source }) => source);
  expect(await sources('until: r.rc == 0, register: r')).toEqual(['r.rc == 0']);
  expect(await sources('until: [r.rc == 0, true], register: r')).toEqual(['r.rc == 0', 'true']);
  expect(await sources('retries: 3')).toBeUndefined();
});

test('delegate_to may name the item', async () => {
  const task = await taskOf('loop: [a, b], delegate_to: "{{ item }}.example"');
  expect(rendered(task.delegateTo, { item: 'a' })).toBe('a.example');
});

test('loop_control names the item, its index and its label', async () => {
  const { loopControl } = await taskOf(
    'loop: [a], loop_control: {loop_var: it, index_var: nr, label: "{{ it.name }}", pause: 1.5, extended: true}',
  );
  expect(loopControl).toMatchObject({ loopVar: 'it', indexVar: 'nr', pause: 1.5, extended: true });
  expect(rendered(loopControl.label, { it: { name: 'x' } })).toBe('x');
});

test('args beside a module are its arguments', async () => {
  const task = await taskOf('args: {chdir: "{{ d }}"}');
  expect(rendered(task.args.values, { d: '/d' })).toEqual({ cmd: 'x', chdir: '/d' });
  expect(task.args.position('chdir').column).toBe(43);
});

test('yes / no where a boolean is meant: taken, with a warning', async () => {
  const { warnings, play } = await load(
    '- hosts: all\n  become: yes\n  tasks:\n    - {name: a, command: x, no_log: "no"}\n'.replace(
      '"no"',
      'off',
    ),
  );
  expect([play.become, taskNamed(play, 'a').noLog]).toEqual([true, false]);
  expect(warnings).toEqual([
    'site.yml:2:11: `become: yes` is taken as true\n    become: yes\n            ^\n  Write `become: true`; elsewhere `yes` is a text.',
    'site.yml:4:37: `no_log: off` is taken as false\n    - {name: a, command: x, no_log: off}\n                                    ^\n  Write `no_log: false`; elsewhere `off` is a text.',
  ]);
});
