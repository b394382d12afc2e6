import { expect, test } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleError } from '../../engine/errors.ts';

function shown(text: string, column: number): string {
  return formatError(
    new FettleError('playbook', { summary: 'wrong', position: { file: 'f', line: 1, column, text } }),
  );
}

test.each<[what: string, text: string, column: number, said: string]>([
  ['the caret stands under the column', '  a: b', 6, 'f:1:6: wrong\n    a: b\n       ^'],
  ['a tab stays a tab', '\ta:\tb', 5, 'f:1:5: wrong\n    a:\tb\n      \t^'],
  ['wide letters take two columns', '名: 字b', 5, 'f:1:5: wrong\n    名: 字b\n          ^'],
  ['beyond the end it stands at the end', 'ab', 9, 'f:1:9: wrong\n    ab\n      ^'],
  ['an empty line is not shown', '   ', 1, 'f:1:1: wrong'],
])('%s', (_what, text, column, said) => {
  expect(shown(text, column)).toBe(said);
});

test('a very long line is cut around the caret', () => {
  const [, line = '', caret = ''] = shown(`${'x'.repeat(5000)}y${'z'.repeat(5000)}`, 5001).split('\n');
  expect(line.length).toBeLessThan(200);
  expect(line[caret.indexOf('^')]).toBe('y');
});

test('detail and next step are told, each line indented; without a place there is none', () => {
  const error = new FettleError('usage', { summary: 'wrong', detail: 'one\ntwo\n', next: 'do this' });
  expect(formatError(error)).toBe('wrong\n  one\n  two\n  do this');
});
