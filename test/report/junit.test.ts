import { describe, expect, test } from 'vitest';
import { junitText } from '../../engine/report/junit.ts';
import { hostEnded, taskEnded } from './events.ts';
import { parseXml, type Element } from './xml.ts';

test('a run, text for text', async () => {
  const text = await junitText([
    { event: 'play_started', play: 'web', hosts: ['web1', 'web2'] },
    taskEnded({
      status: 'changed',
      changes: [{ what: 'write /etc/x', before: null, after: 'x' }],
      position: { file: 'site.yml', line: 3, column: 7 },
    }),
    taskEnded({ host: 'web2', status: 'unreachable', message: 'no route', next: 'look at the cable' }),
    taskEnded({
      task: 'port',
      module: 'wait_for',
      item: '8080',
      status: 'failed',
      message: 'closed',
      detail: 'refused\ntwice',
      next: 'start it',
      step: 2,
    }),
    hostEnded({ status: 'failed', owes: ['restart', 'reload'], message: 'port: closed' }),
    hostEnded({ host: 'web2', status: 'unreachable', message: 'no route' }),
  ]);
  expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="5" failures="2" errors="2" skipped="0">
  <testsuite name="web1" tests="3" failures="2" errors="0" skipped="0">
    <testcase classname="web1.copy" name="1. copy" file="site.yml:3">
      <system-out><![CDATA[write /etc/x]]></system-out>
    </testcase>
    <testcase classname="web1.wait_for" name="2. port (8080)">
      <failure message="closed&#xA;refused&#xA;twice&#xA;→ start it" type="failed"/>
    </testcase>
    <testcase classname="web1" name="host: failed">
      <failure message="port: closed&#xA;still owes: restart, reload" type="failed"/>
    </testcase>
  </testsuite>
  <testsuite name="web2" tests="2" failures="0" errors="2" skipped="0">
    <testcase classname="web2.copy" name="1. copy">
      <error message="no route" type="unreachable"><![CDATA[no route
→ look at the cable]]></error>
    </testcase>
    <testcase classname="web2" name="host: unreachable">
      <error message="no route" type="unreachable"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});

/** The case of one task, or of the host's end, parsed back. */
async function caseOf(index: number, ...events: Parameters<typeof junitText>[0]): Promise<Element> {
  const found = parseXml(await junitText(events)).children[0]?.children[index];
  if (!found) throw new Error('there is no such case');
  return found;
}
const shape = ({ name, attributes, text }: Element) => ({ name, text, ...attributes });

describe('what a status becomes', () => {
  test.each([
    ['ok', []],
    ['changed', []],
    ['skipped', [{ name: 'skipped', text: '' }]],
    ['later', [{ name: 'skipped', text: '' }]],
    ['ignored', [{ name: 'system-out', text: 'why' }]],
    ['failed', [{ name: 'failure', text: '', message: 'why', type: 'failed' }]],
    ['unknown', [{ name: 'failure', text: '', message: 'why', type: 'unknown' }]],
    ['unreachable', [{ name: 'error', text: 'why', message: 'why', type: 'unreachable' }]],
  ] as const)('task %s', async (status, expected) => {
    const found = await caseOf(0, taskEnded({ status, message: 'why' }), hostEnded({}));
    expect(found.children.map(shape)).toEqual(expected);
  });

  test.each([
    ['ok', []],
    ['changed', []],
    ['rescued', []],
    ['not started', ['skipped']],
    ['failed', ['failure']],
    ['blocked', ['failure']],
    ['interrupted', ['failure']],
    ['unreachable', ['error']],
  ] as const)('host %s', async (status, expected) => {
    const found = await caseOf(0, hostEnded({ status }));
    expect(found.attributes['name']).toBe(`host: ${status}`);
    expect(found.children.map(({ name }) => name)).toEqual(expected);
  });
});

test.each([
  ['markup', `<a href="x">&amp;'</a>`, `<a href="x">&amp;'</a>`],
  ['the end of CDATA', 'a]]>b]]>', 'a]]>b]]>'],
  ['control characters', 'a\x00\x1b[2J\x07\r\x85b', 'a\\x00\\x1b[2J\\x07\\r\\x85b'],
  ['half a character and none', 'a\ud800b\udc00c\uffff\ufffe', 'a?b?c??'],
  ['characters of two halves, right to left', '🦊\u202eevil', '🦊\\u202eevil'],
  ['tabs', 'a\tb', 'a\tb'],
])('hostile text stays text: %s', async (_what, given, shown) => {
  const position = { file: given, line: 1, column: 1 };
  const task = taskEnded({
    host: given,
    task: given,
    item: given,
    status: 'failed',
    message: given,
    output: given,
    changes: [{ what: given, before: null, after: null }],
    position,
  });
  const found = await caseOf(0, task, hostEnded({ host: given, status: 'failed', owes: [given] }));
  expect(found.attributes).toMatchObject({ name: `1. ${shown} (${shown})`, file: `${shown}:1` });
  const told = found.children.map(({ name, attributes, text }) => [name, attributes['message'] ?? text]);
  expect(told).toEqual([
    ['failure', shown],
    ['system-out', `${shown}\n${shown}`],
  ]);
});

test('a run that reached no host is a report without suites', async () => {
  expect(parseXml(await junitText([]))).toMatchObject({ name: 'testsuites', children: [] });
});

describe('the reader of these tests refuses what is not well formed', () => {
  test.each([
    '<a>',
    '<a></b>',
    '<a b="1" b="2"/>',
    '<a>&x;</a>',
    '<a>]]></a>',
    '<a b="<"/>',
    '<a/><b/>',
    '<a>\x01</a>',
  ])('%j', (text) => {
    expect(() => parseXml(text)).toThrow(SyntaxError);
  });
});
