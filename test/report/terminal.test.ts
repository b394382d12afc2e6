import { describe, expect, test } from 'vitest';
import { columnsOf } from '../../engine/error_text.ts';
import { Progress } from '../../engine/report/progress.ts';
import { rowsOf, titleOf } from '../../engine/report/terminal.ts';
import type { Event } from '../../engine/run/events.ts';
import { taskEnded } from './events.ts';

function progress(hosts: number, events: readonly Event[], play = 'Applications of the shop'): Progress {
  const progress = new Progress(play, hosts);
  for (const event of events) progress.take(event);
  return progress;
}

/** 500 hosts: 450 begun, 400 of them done, every tenth failed, every second changed. */
function fleet(play?: string): Progress {
  const events: Event[] = [];
  for (let number = 1; number <= 450; number += 1) {
    const host = `host${number}`;
    if (number % 2 === 0) events.push(taskEnded({ host, status: 'changed' }));
    if (number % 10 === 0) events.push(taskEnded({ host, status: 'failed', message: 'no good' }));
    events.push({ event: 'host_started', host });
    if (number <= 400) events.push({ event: 'host_done', host, status: 'ok' });
  }
  return progress(500, events, play);
}

describe('the title', () => {
  test.each([
    [
      'of five hosts',
      progress(5, [{ event: 'host_started', host: 'a' }], 'web'),
      80,
      'PLAY web  0/5 hosts done, 1 at work, 0 changed',
    ],
    [
      'of 500 hosts, 80 columns less what is drawn around it',
      fleet(),
      74,
      'PLAY Applicat…  400/500 hosts done, 50 at work, 225 changed, 45 in trouble',
    ],
    [
      'of 500 hosts, 200 columns',
      fleet(),
      200,
      'PLAY Applications of the shop  400/500 hosts done, 50 at work, 225 changed, 45 in trouble',
    ],
    ['where little has room', fleet(), 30, 'PLAY Applic…  400/500 hosts d…'],
    [
      'of a name whose letters take two columns each',
      progress(5, [], '商店のアプリケーション'),
      60,
      'PLAY 商店のアプリケー…  0/5 hosts done, 0 at work, 0 changed',
    ],
    [
      'of a hostile name',
      progress(1, [], 'a\x1b[2J\rb'),
      80,
      'PLAY a\\x1b[2J\\rb  0/1 hosts done, 0 at work, 0 changed',
    ],
  ])('%s', (_what, play, columns, expected) => {
    expect(titleOf(play, columns)).toBe(expected);
    expect(columnsOf(expected)).toBeLessThanOrEqual(columns);
  });
});

describe('the rows below it', () => {
  test('none where all is well', () => {
    expect(rowsOf(progress(5, [taskEnded({ host: 'a' })]), 11)).toEqual([]);
  });

  test('500 hosts: the batch, the first that need attention, and how many more do', () => {
    const play = fleet();
    const hosts = Array.from({ length: 50 }, (_, index) => `host${index}`);
    play.take({ event: 'batch_started', play: 'web', batch: 9, of: 10, hosts });
    expect(rowsOf(play, 5)).toEqual([
      'batch 9 of 10, 50 hosts',
      'host10  failed: copy (no good)',
      'host20  failed: copy (no good)',
      'host30  failed: copy (no good)',
      'and 42 more',
    ]);
    for (const most of [3, 11, 19]) expect(rowsOf(play, most)).toHaveLength(most);
  });

  test.each([
    [1, ['b0  failed: copy']],
    [2, ['b0  failed: copy', 'b1  failed: copy']],
    [3, ['b0  failed: copy', 'and 2 more']],
  ])('%i where two have room', (count, expected) => {
    const events = Array.from({ length: count }, (_, index) =>
      taskEnded({ host: `b${index}`, status: 'failed' }),
    );
    expect(rowsOf(progress(9, events), 2)).toEqual(expected);
  });

  test('hosts that wait come after those in trouble', () => {
    const play = progress(5, [
      { event: 'waiting', host: 'a', task: 'wait_for', why: 'port 8080', seconds: 12.4, limit: 300 },
      taskEnded({ host: 'b', status: 'unreachable', message: 'no route' }),
    ]);
    expect(rowsOf(play, 5)).toEqual([
      'b  unreachable: copy (no route)',
      'a  waits  wait_for: port 8080 (12 of 300 s)',
    ]);
  });

  test('as few as there is room for', () => {
    const play = fleet();
    play.take({ event: 'batch_started', play: 'web', batch: 1, of: 2, hosts: ['a'] });
    expect(rowsOf(play, 2)).toEqual(['batch 1 of 2, 1 host', 'and 45 more']);
    expect(rowsOf(play, 1)).toEqual(['batch 1 of 2, 1 host']);
    for (const most of [0, -3]) expect(rowsOf(play, most)).toEqual([]);
  });

  test('a batch of one host', () => {
    const play = progress(5, [{ event: 'batch_started', play: 'web', batch: 1, of: 3, hosts: ['a'] }]);
    expect(rowsOf(play, 5)).toEqual(['batch 1 of 3, 1 host']);
  });

  test('a long name leaves room for the reason; nothing in it moves the cursor', () => {
    const task = 'the application answers on its port within a minute';
    const play = progress(5, [
      taskEnded({ host: 'a\x1b[A', task, status: 'failed', message: 'no\nanswer\x07' }),
    ]);
    expect(rowsOf(play, 5)).toEqual([
      'a\\x1b[A  failed: the application answers on its port wit… (no answer\\x07)',
    ]);
  });
});
