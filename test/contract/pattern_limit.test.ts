import { expect, test } from 'vitest';
import { matchesWithin, testWithin } from '../../engine/contract/pattern_limit.ts';

const hostile = /^(a+)+$/;
const text = `${'a'.repeat(60)}!`;

test('a pattern is found, or not', () => {
  expect(testWithin(/b+/, 'abbc', 1000)).toBe(true);
  expect(testWithin(/x/, 'abbc', 1000)).toBe(false);
});

test('all places are told, with groups and their indices', () => {
  const found = matchesWithin(/(?<key>\w)=(\d)?/dg, 'a=1 b=', 1000);
  expect(found?.map((match) => [match[0], match.index, match.groups?.['key'], match[2]])).toEqual([
    ['a=1', 0, 'a', '1'],
    ['b=', 4, 'b', undefined],
  ]);
  expect(found?.[0]?.indices?.[1]).toEqual([0, 1]);
  expect(matchesWithin(/x/g, 'abc', 1000)).toEqual([]);
});

test('one that backtracks for ever is stopped', () => {
  expect(testWithin(hostile, text, 50)).toBeUndefined();
  expect(matchesWithin(new RegExp(hostile, 'g'), text, 50)).toBeUndefined();
  expect(testWithin(/a/, text, 1000)).toBe(true);
});
