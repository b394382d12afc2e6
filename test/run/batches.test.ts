import { describe, expect, test } from 'vitest';
import type { Ended } from './ended.ts';
import { oneFleet } from './one_fleet.ts';

const count = 6;
const { fleet, run } = oneFleet(count);

/** Each host's status, in order. */
function statuses(ended: Ended): readonly string[] {
  return fleet().hosts.map(({ name }) => ended.host(name).status);
}

/** The hosts of each batch. */
function batches(ended: Ended): readonly (readonly string[])[] {
  return ended.events.flatMap((event) => (event.event === 'batch_started' ? [event.hosts] : []));
}

describe('serial', () => {
  test.each<[serial: string, sizes: number[]]>([
    ['1', [1, 1, 1, 1, 1, 1]],
    ['4', [4, 2]],
    ['"50%"', [3, 3]],
    ['"1%"', [1, 1, 1, 1, 1, 1]],
    ['[1, 2, "50%"]', [1, 2, 3]],
    ['[1, 2]', [1, 2, 2, 1]],
  ])('%s', async (serial, sizes) => {
    const ended = await run('- debug: { msg: "{{ ansible_play_batch }}" }', { play: `serial: ${serial}` });
    expect(batches(ended).map((hosts) => hosts.length)).toEqual(sizes);
    expect(batches(ended).flat()).toEqual(fleet().hosts.map(({ name }) => name));
  });

  test('semantics.md: handlers are flushed at the end of each batch', async () => {
    const ended = await run(
      `
- copy: { dest: "{{ at }}/a", content: a }
  notify: told
handlers:
- name: told
  debug: { msg: handled }
`,
      { play: 'serial: 3' },
    );
    const order = ended.events.flatMap((event) =>
      event.event === 'batch_started' ? [`batch ${event.batch}`] : event.event === 'said' ? [event.text] : [],
    );
    const three = ['handled', 'handled', 'handled'];
    expect(order).toEqual(['batch 1', ...three, 'batch 2', ...three]);
  });

  test('a batch whose hosts all fail ends the run', async () => {
    const ended = await run("- fail: { msg: no }\n  when: inventory_hostname == 'h1'", {
      play: 'serial: [1, 5]',
    });
    expect(statuses(ended)).toEqual(['failed', ...Array<string>(5).fill('not started')]);
    expect(ended.exit).toBe(2);
  });
});

describe('gate', () => {
  const gate = (condition: string) => `
- copy: { dest: "{{ at }}/a", content: a }
  notify: told
gate:
- name: it works
  assert: { that: "${condition}" }
handlers:
- name: told
  copy: { dest: "{{ at }}/handled", content: a }
`;

  test('comes after the handlers of the batch, on each of its hosts', async () => {
    const ended = await run(gate("inventory_hostname != 'nobody'"), { play: 'serial: 2' });
    expect(ended.line()).toEqual(['copy: changed', 'told: changed', 'it works: ok']);
    expect(statuses(ended)).toEqual(Array(count).fill('changed'));
  });

  test('that does not pass starts no further batch; the batch under way ends', async () => {
    const ended = await run(gate("inventory_hostname != 'h3'"), { play: 'serial: 2' });
    expect(statuses(ended)).toEqual([
      'changed',
      'changed',
      'failed',
      'changed',
      'not started',
      'not started',
    ]);
    expect(ended.events).toContainEqual(
      expect.objectContaining({
        event: 'said',
        level: 'warning',
        text: 'the run stops: gate: h3 did not pass',
      }),
    );
    expect(ended.exit).toBe(2);
  });

  test('is not passed by a host that failed before it', async () => {
    const ended = await run(
      `
- fail: { msg: no }
  when: inventory_hostname == 'h2'
gate:
- debug: { msg: passed }
`,
      { play: 'serial: 2' },
    );
    expect(statuses(ended).slice(0, 3)).toEqual(['ok', 'failed', 'not started']);
  });

  test('leaves it to max_fail how many hosts may be lost, where that is set', async () => {
    const ended = await run(
      `
- fail: { msg: no }
  when: inventory_hostname == 'h2'
gate:
- debug: { msg: passed }
`,
      { play: 'serial: 2\nmax_fail: 2' },
    );
    expect(statuses(ended)).toEqual(['ok', 'failed', 'ok', 'ok', 'ok', 'ok']);
  });
});

describe('semantics.md: `max_fail_percentage` and `max_fail` count fleet-wide and stop when reached', () => {
  const failing = (...names: readonly string[]) => `
- mark: { msg: fails once all have begun, ends: failed, takes: 0.1 }
  when: inventory_hostname in ${JSON.stringify(names).replaceAll('"', "'")}
- copy: { dest: "{{ at }}/went-on", content: a }
`;

  test.each<[play: string, failing: string[], started: number]>([
    ['serial: 1\nmax_fail: 1', ['h2'], 2],
    // One that fails alone is its whole batch.
    ['serial: 2\nmax_fail: 2', ['h1', 'h3'], 4],
    ['serial: 2\nmax_fail: 3', ['h1', 'h3'], 6],
    ['serial: 2\nmax_fail_percentage: 33', ['h1', 'h3'], 4],
    ['serial: 2\nmax_fail_percentage: 34', ['h1', 'h3'], 6],
    ['serial: 2\nmax_fail_percentage: 0', ['h1'], 2],
    ['serial: 2\nmax_fail: 0', ['h1'], 2],
  ])('%j with %j', async (play, names, started) => {
    const ended = await run(failing(...names), { play });
    expect(statuses(ended).filter((status) => status !== 'not started')).toHaveLength(started);
    expect(
      statuses(ended)
        .slice(0, started)
        .filter((status) => status === 'failed'),
    ).toHaveLength(names.length);
    expect(ended.exit).toBe(2);
  });
});

describe('semantics.md: `any_errors_fatal`', () => {
  test('running tasks finish, then all hosts stop; hosts that never started are listed', async () => {
    const ended = await run(
      `
- mark: { msg: fails once all have begun, ends: failed, takes: 0.1 }
  when: inventory_hostname == 'h2'
- command: sh -c 'sleep 1; echo done'
  when: inventory_hostname != 'h2'
- copy: { dest: "{{ at }}/never", content: a }
`,
      { play: 'serial: 3\nany_errors_fatal: true' },
    );
    expect(statuses(ended)).toEqual([
      'blocked',
      'failed',
      'blocked',
      ...Array<string>(3).fill('not started'),
    ]);
    expect(ended.line('h1')).toEqual(['mark: skipped', 'command: changed']);
    expect(ended.host('h1').message).toBe('any_errors_fatal: h2 failed');
  });
});
