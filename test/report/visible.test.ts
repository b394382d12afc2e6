import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible, visibleName } from '../../engine/report/visible.ts';

test.each([
  ['plain text, ümlauts, 漢字 and 🙂', 'plain text, ümlauts, 漢字 and 🙂'],
  ['tab\tand\nline', 'tab\tand\nline'],
  ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
  ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
  ['over\rwrite', 'over\\rwrite'],
  ['\b\x7f\x00', '\\x08\\x7f\\x00'],
  ['\x9b2J', '\\x9b2J'],
  ['\u202eevil\u2066', '\\u202eevil\\u2066'],
  ['\ufeffzero\u200bwidth\u00ad', '\\ufeffzero\\u200bwidth\\xad'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
  ['\u06a9\u200c\u0627 and 👩\u200d🔧', '\u06a9\u200c\u0627 and 👩\u200d🔧'],
])('%j', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('a name stays in its line', () => {
  expect(visibleName('a\nRECAP\t1 host\x1b[A')).toBe('a\\nRECAP\\t1 host\\x1b[A');
});

test('nothing that a terminal obeys is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint: the very characters that must not be there
      expect(visible(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});
