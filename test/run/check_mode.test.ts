import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ended } from './ended.ts';
import { localFleet, type Fleet, type FleetRun } from './harness.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet();
});
afterAll(() => fleet.close());

let folders = 0;
let at = '';
/** Checks tasks in a folder of their own, `{{ at }}`, which must stay as it is. */
async function check(
  tasks: string,
  options: FleetRun = {},
  files: Record<string, string> = {},
): Promise<Ended> {
  at = join(fleet.root(), `check${(folders += 1)}`);
  mkdirSync(at);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
  const ended = await fleet.run(tasks.trim().replaceAll('AT', at), { check: true, ...options });
  expect(readdirSync(at).toSorted()).toEqual(Object.keys(files).toSorted());
  expect(ended.changes()).toEqual([]);
  return ended;
}

const later = (step: number) => ({ status: 'later', message: `known only after step ${step}` });

describe('a step is known only after another', () => {
  test('(a) if its arguments use the register of the unmade step', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { debug: { msg: hello } }
    - { command: echo x, register: made }
    - { copy: { dest: "AT/{{ made.stdout }}", content: x } }
    - { copy: { dest: AT/other, content: "{{ made.stdout }}" } }
    - { debug: { msg: "{{ item }}" }, loop: "{{ made.stdout_lines }}" }
    - { set_fact: { derived: "{{ made.stdout }}" } }
    - { debug: { msg: "{{ derived }}" } }
    - { debug: { msg: known } }
`);
    expect(ended.tasks().slice(2)).toMatchObject([
      later(2),
      later(2),
      later(2),
      later(2),
      later(2),
      { status: 'ok' },
    ]);
    expect(ended.said()).toEqual(['hello', 'known']);
  });

  test('(a) if its condition does', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { copy: { dest: AT/f, content: x }, register: made }
    - { command: reload, when: made.changed }
    - { command: "true", when: inventory_hostname == 'h1' }
`);
    expect(ended.tasks()).toMatchObject([{ status: 'changed' }, later(1), { status: 'changed' }]);
  });

  test('(a) also in a later play, where the steps go on counting', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { debug: { msg: one } }
    - { command: echo x, register: made, notify: go }
  handlers:
    - { name: go, debug: { msg: handled } }
- hosts: all
  tasks:
    - { debug: { msg: "{{ made.stdout }}" } }
    - { command: echo y, register: again }
    - { debug: { msg: "{{ again.stdout }}" } }
`);
    expect(ended.tasks().map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(ended.tasks()[3]).toMatchObject(later(2));
    expect(ended.tasks()[5]).toMatchObject(later(5));
  });

  test('(a) not if the register is that of a step that is as wanted', async () => {
    const ended = await check(
      `
- hosts: all
  tasks:
    - { copy: { dest: AT/f, content: x }, register: made }
    - { command: reload, when: made.changed }
`,
      {},
      { f: 'x' },
    );
    expect(ended.line()).toEqual(['copy: ok', 'command: skipped']);
  });

  test("(b) if its keys overlap the step's and cannot be predicted", async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { path_thing: { at: AT/dir, value: x } }
    - { path_thing: { at: AT/dir, value: y } }
    - { path_thing: { at: AT/dir/below, value: y } }
    - { path_thing: { at: AT/beside, value: y } }
`);
    expect(ended.tasks()).toMatchObject([{ status: 'changed' }, later(1), later(1), { status: 'changed' }]);
  });

  test('(b) not if what the step makes is certain: a folder, files in it, an edit of one', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { file: { path: AT/d, state: directory, mode: "0750" } }
    - { file: { path: AT/d/e, state: directory } }
    - { copy: { dest: AT/d/e/f, content: "one\\n" } }
    - { lineinfile: { path: AT/d/e/f, line: two } }
    - { lineinfile: { path: AT/d/e/f, regexp: ^one, line: ONE } }
    - { file: { path: AT/d/e/f, mode: "0600" } }
    - { file: { path: AT/d/e/gone, state: absent } }
`);
    expect(ended.line()).toEqual([
      'file: changed',
      'file: changed',
      'copy: changed',
      'lineinfile: changed',
      'lineinfile: changed',
      'file: changed',
      'file: ok',
    ]);
    const differences = ended.tasks().map(({ changes }) => [changes[0]?.before, changes[0]?.after]);
    expect(differences.slice(2, 5)).toEqual([
      [null, 'one\n'],
      ['one\n', 'one\ntwo\n'],
      ['one\ntwo\n', 'ONE\ntwo\n'],
    ]);
    expect(ended.host()).toMatchObject({ sends: 1 });
  });

  test('(c) if what it needs is absent while an earlier change is pending', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { thing: { at: AT/a, value: x } }
    - { copy: { dest: AT/no/such/folder/f, content: x } }
`);
    expect(ended.tasks()).toMatchObject([{ status: 'changed' }, later(1)]);
    expect(ended.exit).toBe(0);
  });

  test('(c) but it fails where nothing is pending', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { copy: { dest: AT/no/such/folder/f, content: x } }
`);
    expect(ended.line()).toEqual(['copy: failed']);
    expect(ended.exit).toBe(2);
  });
});

describe('what only looks, and hangs on a step that was not made', () => {
  test('is not waited for where any step may bring it', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { copy: { dest: AT/f, content: x } }
    - { wait_for: { path: AT/other, timeout: 60 } }
    - { wait_for: { path: AT/other, timeout: 60 }, delegate_to: localhost }
`);
    expect(ended.tasks().slice(1)).toMatchObject([later(1), { status: 'later' }]);
  });

  test('is not tried again, and does not fail the host', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { copy: { dest: AT/f, content: x } }
    - { command: { cmd: cat AT/f, reads: true }, register: r }
    - { debug: { msg: "{{ r.stdout }}" } }
    - { command: { cmd: echo no, reads: true }, until: "'yes' in r.stdout_lines", register: r, retries: 9, delay: 60 }
    - { command: { cmd: "true", reads: true } }
`);
    expect(ended.tasks().slice(1)).toMatchObject([
      { status: 'later', message: expect.stringMatching(/^known only after step 1; now: .*1/) },
      later(1),
      { status: 'later', message: 'known only after step 1; now: not yet as wanted' },
      { status: 'ok' },
    ]);
  });

  test('but it fails where nothing is pending', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { command: { cmd: cat AT/f, reads: true } }
`);
    expect(ended.line()).toEqual(['command: failed']);
  });

  test('is fetched where it is not what the step changes', async () => {
    const ended = await check(
      `
- hosts: all
  tasks:
    - { copy: { dest: AT/f, content: x } }
    - { fetch: { src: AT/f, dest: AT/here } }
    - { fetch: { src: AT/g, dest: AT/here } }
`,
      {},
      { g: 'there' },
    );
    expect(ended.tasks()).toMatchObject([{ status: 'changed' }, later(1), { status: 'changed' }]);
  });

  test('a folder is searched, or changed with all in it, after what changes within', async () => {
    const ended = await check(
      `
- hosts: all
  tasks:
    - { copy: { dest: AT/f, content: x } }
    - { find: { paths: AT } }
    - { file: { path: AT, state: directory, recurse: true, mode: "u+rwX" } }
    - { find: { paths: AT/f } }
    - { find: { paths: /nowhere } }
`,
      {},
      { f: 'old' },
    );
    expect(ended.tasks().slice(1)).toMatchObject([later(1), later(1), later(1), { status: 'ok' }]);
  });
});

describe('after an opaque step', () => {
  test('the rest is planned and labelled', async () => {
    const ended = await check(
      `
- hosts: all
  tasks:
    - { copy: { dest: AT/before, content: x } }
    - { command: configure everything }
    - { copy: { dest: AT/f, content: x } }
    - { copy: { dest: AT/g, content: x } }
`,
      {},
      { g: 'x' },
    );
    expect(ended.tasks().map(({ status, assuming }) => [status, assuming])).toEqual([
      ['changed', undefined],
      ['changed', undefined],
      ['changed', 2],
      ['ok', 2],
    ]);
  });

  test('a command whose guard holds is no step and changes nothing', async () => {
    const ended = await check(
      `
- hosts: all
  tasks:
    - { command: { cmd: configure, creates: AT/done } }
    - { command: { cmd: configure, unless: test -e AT/done } }
    - { copy: { dest: AT/f, content: x } }
`,
      {},
      { done: '' },
    );
    expect(ended.line()).toEqual(['command: ok', 'command: ok', 'copy: changed']);
    expect(ended.tasks()[2]).not.toHaveProperty('assuming');
  });

  test('a guard is foreseen like everything else', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { copy: { dest: AT/done, content: x } }
    - { command: { cmd: configure, creates: AT/done } }
`);
    expect(ended.line()).toEqual(['copy: changed', 'command: ok']);
  });
});

describe('semantics.md: check mode and a registered `command`', () => {
  test('one that only reads really runs, and its output is real', async () => {
    const ended = await check(
      `
- hosts: all
  tasks:
    - { command: { cmd: cat AT/f, reads: true }, register: r }
    - { debug: { msg: "{{ r.stdout }}" } }
    - { command: { cmd: "false", reads: true }, register: r, failed_when: r.rc > 1 }
    - { copy: { dest: AT/g, content: x }, when: r.rc == 1 }
`,
      {},
      { f: 'real' },
    );
    expect(ended.said()).toEqual(['real']);
    expect(ended.line()).toEqual(['command: ok', 'debug: ok', 'command: ok', 'copy: changed']);
  });

  test('a real value that is known again is known', async () => {
    const ended = await check(`
- hosts: all
  tasks:
    - { command: echo made, register: r }
    - { command: { cmd: echo seen, reads: true }, register: r }
    - { debug: { msg: "{{ r.stdout }}" } }
`);
    expect(ended.said()).toEqual(['seen']);
  });
});

test('a task with `check_mode: false` is really made in check mode, on what is really there', async () => {
  const root = join(fleet.root(), 'really');
  const ended = await fleet.run(
    `
- hosts: all
  tasks:
    - { file: { path: ${root}/d, state: directory } }
    - { file: { path: ${root}, state: directory }, check_mode: false }
    - { command: touch ${root}/made, check_mode: false, register: r }
    - { debug: { msg: "{{ r.rc }}" } }
`.trim(),
    { check: true },
  );
  expect(ended.line()).toEqual(['file: changed', 'file: changed', 'command: changed', 'debug: ok']);
  expect(existsSync(join(root, 'made'))).toBe(true);
  expect(existsSync(join(root, 'd'))).toBe(false);
  expect(ended.changes()).toHaveLength(2);
});

test('semantics.md: exit status 3 of pending changes, where it is asked for', async () => {
  const tasks = '- hosts: all\n  tasks:\n    - { copy: { dest: AT/f, content: x } }';
  expect((await check(tasks)).exit).toBe(0);
  expect((await check(tasks, { exitCode: true })).exit).toBe(3);
  expect((await check(tasks, { exitCode: true }, { f: 'x' })).exit).toBe(0);
  expect((await check(`${tasks}\n    - fail: { msg: no }`, { exitCode: true })).exit).toBe(2);
});
