import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ended } from './ended.ts';
import { localFleet, type Fleet, type FleetRun } from './harness.ts';
import { playbookOf, randomPlays, type RandomPlay } from './random_plays.ts';
import { Waiting } from './waiting.ts';

let fleet: Fleet;
let waiting: Waiting;
beforeAll(async () => {
  fleet = await localFleet(5);
  waiting = new Waiting();
});
afterAll(() => fleet.close());

const runs = Number(process.env['FETTLE_RANDOM_PLAYS'] ?? 120);
const hosts = ['h1', 'h2', 'h3', 'h4', 'h5'];
const longest = 20_000;

/** Words by which hosts wait for each other. */
const words = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ run_once: true }) },
  { weight: 1, arbitrary: fc.constant({ run_once: 'batch' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 }).map((throttle) => ({ throttle })) },
  { weight: 1, arbitrary: fc.constantFrom('localhost', ...hosts).map((delegate_to) => ({ delegate_to })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...hosts)
      .map((host) => ({ vars: { other: `{{ hostvars.${host}.inventory_hostname }}` } })),
  },
  { weight: 1, arbitrary: fc.constant({ any_errors_fatal: true }) },
  { weight: 1, arbitrary: fc.constant({ ignore_unreachable: true }) },
  { weight: 1, arbitrary: fc.constant({ retries: 1, delay: 0 }) },
);

const playWords = fc.record(
  {
    strategy: fc.constantFrom('linear', 'free'),
    serial: fc.integer({ min: 1, max: 3 }),
    any_errors_fatal: fc.boolean(),
    max_fail: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
);

interface Course {
  readonly play: RandomPlay;
  readonly playWords: Readonly<Record<string, unknown>>;
  /** For the tasks and handlers in their order, again and again. */
  readonly words: readonly Readonly<Record<string, unknown>>[];
  readonly forks: number;
  /** Seconds that tasks take, in their order. */
  readonly takes: readonly number[];
  /** After how many tasks the user wants to stop. */
  readonly stop: number | null;
  readonly end: 'end_host' | 'end_play' | 'end_batch';
}

const courses: fc.Arbitrary<Course> = fc.record({
  play: randomPlays(hosts),
  playWords,
  words: fc.array(words, { minLength: 3, maxLength: 12 }),
  forks: fc.integer({ min: 1, max: 4 }),
  takes: fc.array(fc.constantFrom(0, 0, 0.001, 0.003), { minLength: 1, maxLength: 7 }),
  stop: fc.option(fc.integer({ min: 0, max: 20 }), { freq: 4, nil: null }),
  end: fc.constantFrom('end_host', 'end_play', 'end_batch'),
});

/** The playbook with the words that the reference model knows nothing of. */
function textOf({ play, playWords: ofPlay, words: all, takes, end }: Course): string {
  const { text, files } = playbookOf(play, ofPlay);
  let tasks = 0;
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change);
    if (typeof value !== 'object' || value === null) return value;
    const step = value as Record<string, unknown>;
    if (step['meta'] === 'end_host') return { ...step, meta: end };
    if (typeof step['mark'] !== 'object')
      return Object.fromEntries(Object.entries(step).map(([key, part]) => [key, change(part)]));
    const own = all[tasks % all.length];
    const seconds = takes[tasks % takes.length];
    tasks += 1;
    const mark = {
      ...step['mark'],
      ...(seconds ? { takes: seconds } : {}),
      ...(own?.['vars'] ? { other: '{{ other }}' } : {}),
    };
    return { ...step, ...own, mark };
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(fleet.folder, name), JSON.stringify(change(JSON.parse(content))));
  return JSON.stringify(change(JSON.parse(text)));
}

async function runOf(course: Course): Promise<Ended> {
  let tasks = 0;
  const options: FleetRun = {
    forks: course.forks,
    interrupted: () => course.stop !== null && tasks >= course.stop,
    onEvent: ({ event }) => {
      if (event === 'task_ended') tasks += 1;
    },
  };
  waiting.forget();
  const timer = new AbortController();
  const late = sleep(longest, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the run stands still:\n${waiting.describe()}`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([fleet.run(textOf(course), options), late]);
  } finally {
    timer.abort();
  }
}

test('whatever hosts wait for, with fewer forks than hosts, the run ends and tells of each', {
  timeout: 600_000,
}, async () => {
  const property = fc.asyncProperty(courses, async (course) => {
    const ended = await runOf(course);
    for (const host of hosts) {
      const { status, counts, owes } = ended.host(host);
      const lines = ended.line(host);
      const isClean = ['ok', 'changed', 'rescued', 'not started', 'blocked'].includes(status);
      if (isClean && course.stop === null)
        expect({ host, status, failed: counts.failed ?? 0, lines }).toMatchObject({ failed: 0 });
      if (status === 'not started') expect(lines).toEqual([]);
      if (status === 'ok') expect(owes).toEqual([]);
    }
    const statuses = hosts.map((host) => ended.host(host).status);
    const exit = statuses.includes('interrupted') || course.stop !== null ? undefined : ended.exit;
    if (exit !== undefined)
      expect(exit).toBe(statuses.includes('failed') ? 2 : statuses.includes('unreachable') ? 4 : 0);
  });
  await fc.assert(property, { numRuns: runs });
});
