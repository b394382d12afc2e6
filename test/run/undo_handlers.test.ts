import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Ended } from './ended.ts';
import { localFleet, type Fleet } from './harness.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await localFleet(2);
});
afterAll(() => fleet.close());
beforeEach(() => {
  for (const { root } of fleet.hosts)
    for (const name of ['conf', 'log', 'starts', 'other']) rmSync(join(root, name), { force: true });
});

const handler = '    - { name: reload, command: "sh -c \'cat {{ root }}/conf >>{{ root }}/log\'" }\n';
const play = (tasks: string, handlers = handler) =>
  `- hosts: all\n  tasks:\n${tasks}  handlers:\n${handlers}`;
const conf = '    - { copy: { dest: "{{ root }}/conf", content: "new\\n" }, notify: reload }\n';

/** What the handler saw, each time that it ran. */
const log = (number = 1): string => {
  const file = join(fleet.root(number), 'log');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

function furnish(): void {
  for (const { root } of fleet.hosts) writeFileSync(join(root, 'conf'), 'old\n');
}

function handlersOf(ended: Ended, host = 'h1') {
  return ended.tasks(host).flatMap((task) => (task.handler ? [`${task.task}: ${task.status}`] : []));
}

describe('undo runs again the handlers whose changes cannot be taken back', () => {
  test('a command: once all is taken back, on the hosts where something was; not with a second undo', async () => {
    furnish();
    const made = await fleet.run(play(conf));
    expect(log()).toBe('new\n');
    const undone = await fleet.undo(made.run);
    expect([log(1), log(2)]).toEqual(['new\nold\n', 'new\nold\n']);
    expect(handlersOf(undone)).toEqual(['reload: changed']);
    expect(undone.tasks()[0]).toMatchObject({
      status: 'ok',
      message: 'the handler reload runs again at the end',
    });
    expect(undone.host()).toMatchObject({ status: 'changed', owes: [] });
    expect(undone.exit).toBe(0);
    const again = await fleet.undo(made.run);
    expect(handlersOf(again)).toEqual([]);
    expect(log()).toBe('new\nold\n');
    expect(again.exit).toBe(0);
  });

  test('a restart, as `systemd` makes it', async () => {
    furnish();
    const restart = '    - { name: reload, restarted: { at: "{{ root }}/starts" } }\n';
    const made = await fleet.run(play(conf, restart));
    const undone = await fleet.undo(made.run);
    expect(handlersOf(undone)).toEqual(['reload: changed']);
    expect(readFileSync(join(fleet.root(), 'starts'), 'utf8')).toBe('2\n');
    expect(undone.exit).toBe(0);
  });

  test('--check says what would run, and runs nothing', async () => {
    furnish();
    const made = await fleet.run(play(conf));
    const shown = await fleet.undo(made.run, { check: true });
    expect(shown.tasks().at(-1)).toMatchObject({ task: 'reload', handler: true, message: 'would run' });
    expect(log()).toBe('new\n');
    expect(shown.exit).toBe(0);
    expect((await fleet.undo(made.run)).exit).toBe(0);
    expect(log()).toBe('new\nold\n');
  });

  test('only where something was taken back, and where --limit lets it', async () => {
    furnish();
    // On h2 all is as wanted but one change whose handler runs there alone.
    writeFileSync(join(fleet.root(2), 'conf'), 'new\n');
    const made = await fleet.run(
      play(`${conf}    - { command: "true", notify: reload, when: inventory_hostname == 'h2' }\n`),
    );
    expect([log(1), log(2)]).toEqual(['new\n', 'new\n']);
    const limited = await fleet.undo(made.run, { limit: 'h2' });
    expect(handlersOf(limited, 'h2')).toEqual([]);
    expect(log(1)).toBe('new\n');
    const undone = await fleet.undo(made.run);
    expect([handlersOf(undone, 'h1'), handlersOf(undone, 'h2')]).toEqual([['reload: changed'], []]);
    expect([log(1), log(2)]).toEqual(['new\nold\n', 'new\n']);
  });

  test('a handler that can be taken back is, and does not run again', async () => {
    furnish();
    const other = '    - { name: reload, copy: { dest: "{{ root }}/other", content: x } }\n';
    const undone = await fleet.undo((await fleet.run(play(conf, other))).run);
    expect(handlersOf(undone)).toEqual([]);
    expect(existsSync(join(fleet.root(), 'other'))).toBe(false);
  });

  test('in the order of their definition; one host whose handler fails holds up no other', async () => {
    furnish();
    const handlers =
      '    - name: one\n      shell: "test {{ inventory_hostname }} = h2 || grep -q new {{ root }}/conf"\n' +
      '    - name: two\n      shell: "echo two >>{{ root }}/log"\n';
    const made = await fleet.run(
      play(conf.replace('notify: reload', 'notify: [two, one]'), handlers).replace(
        'tasks:',
        'any_errors_fatal: true\n  serial: 1\n  tasks:',
      ),
    );
    const undone = await fleet.undo(made.run);
    expect(handlersOf(undone, 'h1')).toEqual(['one: failed']);
    expect(handlersOf(undone, 'h2')).toEqual(['one: changed', 'two: changed']);
    expect(undone.host('h1')).toMatchObject({ status: 'failed', owes: ['one', 'two'] });
    expect(undone.exit).toBe(2);
  });
});

describe('the handler is looked for in the playbooks of the run as they are today', () => {
  test('a playbook that is gone: the handler is owed, with what to do; exit status 2', async () => {
    furnish();
    const made = await fleet.run(play(conf));
    const started = made.events.find((event) => event.event === 'run_started');
    const [file = ''] = started?.files ?? [];
    rmSync(file);
    const undone = await fleet.undo(made.run);
    expect(undone.host()).toMatchObject({
      status: 'failed',
      owes: ['reload'],
      message: 'its changes were taken back, but these handlers could not be run again: reload',
      next: 'the playbooks of that run cannot be read any more, or have no such handlers now: do by hand what they did',
    });
    expect(undone.events).toContainEqual({
      event: 'said',
      level: 'warning',
      text: `its handlers cannot be run again: Cannot read the playbook ${file}`,
    });
    expect(readFileSync(join(fleet.root(), 'conf'), 'utf8')).toBe('old\n');
    expect(undone.exit).toBe(2);
  });

  test('a handler that was renamed since is owed', async () => {
    furnish();
    const made = await fleet.run(play(conf));
    const [file = ''] = made.events.find((event) => event.event === 'run_started')?.files ?? [];
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('reload', 'restart'));
    const undone = await fleet.undo(made.run);
    expect(undone.host()).toMatchObject({ status: 'failed', owes: ['reload'] });
    expect(undone.events.filter(({ event }) => event === 'play_started')).toHaveLength(1);
    expect(undone.exit).toBe(2);
  });

  test('roles: each has its own handler of one name, those that are included too', async () => {
    furnish();
    for (const [path, text] of Object.entries({
      'roles/web/tasks/main.yml': '- { copy: { dest: "{{ root }}/conf", content: "new" }, notify: reload }\n',
      'roles/web/handlers/main.yml': '- { name: reload, command: "sh -c \'echo web >>{{ root }}/log\'" }\n',
      'roles/mail/tasks/main.yml':
        '- { copy: { dest: "{{ root }}/other", content: "new" }, notify: reload }\n',
      'roles/mail/handlers/main.yml': '- { name: reload, command: "sh -c \'echo mail >>{{ root }}/log\'" }\n',
      'roles/late/tasks/main.yml': '- { command: "true", notify: later }\n',
      'roles/late/handlers/main.yml': '- { name: later, command: "sh -c \'echo late >>{{ root }}/log\'" }\n',
    })) {
      mkdirSync(dirname(join(fleet.folder, path)), { recursive: true });
      writeFileSync(join(fleet.folder, path), text);
    }
    const made = await fleet.run(
      '- hosts: h1\n  roles: [web, mail]\n  tasks:\n    - include_role: { name: late }\n',
    );
    expect(log().trim().split('\n').toSorted()).toEqual(['late', 'mail', 'web']);
    const undone = await fleet.undo(made.run);
    expect(log().trim().split('\n').slice(3).toSorted()).toEqual(['late', 'mail', 'web']);
    // What the task of the role `late` ran cannot be taken back.
    expect(undone.host()).toMatchObject({ owes: [], counts: { failed: 1 } });
  });

  test('a variable of the command line that is not given again: the handler fails with its name and place', async () => {
    furnish();
    const made = await fleet.run(
      play(conf, '    - { name: reload, command: "sh -c \'echo {{ word }} >>{{ root }}/log\'" }\n'),
      { extraVars: ['word=given'] },
    );
    const undone = await fleet.undo(made.run);
    expect(undone.tasks().at(-1)).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(/^`word` is not defined \(.*playbook\d+\.yml:\d+:\d+\)$/),
    });
    expect(undone.exit).toBe(2);
    expect(log()).toBe('given\n');
  });
});
