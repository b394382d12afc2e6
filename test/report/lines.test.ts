import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { linesOf, recapLines, type LineOptions } from '../../engine/report/lines.ts';
import type { Event } from '../../engine/run/events.ts';
import { hostEnded, taskEnded } from './events.ts';

const plain: LineOptions = { colors: picocolors.createColors(false), diff: false, verbosity: 0 };
const change = { what: 'write /etc/x', before: 'a\n', after: 'b\n' };

describe('an event and its lines', () => {
  test.each<[string, Event, Partial<LineOptions>, readonly string[]]>([
    ['a play', { event: 'play_started', play: 'web', hosts: ['a', 'b'] }, {}, ['PLAY web  2 hosts']],
    ['a play of one', { event: 'play_started', play: 'web', hosts: ['a'] }, {}, ['PLAY web  1 host']],
    ['what is as wanted', taskEnded({}), {}, []],
    ['what is as wanted, -v', taskEnded({}), { verbosity: 1 }, ['  web1  ok  copy']],
    [
      'what is as wanted, -vv',
      taskEnded({ position: { file: 'p.yml', line: 3, column: 7 } }),
      { verbosity: 2 },
      ['  web1  ok  copy  p.yml:3'],
    ],
    ['what is skipped', taskEnded({ status: 'skipped', message: 'when: x' }), {}, []],
    [
      'what is skipped, -v',
      taskEnded({ status: 'skipped', message: 'when: x' }),
      { verbosity: 1 },
      ['  web1  skipped  copy'],
    ],
    [
      'what is skipped, -vv',
      taskEnded({ status: 'skipped', message: 'when: x' }),
      { verbosity: 2 },
      ['  web1  skipped  copy: when: x'],
    ],
    [
      'a change',
      taskEnded({ status: 'changed', changes: [change] }),
      {},
      ['  web1  changed  copy', '      write /etc/x'],
    ],
    [
      'a change with its difference',
      taskEnded({ status: 'changed', item: 'x', changes: [change] }),
      { diff: true },
      ['  web1  changed  copy (x)', '      write /etc/x', '      @@ -1 +1 @@', '      -a', '      +b'],
    ],
    [
      'a change whose task wants its difference shown',
      taskEnded({ status: 'changed', diff: true, changes: [change] }),
      {},
      ['  web1  changed  copy', '      write /etc/x', '      @@ -1 +1 @@', '      -a', '      +b'],
    ],
    [
      'a change whose task does not',
      taskEnded({ status: 'changed', diff: false, changes: [{ ...change, before: null, after: null }] }),
      { diff: true },
      ['  web1  changed  copy', '      write /etc/x'],
    ],
    [
      'a change that cannot be taken back, -v',
      taskEnded({
        status: 'changed',
        changes: [{ what: 'run x', before: null, after: null, impossible: 'it ran' }],
      }),
      { verbosity: 1 },
      ['  web1  changed  copy', '      run x', '      cannot be taken back: it ran'],
    ],
    [
      'what a command wrote, -v',
      taskEnded({ status: 'changed', output: 'one\ntwo\n' }),
      { verbosity: 1 },
      ['  web1  changed  copy', '      one', '      two'],
    ],
    [
      'a failure',
      taskEnded({ status: 'failed', message: 'exit status 1', detail: 'seen\nthis', next: 'do that' }),
      {},
      ['  web1  FAILED  copy: exit status 1', '      seen', '      this', '      → do that'],
    ],
    [
      'a failure that is ignored',
      taskEnded({ status: 'ignored', message: 'no' }),
      {},
      ['  web1  ignored  copy: no'],
    ],
    [
      'a host that is lost',
      taskEnded({ status: 'unreachable', message: 'gone', next: 'look' }),
      {},
      ['  web1  UNREACHABLE  copy: gone', '      → look'],
    ],
    [
      'a command that was cut',
      taskEnded({ status: 'unknown', message: 'cut' }),
      {},
      ['  web1  UNKNOWN  copy: cut'],
    ],
    [
      'what is known later',
      taskEnded({ status: 'later', message: 'known only after step 2' }),
      {},
      ['  web1  later  copy: known only after step 2'],
    ],
    [
      'what rests on an assumption',
      taskEnded({ status: 'changed', changes: [change], assuming: 3 }),
      {},
      ['  web1  changed  copy', '      write /etc/x', '      assuming step 3 changes nothing here'],
    ],
    [
      'a handler that would run',
      taskEnded({ handler: true, task: 'restart', message: 'would run' }),
      {},
      ['  web1  ok  handler restart: would run'],
    ],
    [
      'a handler that is skipped',
      taskEnded({ handler: true, status: 'skipped', message: 'when: x' }),
      {},
      [],
    ],
    [
      'a notification, -vv',
      { event: 'handler_notified', host: 'web1', handler: 'go' },
      { verbosity: 2 },
      ['  web1  notified  go'],
    ],
    ['a notification', { event: 'handler_notified', host: 'web1', handler: 'go' }, { verbosity: 1 }, []],
    [
      'a message',
      { event: 'said', host: 'web1', level: 'message', text: 'a\nb' },
      {},
      ['  web1  a', '        b'],
    ],
    ['a warning', { event: 'said', level: 'warning', text: 'mind' }, {}, ['  warning  mind']],
    ['what nobody need see', { event: 'host_started', host: 'web1' }, { verbosity: 3 }, []],
  ])('%s', (_what, event, options, lines) => {
    expect(linesOf(event, { ...plain, ...options })).toEqual(lines);
  });
});

test('a value from a host cannot move the cursor, clear the screen or turn the text around', () => {
  const evil = '\x1b[2J\r\x07\x9b31m\u202eok';
  const event = taskEnded({
    status: 'failed',
    host: evil,
    task: evil,
    item: evil,
    message: evil,
    detail: evil,
    output: evil,
    next: evil,
    changes: [{ what: evil, before: evil, after: `${evil}x`, impossible: evil }],
  });
  const recap = recapLines(
    [hostEnded({ host: evil, message: evil, next: evil, owes: [evil] })],
    'r',
    true,
    plain,
  );
  const shown = [...linesOf(event, { ...plain, diff: true, verbosity: 2 }), ...recap];
  // biome-ignore lint: the very characters that must not be there
  expect(shown.join('')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
  expect(shown[0]).toContain('\\x1b[2J\\r\\x07\\x9b31m\\u202eok');
});

test('a name of two lines is one line: nobody can add lines of his own to the report', () => {
  const evil = 'a\n  web2  ok  copy';
  const events: readonly Event[] = [
    taskEnded({
      status: 'changed',
      host: evil,
      task: evil,
      item: evil,
      delegate: evil,
      changes: [{ ...change, what: evil }],
    }),
    { event: 'play_started', play: evil, hosts: [evil] },
    { event: 'batch_started', play: evil, batch: 1, of: 2, hosts: [evil] },
    { event: 'rescued', host: evil, task: evil },
    { event: 'handler_notified', host: evil, handler: evil },
    { event: 'waiting', host: evil, task: evil, why: evil, seconds: 1 },
  ];
  const lines = [
    ...events.flatMap((event) => linesOf(event, { ...plain, verbosity: 2 })),
    ...recapLines([hostEnded({ host: evil, owes: [evil] })], 'r', false, plain),
  ];
  expect(lines.filter((line) => line.includes('\n'))).toEqual([]);
});

test('a next step of several lines stays below its task', () => {
  const event = taskEnded({ status: 'failed', message: 'no', next: 'do this\nthen that' });
  expect(linesOf(event, plain)).toEqual(['  web1  FAILED  copy: no', '      → do this', '      then that']);
});

describe('the recap', () => {
  test('is aligned by columns: letters may take two, or none', () => {
    const hosts = ['日本', 'e\u0301', 'abcdef'].map((host) => hostEnded({ host, counts: { ok: 1 } }));
    expect(recapLines(hosts, 'RUN', false, plain).slice(1, 4)).toEqual([
      '  日本    ok           ok 1  (1 send)',
      '  e\u0301       ok           ok 1  (1 send)',
      '  abcdef  ok           ok 1  (1 send)',
    ]);
  });

  test('has every host, aligned, with what it owes', () => {
    const hosts = [
      hostEnded({ host: 'a', status: 'ok', counts: { ok: 3 } }),
      hostEnded({ host: 'longer', status: 'changed', counts: { ok: 1, changed: 2 }, sends: 3 }),
      hostEnded({ host: 'b', status: 'failed', counts: { failed: 1 }, owes: ['one', 'two'] }),
      hostEnded({ host: 'c', status: 'unreachable', message: 'gone', next: 'look', sends: 0 }),
      hostEnded({ host: 'd', status: 'not started' }),
      hostEnded({ host: 'e', status: 'interrupted' }),
    ];
    expect(recapLines(hosts, 'RUN', true, plain)).toEqual([
      'RECAP  6 hosts  1 ok  1 changed  1 failed  1 unreachable  1 not started  1 interrupted',
      '  a       ok           ok 3  (1 send)',
      '  longer  changed      ok 1  changed 2  (3 sends)',
      '  b       failed       failed 1  (1 send)',
      '      still owes: one, two',
      '  c       unreachable    (0 sends)',
      '      gone',
      '      → look',
      '  d       not started    (1 send)',
      '  e       interrupted    (1 send)',
      'run RUN',
      'to take it back: fettle undo RUN',
    ]);
  });

  test('has hosts in trouble last, each kind in the order of the hosts', () => {
    const hosts = [
      hostEnded({ host: 'h1', status: 'failed', counts: { failed: 1 } }),
      hostEnded({ host: 'h2', status: 'ok', counts: { ok: 1 } }),
      hostEnded({ host: 'h3', status: 'rescued', counts: { changed: 1 } }),
      hostEnded({ host: 'h4', status: 'blocked', counts: {} }),
      hostEnded({ host: 'h5', status: 'changed', counts: { changed: 1 }, owes: ['reload'] }),
      hostEnded({ host: 'h6', status: 'unreachable', counts: {} }),
      hostEnded({ host: 'h7', status: 'changed', counts: { changed: 1 } }),
    ];
    const lines = recapLines(hosts, 'RUN', false, plain).filter((line) => /^ {2}h\d/.test(line));
    expect(lines.map((line) => line.slice(2, 4)).join(' ')).toBe('h2 h3 h7 h1 h4 h5 h6');
    const many = Array.from({ length: 500 }, (_, index) =>
      hostEnded({ host: `host${index}`, status: index % 100 === 7 ? 'failed' : 'ok', counts: {} }),
    );
    expect(
      recapLines(many, 'RUN', false, plain)
        .slice(-6)
        .map((line) => line.trim().split(/ +/)[0]),
    ).toEqual(['host7', 'host107', 'host207', 'host307', 'host407', 'run']);
  });

  test('says how to take back only what can be', () => {
    expect(recapLines([hostEnded({})], 'RUN', false, plain).at(-1)).toBe('run RUN');
  });
});
