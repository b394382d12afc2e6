import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EmbeddedHost } from '../hosts/embedded.ts';
import { embeddedFleet, type Fleet } from './harness.ts';

let fleet: Fleet;
beforeEach(async () => {
  fleet = await embeddedFleet(3);
});
afterEach(() => fleet.close());

function host(number: number): EmbeddedHost {
  return fleet.hosts[number - 1]?.embedded as EmbeddedHost;
}

test('semantics.md: `max_fail` counts unreachable hosts', async () => {
  await host(1).close();
  const ended = await fleet.run(
    '- hosts: all\n  serial: [2, 1]\n  max_fail: 1\n  tasks: [{ command: "true" }]\n',
  );
  expect(['h1', 'h3'].map((name) => ended.host(name).status)).toEqual(['unreachable', 'not started']);
  expect(ended.exit).toBe(4);
});

test('a batch that cannot be reached at all ends the run', async () => {
  await host(1).close();
  const ended = await fleet.run('- hosts: all\n  serial: 1\n  tasks: [{ command: "true" }]\n');
  expect(['h1', 'h2', 'h3'].map((name) => ended.host(name).status)).toEqual([
    'unreachable',
    'not started',
    'not started',
  ]);
});

describe('semantics.md: unreachable inside a `block`', () => {
  const text = `
- hosts: all
  tasks:
    - copy: { dest: "{{ root }}/a", content: a }
      notify: told
    - block:
        - command: "true"
        - debug: { msg: never on h1 }
      rescue:
        - debug: { msg: rescued }
      always:
        - debug: { msg: cleaned up here }
        - copy: { dest: "{{ root }}/needs-the-host", content: a }
        - command: touch {{ root }}/delegated
          delegate_to: localhost
    - debug: { msg: after }
  handlers:
    - name: told
      copy: { dest: "{{ root }}/handled", content: a }
`;

  test('local cleanup in `always` runs; the rest stays owed', async () => {
    const ended = await fleet.run(text, {
      onEvent: (event) => {
        if (event.event === 'task_ended' && event.task === 'copy' && event.host === 'h1')
          host(1).fault({ kind: 'drop', after: 0 });
      },
    });
    expect(ended.host('h1')).toMatchObject({ status: 'unreachable', owes: ['told'] });
    expect(ended.said('h1')).toEqual(['cleaned up here']);
    expect(existsSync(join(fleet.root(1), 'delegated'))).toBe(true);
    expect(existsSync(join(fleet.root(1), 'needs-the-host'))).toBe(false);
    expect(ended.said('h2')).toEqual(['never on h1', 'cleaned up here', 'after']);
    expect(ended.exit).toBe(4);
  });

  test('host unreachable with `force_handlers`: never counted as run; stays owed', async () => {
    const ended = await fleet.run(text.replace('- hosts: all', '- hosts: all\n  force_handlers: true'), {
      onEvent: (event) => {
        if (event.event === 'task_ended' && event.task === 'copy' && event.host === 'h1')
          host(1).fault({ kind: 'drop', after: 0 });
      },
    });
    expect(ended.host('h1')).toMatchObject({ status: 'unreachable', owes: ['told'] });
    expect(existsSync(join(fleet.root(1), 'handled'))).toBe(false);
  });
});

test('`ignore_unreachable` goes on with a new connection', async () => {
  const ended = await fleet.run(
    `
- hosts: h1
  tasks:
    - copy: { dest: "{{ root }}/a", content: a }
    - command: "true"
      ignore_unreachable: true
    - copy: { dest: "{{ root }}/b", content: b }
`,
    {
      onEvent: (event) => {
        if (event.event !== 'task_ended') return;
        if (event.task === 'copy') host(1).fault({ kind: 'drop', after: 0 });
        if (event.task === 'command') host(1).fault(null);
      },
    },
  );
  expect(ended.line()).toEqual(['copy: changed', 'command: unknown', 'copy: changed']);
  expect(ended.host().status).toBe('changed');
});

test('semantics.md: `run_once` with `when`: unreachable hosts step aside', async () => {
  await host(1).close();
  const ended = await fleet.run(`
- hosts: all
  tasks:
    - command: echo {{ inventory_hostname }}
      run_once: true
      register: said
    - debug: { msg: "{{ said.stdout }}" }
`);
  expect(ended.said('h2')).toEqual(['h2']);
  expect(ended.said('h3')).toEqual(['h2']);
});
