import { expect, test } from 'vitest';
import { globTest } from '../../engine/contract/glob.ts';

test.each<[pattern: string, fits: string[], not: string[]]>([
  ['*.log', ['a.log', '.log', 'a\n.log'], ['a.logs', 'alog']],
  ['a?c', ['abc', 'a🔧c'], ['ac', 'abbc']],
  ['[a-c]x', ['bx'], ['dx', '-x']],
  ['[!a-c]x', ['dx'], ['bx']],
  ['[]]x', [']x'], ['x']],
  ['[!]]x', ['ax'], [']x']],
  ['[^a]', ['^', 'a'], ['b']],
  ['[a', ['[a'], ['a']],
  ['\\*', ['\\', '\\x'], ['*']],
  ['a+(b)|{c}.$', ['a+(b)|{c}.$'], ['aa']],
])('the pattern %s', (pattern, fits, not) => {
  const test_ = globTest(pattern);
  expect(fits.filter((name) => !test_.test(name))).toEqual([]);
  expect(not.filter((name) => test_.test(name))).toEqual([]);
});
