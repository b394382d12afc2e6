import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { localFleet, type Fleet } from './harness.ts';
import type { SeenSend } from './watched_transports.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

/** Counts the hosts at work: between their first task's start and their last task's end. */
function gauge() {
  const at = new Set<string>();
  let most = 0;
  return {
    before: ({ host }: SeenSend) => {
      at.add(host);
      most = Math.max(most, at.size);
    },
    after: async ({ host }: SeenSend) => {
      // Gives others the time to start, if they may.
      await new Promise((resolve) => setTimeout(resolve, 15));
      at.delete(host);
    },
    get most() {
      return most;
    },
  };
}

describe('semantics.md: `forks` are work in flight', () => {
  test('never more hosts at work than forks', async () => {
    fleet = await localFleet(6);
    const watch = gauge();
    const text = '- hosts: all\n  tasks:\n    - command: "true"\n    - command: "true"\n';
    expect((await fleet.run(text, { forks: 2, watch })).exit).toBe(0);
    expect(watch.most).toBe(2);
  });

  test('60 hosts with 50 forks and a meeting point do not deadlock', { timeout: 60_000 }, async () => {
    fleet = await localFleet(60);
    const text = `
- hosts: all
  tasks:
    - { command: "echo {{ inventory_hostname }}", register: mine }
    - { debug: { msg: "{{ hostvars.h60.mine.stdout }} {{ hostvars.h1.mine.stdout }}" } }
    - { command: "true" }
    - { debug: { msg: "{{ hostvars.h59.mine.stdout }}" } }
`.trim();
    const ended = await fleet.run(text, { forks: 50 });
    expect(ended.exit).toBe(0);
    for (const { name } of fleet.hosts) expect(ended.said(name)).toEqual(['h60 h1', 'h59']);
  });

  test('a host that waits holds none: one fork is enough for all to meet', async () => {
    fleet = await localFleet(3);
    const text = `
- hosts: all
  tasks:
    - { debug: { msg: "{{ hostvars.h1.inventory_hostname }}" } }
    - { command: { cmd: "echo {{ inventory_hostname }}", reads: true }, register: mine }
    - { assert: { that: "hostvars.h3.mine.stdout == 'h3'" } }
    - { debug: { msg: last }, when: hostvars.h2.mine.rc == 0 }
    - { command: { cmd: "true", reads: true }, register: r, changed_when: hostvars.h1.mine.rc == 1 }
`.trim();
    const ended = await fleet.run(text, { forks: 1 });
    expect(ended.events.filter((event) => event.event === 'host_ended').map(({ status }) => status)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
  });

  test('hosts that fail or are lost keep nobody waiting', async () => {
    fleet = await localFleet(3);
    const text = `
- hosts: all
  tasks:
    - { command: "false", when: inventory_hostname == 'h1' }
    - { command: 'sh -c "kill -9 $PPID"', when: inventory_hostname == 'h2' }
    - { debug: { msg: "{{ hostvars.h3.inventory_hostname }}" } }
`.trim();
    const ended = await fleet.run(text);
    expect(ended.said('h3')).toEqual(['h3']);
    expect(ended.host('h1').status).toBe('failed');
  });
});

test('semantics.md: each host goes at its own pace', async () => {
  fleet = await localFleet(2);
  const go = join(fleet.folder, 'go');
  const text = `
- hosts: all
  tasks:
    - name: slow
      shell: until [ -e ${go} ]; do sleep 0.05; done
      when: inventory_hostname == 'h1'
    - { name: last, command: "true" }
`.trim();
  const ended = await fleet.run(text, {
    onEvent: (event) => {
      const isDone = event.event === 'task_ended' && event.host === 'h2' && event.task === 'last';
      if (isDone) writeFileSync(go, '');
    },
  });
  expect(ended.exit).toBe(0);
});

test('semantics.md: the recap has every selected host, whatever became of it', async () => {
  fleet = await localFleet(5);
  const text = `
- hosts: all
  tasks:
    - { fail: { msg: no }, when: inventory_hostname == 'h1' }
    - { command: "true", when: inventory_hostname == 'h2' }
    - { command: "true", become: true, become_user: no-such-user, when: inventory_hostname == 'h3' }
- hosts: h5
  tasks: []
`.trim();
  let stop = false;
  const ended = await fleet.run(text, {
    forks: 1,
    interrupted: () => stop,
    onEvent: (event) => {
      if (event.event === 'task_ended' && event.status === 'failed' && event.host === 'h3') stop = true;
    },
  });
  const ends = ended.events.flatMap((event) =>
    event.event === 'host_ended' ? [[event.host, event.status]] : [],
  );
  expect(ends).toEqual([
    ['h1', 'failed'],
    ['h2', 'changed'],
    ['h3', 'failed'],
    ['h4', 'interrupted'],
    ['h5', 'interrupted'],
  ]);
  expect(ended.exit).toBe(130);
});

test('two names for one machine keep two journals', async () => {
  fleet = await localFleet(2);
  const shared = join(fleet.folder, 'shared');
  mkdirSync(shared);
  const ended = await fleet.run(
    `- hosts: all\n  tasks:\n    - copy: { dest: "${shared}/{{ inventory_hostname }}", content: x }\n`,
  );
  const journals = ['h1', 'h2'].map((host) => ended.changes(host)[0]?.journal);
  expect(new Set(journals).size).toBe(2);
  expect((await fleet.undo(ended.run)).exit).toBe(0);
});
