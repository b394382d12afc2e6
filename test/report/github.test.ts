import { describe, expect, test } from 'vitest';
import { githubLines } from '../../engine/report/github.ts';
import type { Event } from '../../engine/run/events.ts';
import { hostEnded, taskEnded } from './events.ts';

const position = { file: 'site.yml', line: 3, column: 7 };

describe('a run as annotations', () => {
  test.each<[string, readonly Event[], readonly string[]]>([
    ['nothing happened', [], ['::notice title=fettle::0 hosts']],
    [
      'all is well',
      [taskEnded({ status: 'changed' }), taskEnded({ status: 'skipped' }), hostEnded({ status: 'changed' })],
      ['::notice title=fettle::1 host, 1 changed'],
    ],
    [
      'a failure at its place, with what was seen and the next step',
      [
        taskEnded({
          status: 'failed',
          message: 'closed',
          detail: 'refused\ntwice',
          next: 'start it',
          position,
        }),
        hostEnded({ status: 'failed' }),
      ],
      [
        '::error file=site.yml,line=3,col=7,title=failed%3A copy::web1: closed%0Arefused%0Atwice%0A→ start it',
        '::notice title=fettle::1 host, 1 failed',
      ],
    ],
    [
      'unreachable and unknown are errors, ignored is a warning, without a reason the status is one',
      (['unreachable', 'unknown', 'ignored'] as const).map((status) => taskEnded({ status })),
      [
        '::error title=unreachable%3A copy::web1: unreachable',
        '::error title=unknown%3A copy::web1: unknown',
        '::warning title=ignored%3A copy::web1: ignored',
        '::notice title=fettle::0 hosts',
      ],
    ],
    [
      'hosts that failed alike share an annotation, others have their own',
      [
        taskEnded({ host: 'a', status: 'failed', message: 'closed' }),
        taskEnded({ host: 'b', status: 'failed', message: 'open' }),
        taskEnded({ host: 'c', status: 'failed', message: 'closed' }),
        taskEnded({ host: 'c', status: 'failed', message: 'closed' }),
        taskEnded({ host: 'd', status: 'failed', message: 'closed', step: 2 }),
      ],
      [
        '::error title=failed%3A copy::a, c: closed',
        '::error title=failed%3A copy::b: open',
        '::error title=failed%3A copy::d: closed',
        '::notice title=fettle::0 hosts',
      ],
    ],
    [
      'of many hosts the first ten are named',
      Array.from({ length: 500 }, (_, index) => taskEnded({ host: `h${index}`, status: 'failed' })),
      [
        '::error title=failed%3A copy::h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, 490 more: failed',
        '::notice title=fettle::0 hosts',
      ],
    ],
    [
      'warnings and what is owed; what a task says is no annotation',
      [
        { event: 'said', level: 'warning', text: 'the run stops' },
        { event: 'said', level: 'message', host: 'web1', text: 'hello' },
        hostEnded({ status: 'interrupted', owes: ['restart a', 'restart b'] }),
      ],
      [
        '::warning::the run stops',
        '::warning title=web1 still owes::restart a, restart b',
        '::notice title=fettle::1 host, 1 interrupted',
      ],
    ],
  ])('%s', (_what, events, expected) => {
    expect(githubLines(events)).toEqual(expected);
  });
});

// What GitHub's runner unescapes again: https://github.com/actions/toolkit, packages/core/src/command.ts
test.each([
  [
    'another command',
    'x\n::set-output name=a::b',
    'x%0A::set-output name=a::b',
    'x%0A%3A%3Aset-output name=a%3A%3Ab',
  ],
  ['percent signs', '100%0A%25', '100%250A%2525', '100%250A%2525'],
  ['colons and commas', 'a:b,c=d', 'a:b,c=d', 'a%3Ab%2Cc=d'],
  ['carriage returns and escapes', 'a\r\x1b[2Jb', 'a\\r\\x1b[2Jb', 'a\\r\\x1b[2Jb'],
])('hostile text stays text: %s', (_what, given, data, property) => {
  const place = { file: given, line: 1, column: 2 };
  const lines = githubLines([
    taskEnded({ host: given, task: given, status: 'failed', message: given, position: place }),
    hostEnded({ host: given, status: 'failed', owes: [given] }),
    { event: 'said', level: 'warning', text: given },
  ]);
  expect(lines).toEqual([
    `::error file=${property},line=1,col=2,title=failed%3A ${property}::${data}: ${data}`,
    `::warning::${data}`,
    `::warning title=${property} still owes::${data}`,
    '::notice title=fettle::1 host, 1 failed',
  ]);
});
