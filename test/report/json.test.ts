import { expect, test } from 'vitest';
import { jsonDocument } from '../../engine/report/json.ts';
import type { Event } from '../../engine/run/events.ts';
import { hostEnded, taskEnded } from './events.ts';

const started: Event = {
  event: 'run_started',
  at: '2026-11-20T21:00:00.000Z',
  run: 'RUN',
  version: '0.1.0',
  playbooks: ['site.yml'],
  files: ['/srv/site.yml'],
  inventories: ['/srv/inventory'],
  check: false,
  reach: { privateKey: '/srv/key' },
};
/** As a program reads it. */
const read = (events: readonly Event[]): unknown => JSON.parse(JSON.stringify(jsonDocument(events)));

test('a run, value for value', () => {
  const change = { what: 'write /etc/x', before: null, after: 'x' };
  expect(
    read([
      started,
      { event: 'play_started', play: 'web', hosts: ['web1', 'web2'] },
      taskEnded({ status: 'changed', changes: [change] }),
      taskEnded({ host: 'web2', status: 'failed', message: 'no', next: 'mend it' }),
      { event: 'said', level: 'warning', text: 'the run stops' },
      { event: 'said', level: 'message', host: 'web1', text: 'hello' },
      taskEnded({ task: 'restart', module: 'systemd', handler: true, step: 2 }),
      { event: 'play_ended', play: 'web' },
      hostEnded({ status: 'changed', counts: { changed: 1, ok: 1 }, sends: 2 }),
      hostEnded({ host: 'web2', status: 'failed', counts: { failed: 1 }, owes: ['restart'], message: 'no' }),
      { event: 'run_ended', at: '2026-11-20T21:00:09.000Z', check: false, exit: 2 },
    ]),
  ).toEqual({
    run: 'RUN',
    version: '0.1.0',
    check: false,
    playbooks: ['site.yml'],
    inventories: ['/srv/inventory'],
    started: '2026-11-20T21:00:00.000Z',
    ended: '2026-11-20T21:00:09.000Z',
    exit: 2,
    hosts: {
      web1: {
        status: 'changed',
        counts: { changed: 1, ok: 1 },
        owes: [],
        sends: 2,
        tasks: [
          { task: 'copy', module: 'copy', handler: false, status: 'changed', changes: [change], step: 1 },
          { task: 'restart', module: 'systemd', handler: true, status: 'ok', changes: [], step: 2 },
        ],
      },
      web2: {
        status: 'failed',
        counts: { failed: 1 },
        owes: ['restart'],
        message: 'no',
        sends: 1,
        tasks: [
          {
            task: 'copy',
            module: 'copy',
            handler: false,
            status: 'failed',
            changes: [],
            message: 'no',
            next: 'mend it',
            step: 1,
          },
        ],
      },
    },
    said: [
      { level: 'warning', text: 'the run stops' },
      { host: 'web1', level: 'message', text: 'hello' },
    ],
  });
});

test('a host that was never begun has no tasks', () => {
  expect(read([hostEnded({ status: 'not started', sends: 0 })])).toMatchObject({
    hosts: { web1: { status: 'not started', tasks: [] } },
  });
});

test('a host may be called anything', () => {
  const events = ['__proto__', 'constructor', 'a"\n\x1b'].flatMap((host) => [
    taskEnded({ host, task: host }),
    hostEnded({ host }),
  ]);
  const { hosts } = read(events) as { hosts: Record<string, { tasks: readonly { task: string }[] }> };
  expect(Object.entries(hosts).map(([host, { tasks }]) => [host, tasks.map(({ task }) => task)])).toEqual([
    ['__proto__', ['__proto__']],
    ['constructor', ['constructor']],
    ['a"\n\x1b', ['a"\n\x1b']],
  ]);
});
