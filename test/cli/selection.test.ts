import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from './fettle.ts';

const files = {
  'site.yml': `
- name: web
  hosts: h1
  tags: [play]
  roles: [base]
  tasks:
    - name: careful
      block:
        - { name: one, command: "true", register: r, tags: [a] }
      rescue:
        - { name: help, debug: { msg: x } }
      always:
        - meta: flush_handlers
    - include_tasks: more.yml
      tags: [inc]
    - { name: last, debug: { msg: "{{ r.rc }}" }, tags: [b] }
  gate:
    - { name: up, command: "true" }
  handlers:
    - { name: again, debug: { msg: x } }
- { name: other, hosts: h1, become: yes, tasks: [{ name: alone, debug: { msg: x } }] }
`.trim(),
  'more.yml': '- { name: brought, debug: { msg: x } }\n',
  'roles/base/tasks/main.yml': '- { name: base, debug: { msg: x }, tags: [r] }\n',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-selection-'));
  mkdirSync(join(folder, 'roles/base/tasks'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (...words: readonly string[]) =>
  fettle(
    ['run', 'site.yml', '-i', 'h1,', ...words],
    { FETTLE_STATE: join(folder, 'state'), HOME: folder },
    folder,
  );

describe('what a playbook holds', () => {
  test('--list-tasks shows blocks, includes, gate and handlers, with places and tags', async () => {
    const said = await run('--list-tasks');
    expect(said.stdout.split('\n')).toEqual([
      'site.yml',
      '  web',
      '    1. base  (debug, roles/base/tasks/main.yml:1)  tags: play, r',
      '    careful  (site.yml:6)',
      '      2. one  (command, site.yml:8)  tags: play, a',
      '    rescue',
      '      3. help  (debug, site.yml:10)  tags: play',
      '    always',
      '      4. meta: flush_handlers  (meta, site.yml:12)  tags: play',
      '    5. include_tasks  (include_tasks, site.yml:13)  tags: play, inc',
      '      - brought  (debug, more.yml:1)  tags: play',
      '    6. last  (debug, site.yml:15)  tags: play, b',
      '    gate',
      '      7. up  (command, site.yml:17)  tags: play',
      '    handler: again  (debug, site.yml:19)  tags: play',
      '  other',
      '    9. alone  (debug, site.yml:20)',
      '',
    ]);
    expect(said.code).toBe(0);
  });

  test('--list-tags shows the tags of each play', async () => {
    const said = await run('--list-tags');
    expect(said.stdout).toBe('site.yml\n  web\n    tags: a, b, inc, play, r\n  other\n    tags: none\n');
  });
});

test.each<[words: readonly string[], tasks: readonly string[]]>([
  [
    ['-t', 'a'],
    ['one', 'help', 'meta: flush_handlers'],
  ],
  [
    ['--tags', 'r,b'],
    ['base', 'last'],
  ],
  [
    ['-t', 'r', '-t', 'b'],
    ['base', 'last'],
  ],
  [['--skip-tags', 'play'], ['alone']],
  [
    ['-t', 'play', '--skip-tags', 'r,b', '--skip-tags', 'inc'],
    ['one', 'help', 'meta: flush_handlers', 'up'],
  ],
  [['--start-at-task', 'alone'], ['alone']],
  [
    ['--start-at-task', 'one', '-t', 'a,b'],
    ['one', 'help', 'meta: flush_handlers', 'last'],
  ],
])('%j leaves the tasks %j', async (words, tasks) => {
  const said = await run('--list-tasks', ...words);
  const names = [...said.stdout.matchAll(/^ +(?:\d+\.|-) (.*?) {2}\(/gm)].map(([, name]) => name);
  expect(names).toEqual(tasks);
});

test('what works but should be said is said once, on standard error', async () => {
  const said = await run('--list-tasks', '-t', 'inc');
  expect(said.stderr).toBe(
    [
      'warning: site.yml:20:37: `become: yes` is taken as true',
      '    - { name: other, hosts: h1, become: yes, tasks: [{ name: alone, debug: { msg: x } }] }',
      '                                        ^',
      '  Write `become: true`; elsewhere `yes` is a text.',
      'warning: site.yml:13:7: None of the tasks that this `include_tasks` brings has a tag that is asked for',
      '    - include_tasks: more.yml',
      '      ^',
      '  Tags beside an include choose only the include itself: give its tasks some with `apply: {tags: […]}`.',
      '',
    ].join('\n'),
  );
});

test('tags that leave nothing to do are told: it looks as if all were well', async () => {
  const said = await run('--list-tasks', '-t', 'cnfig');
  expect(said.stderr).toContain('warning: the tags of -t and --skip-tags leave no task to do\n  --list-tags');
  expect((await run('--list-tasks', '-t', 'a')).stderr).not.toContain('leave no task');
});

test.each<[name: string, says: RegExp]>([
  ['lst', /no task named `lst`[^]*Did you mean `last`/],
  ['last', /Cannot start at `last`[^]*`r` of site.yml:8:11 is used at site.yml:15:/],
])('--start-at-task %s is refused', async (name, says) => {
  const said = await run('--start-at-task', name);
  expect([said.code, said.stderr]).toEqual([1, expect.stringMatching(says)]);
});

test('--start-at-task: a value that is given with -e is no hindrance', async () => {
  const said = await run('--start-at-task', 'last', '-e', '{"r": {"rc": 0}}', '--list-tasks');
  expect(said.stdout).toContain('6. last');
});
