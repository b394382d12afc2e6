import { describe, expect, test } from 'vitest';
import { Progress } from '../../engine/report/progress.ts';
import type { Event } from '../../engine/run/events.ts';
import { taskEnded } from './events.ts';

const waiting: Event = { event: 'waiting', host: 'a', task: 'pause', why: 'pauses', seconds: 1 };

/** What is counted after these events, in short. */
function after(...events: readonly Event[]) {
  const progress = new Progress('web', 3);
  const told = events.map((event) => progress.take(event));
  const { begun, done, changed, attention } = progress;
  const counted = { begun: [...begun], done: [...done], changed: [...changed] };
  return { ...counted, attention: [...attention.keys()], waiting: [...progress.waiting.keys()], told };
}
const none = { begun: [], done: [], changed: [], attention: [], waiting: [] };

describe('how far a play is', () => {
  test.each<[string, readonly Event[], object]>([
    ['nothing yet', [], { ...none, told: [] }],
    ['a host begins', [{ event: 'host_started', host: 'a' }], { ...none, begun: ['a'], told: [true] }],
    [
      'a host is done',
      [{ event: 'host_done', host: 'a', status: 'ok' }],
      { ...none, begun: ['a'], done: ['a'], told: [true] },
    ],
    ['a task ends', [taskEnded({ host: 'a' })], { ...none, begun: ['a'], told: [true] }],
    [
      'a host that changes twice counts once',
      [taskEnded({ host: 'a', status: 'changed' }), taskEnded({ host: 'a', status: 'changed' })],
      { ...none, begun: ['a'], changed: ['a'], told: [true, true] },
    ],
    [
      'failed, unreachable and unknown need attention, ignored does not',
      (['failed', 'unreachable', 'unknown', 'ignored'] as const).map((status) =>
        taskEnded({ host: status, status }),
      ),
      {
        ...none,
        begun: ['failed', 'unreachable', 'unknown', 'ignored'],
        attention: ['failed', 'unreachable', 'unknown'],
        told: [true, true, true, true],
      },
    ],
    [
      'what is rescued needs none any more',
      [taskEnded({ host: 'a', status: 'failed' }), { event: 'rescued', host: 'a', task: 'copy' }],
      { ...none, begun: ['a'], told: [true, true] },
    ],
    ['a host waits', [waiting], { ...none, begun: ['a'], waiting: ['a'], told: [true] }],
    [
      'until its task ends',
      [waiting, taskEnded({ host: 'a' })],
      { ...none, begun: ['a'], told: [true, true] },
    ],
    [
      'or it is done',
      [waiting, { event: 'host_done', host: 'a', status: 'failed' }],
      { ...none, begun: ['a'], done: ['a'], told: [true, true] },
    ],
    [
      'what nobody sees changes nothing',
      [{ event: 'handler_notified', host: 'a', handler: 'restart' }],
      { ...none, told: [false] },
    ],
  ])('%s', (_what, events, expected) => {
    expect(after(...events)).toEqual(expected);
  });

  test.each<[boolean, readonly Event[]]>([
    [false, []],
    [false, [taskEnded({ status: 'ignored' }), { event: 'host_done', host: 'a', status: 'rescued' }]],
    [true, [taskEnded({ status: 'failed' })]],
    [false, [taskEnded({ host: 'a', status: 'failed' }), { event: 'rescued', host: 'a', task: 'copy' }]],
    [true, [{ event: 'host_done', host: 'a', status: 'interrupted' }]],
    [true, [{ event: 'host_done', host: 'a', status: 'blocked' }]],
  ])('whether anything is amiss: %s', (expected, events) => {
    const progress = new Progress('web', 3);
    for (const event of events) progress.take(event);
    expect(progress.isInTrouble).toBe(expected);
  });

  test('the batch under way is the last that began', () => {
    const progress = new Progress('web', 4);
    const batch = { event: 'batch_started', play: 'web', batch: 1, of: 2, hosts: ['a', 'b'] } as const;
    progress.take(batch);
    progress.take({ ...batch, batch: 2, hosts: ['c', 'd'] });
    expect(progress.batch).toMatchObject({ batch: 2, of: 2, hosts: ['c', 'd'] });
  });
});
