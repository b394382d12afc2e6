import { describe, expect, test } from 'vitest';
import { FettleErrors, type FettleError } from '../../engine/errors.ts';
import { oneFleet } from './one_fleet.ts';

const { run } = oneFleet(2);

describe('semantics.md: a later task fails after a `notify`', () => {
  const tasks = `
- mark: { msg: one, ends: changed }
  notify: told
- mark: { msg: two, ends: failed }
  when: inventory_hostname == 'h1'
handlers:
- name: told
  mark: told
`;

  test('the handler is owed by that host alone, and told at its end', async () => {
    const ended = await run(tasks);
    expect([ended.said('h1'), ended.said('h2')]).toEqual([
      ['one', 'two'],
      ['one', 'told'],
    ]);
    expect([ended.host('h1').owes, ended.host('h2').owes]).toEqual([['told'], []]);
  });

  test('it runs at the end with `force_handlers`, and the host has failed all the same', async () => {
    const ended = await run(tasks, { play: 'force_handlers: true' });
    expect(ended.said('h1')).toEqual(['one', 'two', 'told']);
    expect(ended.host('h1')).toMatchObject({ status: 'failed', owes: [] });
    expect(ended.exit).toBe(2);
  });
});

test('semantics.md: handler order: a flush after pre_tasks, after roles and tasks, after post_tasks', async () => {
  const told = '  mark: { msg: one, ends: changed }\n  notify: told\n';
  const ended = await run(`- name: task\n${told}handlers:\n- name: told\n  mark: handler\n`, {
    play: `pre_tasks:\n  - name: pre\n    mark: { msg: pre, ends: changed }\n    notify: told\nroles: [notifies]\npost_tasks:\n  - name: post\n    mark: { msg: post, ends: changed }\n    notify: told`,
    files: { 'roles/notifies/tasks/main.yml': '- mark: { msg: role, ends: changed }\n  notify: told\n' },
  });
  expect(ended.said()).toEqual(['pre', 'handler', 'role', 'one', 'handler', 'post', 'handler']);
});

test('semantics.md: `run_once` fails: the batch fails, and no other begins', async () => {
  const ended = await run('- mark: { msg: once, ends: failed }\n  run_once: true\n- mark: after\n', {
    play: 'serial: 1',
  });
  expect([ended.host('h1').status, ended.host('h2').status]).toEqual(['failed', 'not started']);
  expect(ended.exit).toBe(2);
});

describe('semantics.md: tags', () => {
  const tasks = `
- block:
    - mark: { msg: block, ends: failed }
      tags: wanted
    - mark: other
  rescue:
    - mark: rescue
  always:
    - mark: always
- mark: tagged always
  tags: always
- mark: tagged never
  tags: never
- import_tasks: tagged.yml
  tags: wanted
- include_tasks: tagged.yml
  tags: wanted
- include_tasks: { file: tagged.yml, apply: { tags: wanted } }
  tags: wanted
`;
  const files = { 'tagged.yml': '- mark: inside\n' };

  test('never drop `rescue` or `always`; of an import they are inherited, of an include they select the include', async () => {
    const ended = await run(tasks, { files, tags: ['wanted'], skipTags: [] });
    expect(ended.said()).toEqual(['block', 'rescue', 'always', 'tagged always', 'inside', 'inside']);
    expect(ended.line().filter((line) => line.startsWith('include_tasks'))).toHaveLength(2);
  });

  test('`never` is run where it is asked for', async () => {
    const ended = await run(tasks, { files, tags: ['never'], skipTags: ['always'] });
    expect(ended.said()).toEqual(['tagged never']);
  });
});

test('semantics.md: variables given to one role in `roles:` stay in that role', async () => {
  const ended = await run('- mark: "{{ default level \'none\' }}"\n', {
    play: 'roles:\n  - { role: shows, vars: { level: 1 } }\n  - { role: shows, level: 2 }\n  - shows',
    files: { 'roles/shows/tasks/main.yml': '- mark: "{{ default level \'none\' }}"\n' },
  });
  expect(ended.said()).toEqual(['1', '2', 'none', 'none']);
});

test('semantics.md: `yes` and `no` where a boolean is meant; a string elsewhere', async () => {
  const ended = await run(
    '- mark: { msg: "{{ word }}", ends: failed }\n  ignore_errors: yes\n  when: word == \'yes\'\n  vars: { word: yes }\n',
  );
  expect(ended.said()).toEqual(['yes']);
  expect(ended.host().status).toBe('ok');
});

describe('semantics.md: refused while loading, with the reason and the fix', () => {
  test.each([
    ['`mode: 0644`', '- copy: { dest: /x, content: x, mode: 0644 }', /0644/, /"0644"/],
    ['`version: 1.10`', '- mark: "{{ version }}"\n  vars: { version: 1.10 }', /1\.10/, /"1\.10"/],
    ['a duplicate key', '- mark: one\n  mark: two', /`mark`.*twice/, /./],
    ['an unknown key of a task', '- mark: one\n  notfy: two', /`notfy`/, /`notify`/],
    ['an unknown argument', '- copy: { dst: /x, content: x }', /`dst`/, /`dest`/],
  ])('%s', async (_what, tasks, said, next) => {
    const error = await run(tasks).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(FettleErrors);
    const found = (error as FettleErrors).errors.find(({ message }) => said.test(message));
    expect(`${found?.next}`).toMatch(next);
    expect(found?.position?.line).toBeGreaterThan(3);
  });

  test('a duplicate key: both positions', async () => {
    const error = (await run('- mark: one\n  mark: two').catch((caught: unknown) => caught)) as FettleErrors;
    const { position, detail } = error.errors[0] as FettleError;
    expect(detail).toMatch(
      new RegExp(`^The first one is at ${position?.file}:${(position?.line ?? 0) - 1}:\\d+\\.$`),
    );
  });

  test('an unknown key of a play', async () => {
    const error = await run('- mark: one', { play: 'seril: 1' }).catch((caught: unknown) => caught);
    expect((error as FettleErrors).errors[0]).toMatchObject({
      message: '`seril` is not a key of a play',
      next: 'Did you mean `serial`?',
      position: { column: 3 },
    });
  });
});

test('semantics.md: secrets: the value of a `no_log` task is masked wherever it travels', async () => {
  const ended = await run(`
- command: { cmd: "echo s3cret-{{ inventory_hostname }}", reads: true }
  no_log: true
  register: hidden
- set_fact: { copied: "{{ hidden.stdout }}" }
- mark: "it is {{ copied }}"
- mark: "{{ item }}"
  loop: ["{{ hidden.stdout }}"]
- fail: { msg: "{{ copied }}" }
  ignore_errors: true
`);
  expect(JSON.stringify(ended.events)).not.toContain('s3cret-h1');
  expect(ended.record()).not.toContain('s3cret-h1');
});
