import { Type, type Static } from 'typebox';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Action, AnyModule, Reconnect } from '../../engine/contract/module.ts';
import { askScript, map } from '../../engine/contract/probe.ts';
import { sh } from '../../engine/shell/script.ts';
import type { EmbeddedHost } from '../hosts/embedded.ts';
import type { Ended } from './ended.ts';
import { embeddedFleet, localFleet, type Fleet, type FleetRun } from './harness.ts';

let fleet: Fleet;
afterEach(() => fleet.close());

const args = Type.Object(
  {
    at: Type.String(),
    ends: Type.Optional(Type.Enum(['badly', 'never'])),
    timeout: Type.Optional(Type.Number()),
    stable: Type.Optional(Type.Number()),
    attempt: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);

/** Counts its boots in a file; the host is back once the count is another one. */
const boot: Action<Static<typeof args>> = {
  kind: 'action',
  name: 'boot',
  summary: 'Counts.',
  args,
  reads: () => false,
  foretell: ({ at }) =>
    map(askScript('wanted', sh`cat ${`${at}.wanted`} 2>/dev/null`, [`path:${at}.wanted`]), ({ output }) =>
      output === '' ? null : `it is wanted: ${output.trim()}`,
    ),
  run: ({ at, ends, timeout = 20, stable = 0, attempt }) => {
    const count = sh`n=$(cat ${at} 2>/dev/null); echo $((n + 1)) >${at}`;
    const reconnect: Reconnect = {
      delay: 0,
      timeout,
      pause: 0.05,
      stable,
      ...(attempt === undefined ? {} : { connectTimeout: attempt }),
      probe: sh`cat ${at} 2>/dev/null`,
      ready: (now, before) =>
        now.output !== before?.output || `its count is still ${now.output.trim() || 'none'}`,
    };
    return {
      what: 'boot',
      script: ends === 'badly' ? sh`echo no >&2; exit 3` : ends === 'never' ? sh`:` : count,
      timeout: 5,
      touches: '*',
      undo: { impossible: 'it was booted' },
      reconnect,
      result: ({ code, stderr }) =>
        code === 0
          ? { changed: true, values: { booted: true } }
          : { changed: false, failed: stderr.toString('utf8').trim(), values: {} },
    };
  },
};

const registry = { boot: async () => boot as unknown as AnyModule };
const embedded = (number = 1): EmbeddedHost => fleet.hosts[number - 1]?.embedded as EmbeddedHost;
const play = (tasks: string, options: FleetRun = {}, hosts = 'all'): Promise<Ended> =>
  fleet.run(`- hosts: ${hosts}\n  tasks:\n${tasks.trim().replaceAll(/^/gm, '    ')}\n`, {
    registry,
    ...options,
  });

describe('a connection that is expected to end', () => {
  test('its answer comes first: the host is asked over a new connection', async () => {
    fleet = await embeddedFleet();
    const logins: number[] = [];
    const ended = await play(
      `
- { copy: { dest: "{{ root }}/x", content: "1" } }
- { boot: { at: "{{ root }}/n" }, register: r }
- { copy: { dest: "{{ root }}/x", content: "2" } }
- { debug: { msg: "{{ r.booted }} {{ r.changed }} {{ r.elapsed }}" } }
`,
      { watch: { before: ({ number }) => void logins.push(number) } },
    );
    expect(ended.line()).toEqual(['copy: changed', 'boot: changed', 'copy: changed', 'debug: ok']);
    expect(ended.said()).toEqual(['true true 0']);
    // Each connection counts its sends from one.
    expect(logins.filter((number) => number === 1)).toHaveLength(2);
    expect(ended.changes().map(({ impossible }) => impossible)).toContain('it was booted');
    expect(readFileSync(join(fleet.root(), 'x'), 'utf8')).toBe('2');
  });

  test('it breaks before it can answer: what came of it is what the host then says', async () => {
    fleet = await embeddedFleet();
    let sends = 0;
    const ended = await play('- { boot: { at: "{{ root }}/n" } }\n- { command: "true" }', {
      watch: {
        before: () => {
          sends += 1;
          embedded().fault(sends === 2 ? { kind: 'drop', after: 0 } : null);
        },
      },
    });
    expect(ended.line()).toEqual(['boot: changed', 'command: changed']);
    expect(readFileSync(join(fleet.root(), 'n'), 'utf8')).toBe('1\n');
    expect(ended.exit).toBe(0);
  });

  test('a script that fails is no reason to wait', async () => {
    fleet = await embeddedFleet();
    const ended = await play('- { boot: { at: "{{ root }}/n", ends: badly } }');
    expect(ended.task('boot')).toMatchObject({ status: 'failed', message: 'no' });
    expect(ended.events.filter((event) => event.event === 'waiting')).toEqual([]);
  });

  test('a host that is not ready in time is unreachable, with what it said last', async () => {
    fleet = await embeddedFleet(2);
    const ended = await play(
      `
- { boot: { at: "{{ root }}/n", ends: never, timeout: 0.3 }, when: inventory_hostname == 'h1' }
- { name: next, command: "true" }
`,
    );
    expect(ended.line('h1')).toEqual(['boot: unreachable']);
    expect(ended.task('boot').message).toMatch(
      /^h1 was not back within 0\.3 s; seen last, after \d+ s: its count is still none$/,
    );
    expect(ended.task('boot').detail).toMatch(/^attempts to log in: \d+$/);
    expect(ended.host('h1').message).toBe(ended.task('boot').message);
    expect(ended.line('h2')).toEqual(['boot: skipped', 'next: changed']);
    expect(ended.exit).toBe(4);
  });

  test('an attempt that hangs is given up after its own time', async () => {
    fleet = await embeddedFleet();
    const ended = await play('- { boot: { at: "{{ root }}/n", timeout: 1.2, attempt: 1 } }', {
      watch: {
        after: ({ number }) => {
          if (number === 2) embedded().fault({ kind: 'hang-at-exec' });
        },
      },
    });
    expect(ended.task('boot').message).toContain('h1 gave no answer within 1 s');
    embedded().fault(null);
  });

  test('`stable`: what breaks meanwhile begins anew', async () => {
    fleet = await embeddedFleet();
    const seen: string[] = [];
    let drops = 0;
    const ended = await play('- { boot: { at: "{{ root }}/n", stable: 0.4, timeout: 30 } }', {
      watch: {
        // The first answer of the host that is back is the last over that connection.
        after: ({ number }) => {
          seen.push(String(number));
          if (seen.length === 3) embedded().fault({ kind: 'drop', after: 0 });
        },
        before: () => {
          if (seen.length === 3 && (drops += 1) === 2) embedded().fault(null);
        },
      },
    });
    expect(ended.line()).toEqual(['boot: changed']);
    expect(drops).toBeGreaterThanOrEqual(2);
    expect(seen.slice(0, 3)).toEqual(['1', '2', '1']);
  });

  test('a fork is free for others while a host is away', async () => {
    fleet = await embeddedFleet(2);
    const flag = join(fleet.folder, 'go');
    const ended = await play(
      `
- { boot: { at: "{{ root }}/n", timeout: 60 }, when: inventory_hostname == 'h1' }
- { name: free, command: "true", when: inventory_hostname == 'h2' }
`,
      {
        forks: 1,
        onEvent: (event) => {
          if (event.event === 'task_ended' && event.task === 'free' && event.host === 'h2')
            writeFileSync(flag, '');
        },
        watch: {
          // The host is back when the other one has had its turn.
          before: async ({ host, number, frames }) => {
            const isAttempt = host === 'h1' && number === 1 && existsSync(join(fleet.root(1), 'n'));
            if (isAttempt && frames[0]?.name === 'boot')
              while (!existsSync(flag)) await new Promise((resolve) => setTimeout(resolve, 10));
          },
        },
      },
    );
    expect(ended.exit).toBe(0);
    expect(ended.line('h2')).toEqual(['boot: skipped', 'free: changed']);
  });

  test('Ctrl-C ends the wait, and says what was seen last', async () => {
    fleet = await embeddedFleet();
    let stop = false;
    const ended = await play(
      '- { boot: { at: "{{ root }}/n", ends: never, timeout: 600 } }\n- { command: "true" }',
      {
        interrupted: () => stop,
        onEvent: (event) => {
          if (event.event === 'waiting' && event.why.includes('still none')) stop = true;
        },
      },
    );
    expect(ended.task('boot')).toMatchObject({
      status: 'failed',
      message: 'interrupted while h1 was waited for; seen last: its count is still none',
    });
    expect(ended.exit).toBe(130);
  });

  test('the machine that fettle runs on would not come back', async () => {
    fleet = await localFleet();
    for (const check of [false, true]) {
      const ended = await play('- { boot: { at: "{{ root }}/n" } }', { check });
      expect(ended.task('boot')).toMatchObject({
        status: 'failed',
        next: expect.stringContaining('another machine'),
      });
    }
    expect(existsSync(join(fleet.root(), 'n'))).toBe(false);
  });

  test('what waits is told at most once a second', async () => {
    fleet = await embeddedFleet();
    const ended = await play('- { boot: { at: "{{ root }}/n", ends: never, timeout: 1.5 } }');
    const told = ended.events.filter((event) => event.event === 'waiting');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(3);
    expect(told[0]).toMatchObject({ host: 'h1', task: 'boot', limit: 1.5 });
  });
});

describe('check mode: an action foretells', () => {
  const tasks =
    '- { name: boots, boot: { at: "{{ root }}/n" }, register: r }\n- { debug: { msg: "{{ r.booted }}" } }';

  test('where it is not needed the task is as wanted; its register is not known all the same', async () => {
    fleet = await embeddedFleet();
    const ended = await play(tasks, { check: true, exitCode: true });
    expect(ended.line()).toEqual(['boots: ok', 'debug: later']);
    expect(ended.task('boots').message).toBe('nothing on the host asks for it');
  });

  test('where it is, it says why', async () => {
    fleet = await embeddedFleet();
    writeFileSync(join(fleet.root(), 'n.wanted'), 'a new kernel\n');
    const ended = await play(tasks, { check: true, exitCode: true });
    expect(ended.line()).toEqual(['boots: changed', 'debug: later']);
    expect(ended.task('boots').message).toBe('it is wanted: a new kernel');
    expect(ended.exit).toBe(3);
    expect(existsSync(join(fleet.root(), 'n'))).toBe(false);
  });

  test('what an earlier step may bring is known only after it', async () => {
    fleet = await embeddedFleet();
    const ended = await play(`- { file: { path: "{{ root }}/n.wanted", state: touch } }\n${tasks}`, {
      check: true,
    });
    expect(ended.task('boots')).toMatchObject({ status: 'later', message: 'known only after step 1' });
  });

  test('a task that only checks, in a run that changes', async () => {
    fleet = await embeddedFleet();
    writeFileSync(join(fleet.root(), 'n.wanted'), 'a new kernel\n');
    const ended = await play('- { boot: { at: "{{ root }}/n" }, check_mode: true }');
    expect(ended.task('boot')).toMatchObject({ status: 'changed', message: 'it is wanted: a new kernel' });
    expect(existsSync(join(fleet.root(), 'n'))).toBe(false);
  });
});

describe('an action that needs no connection to begin with', () => {
  test('the host may be down: it is waited for, and what follows is looked at with its script', async () => {
    fleet = await embeddedFleet();
    embedded().fault({ kind: 'refuse-key' });
    const frames: string[][] = [];
    const ended = await play(
      `
- { wait_for_connection: { sleep: 0.1, timeout: 60 }, register: up }
- { copy: { dest: "{{ root }}/x", content: x } }
- { debug: { msg: "{{ up.changed }} {{ up.attempts }}" }, ignore_errors: true }
`,
      {
        onEvent: (event) => {
          if (event.event === 'waiting' && event.why.includes('let')) embedded().fault(null);
        },
        watch: { before: (send) => void frames.push(send.frames.map(({ name }) => name)) },
      },
    );
    expect(ended.line().slice(0, 2)).toEqual(['wait_for_connection: ok', 'copy: changed']);
    expect(frames[0]).toEqual(['wait_for_connection']);
    expect(frames[1]?.[0]).toBe('wait_for_connection');
    expect(frames[1]?.length).toBeGreaterThan(1);
  });

  test('tasks before it are looked at without those behind it', async () => {
    fleet = await embeddedFleet();
    const frames: string[][] = [];
    const ended = await play(
      `
- { command: { cmd: "true", reads: true } }
- { wait_for_connection: }
- { stat: { path: "{{ root }}" } }
`,
      { watch: { before: (send) => void frames.push(send.frames.map(({ name }) => name)) } },
    );
    expect(ended.exit).toBe(0);
    expect(frames[0]).toEqual(['command']);
    expect(frames.at(-1)).toContain('path');
  });
});
