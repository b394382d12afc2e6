import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FettleError } from '../../engine/errors.ts';
import { loadInventory } from '../../engine/load/inventory_load.ts';
import { findHost } from '../../engine/load/inventory_members.ts';
import { selectHosts } from '../../engine/load/pattern.ts';
import { hasAnsible, runAnsible, scratch } from './inventory_scratch.ts';

const hosts = `lone
::1f
10.0.0.1
[db]
db1
db2
[web]
web[1:4].example
db2
[spare]
web9.example
[prod:children]
web
db
[all:vars]
where=here
`;

const patterns: readonly (readonly [pattern: string, selected: string])[] = [
  ['all', 'lone ::1f 10.0.0.1 web9.example web1.example web2.example web3.example web4.example db2 db1'],
  ['*', 'lone ::1f 10.0.0.1 web9.example web1.example web2.example web3.example web4.example db2 db1'],
  ['db', 'db1 db2'],
  ['db:web', 'db1 db2 web1.example web2.example web3.example web4.example'],
  ['lone,db1 , db', 'lone db1 db2'],
  ['web:&db', 'db2'],
  ['prod:!db', 'web1.example web2.example web3.example web4.example'],
  ['!prod', 'lone ::1f 10.0.0.1 web9.example'],
  ['prod,&web,!web1.example', 'web2.example web3.example web4.example db2'],
  ['web[0]', 'web1.example'],
  ['web[-1]', 'db2'],
  ['web[1:2]', 'web2.example web3.example'],
  ['web[3:]', 'web4.example db2'],
  ['web[0:1]:!web[0]', 'web2.example'],
  ['web?.example', 'web1.example web2.example web3.example web4.example web9.example'],
  ['*.example:!web[1:2]', 'web1.example web4.example web9.example'],
  ['web[!12].example', 'web3.example web4.example web9.example'],
  ['d*', 'db1 db2'],
  ['nothing*', ''],
  ['~(web|lone).*', 'lone web1.example web2.example web3.example web4.example web9.example db2'],
  ['~web[19]\\.', 'web1.example web9.example'],
  ['::1f', '::1f'],
  ['10.0.0.1', '10.0.0.1'],
  ['ungrouped', 'lone ::1f 10.0.0.1'],
  ['localhost', 'localhost'],
];

test.each(patterns)('%s', async (pattern, selected) => {
  const folder = scratch({ hosts });
  const inventory = await loadInventory([join(folder, 'hosts')]);
  expect(selectHosts(inventory, pattern).sort()).toEqual(selected.split(' ').filter(Boolean).sort());
});

describe.runIf(hasAnsible)('the same hosts as ansible --list-hosts (needs ansible-core)', () => {
  test.each(patterns.map(([pattern]) => pattern))('%s', (pattern) => {
    const folder = scratch({ hosts });
    const [, selected] = patterns.find(([each]) => each === pattern) ?? ['', ''];
    const output = runAnsible('ansible', ['--list-hosts', '-i', join(folder, 'hosts'), pattern], folder);
    const listed = output
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
    expect(listed.filter(Boolean).sort()).toEqual(selected.split(' ').filter(Boolean).sort());
  });
});

test('the order is that of the parts, and within a part that of the inventory', async () => {
  const folder = scratch({ hosts: '[b]\nb2\nb1\n[a]\na1\nb1\n' });
  const inventory = await loadInventory([join(folder, 'hosts')]);
  expect(selectHosts(inventory, 'a:b')).toEqual(['a1', 'b1', 'b2']);
  expect(selectHosts(inventory, 'all')).toEqual(['b2', 'b1', 'a1']);
  expect(selectHosts(inventory, 'a1,all')).toEqual(['a1', 'b2', 'b1']);
});

test('@file holds a pattern a line', async () => {
  const folder = scratch({ hosts, limit: '# failed\ndb1\n\n  web:!db  \n' });
  const inventory = await loadInventory([join(folder, 'hosts')]);
  expect(() => selectHosts(inventory, `@${folder}/none`)).toThrow(/cannot be read/);
  expect(selectHosts(inventory, `@${join(folder, 'limit')}`)).toEqual([
    'web1.example',
    'web2.example',
    'web3.example',
    'web4.example',
  ]);
});

test('localhost is there without being named, with the variables of all and no connection', async () => {
  const folder = scratch({ hosts, 'host_vars/localhost.yml': 'own: 1\n' });
  const inventory = await loadInventory([join(folder, 'hosts')]);
  const local = findHost(inventory, '127.0.0.1');
  const values = [...(local?.vars ?? [])].map(([name, { value }]) => [name, value]);
  expect(Object.fromEntries(values)).toEqual({ where: 'here', ansible_connection: 'local', own: 1 });
  expect(inventory.hosts.has('localhost')).toBe(false);
  expect(findHost(inventory, 'elsewhere')).toBeUndefined();
});

const mistakes: readonly (readonly [pattern: string, summary: RegExp, next: RegExp])[] = [
  ['wbe', /no host or group `wbe`/, /Did you mean `web`/],
  ['all:!lnoe', /no host or group `lnoe`/, /Did you mean `lone`/],
  ['web:&zzzzzz', /no host or group `zzzzzz`/, /inventory graph/],
  ['web[9]', /asks for more/, /\[4\]/],
  ['~web(', /no regular expression/, /glob/],
];

test.each(mistakes)('%s is a mistake', async (pattern, summary, next) => {
  const folder = scratch({ hosts });
  const inventory = await loadInventory([join(folder, 'hosts')]);
  const at = { file: 'site.yml', line: 2, column: 10 };
  const error = catchError(() => selectHosts(inventory, pattern, at));
  expect(error).toBeInstanceOf(FettleError);
  expect(error).toMatchObject({ kind: 'inventory', position: at });
  expect((error as FettleError).message).toMatch(summary);
  expect((error as FettleError).next).toMatch(next);
});

test('whatever the pattern, there are hosts of the inventory or a FettleError', async () => {
  const folder = scratch({ hosts });
  const inventory = await loadInventory([join(folder, 'hosts')]);
  const piece = fc.constantFrom(
    'web',
    'all',
    '*',
    '?',
    '[',
    ']',
    ':',
    '!',
    '&',
    ',',
    '~',
    '(',
    '0',
    '-1',
    '\\',
    '^',
    ' ',
    '|',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
      try {
        for (const host of selectHosts(inventory, pieces.join('')))
          expect(findHost(inventory, host)).toBeDefined();
      } catch (error) {
        expect(error).toBeInstanceOf(FettleError);
      }
    }),
  );
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
