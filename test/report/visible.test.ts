import fc from 'fast-check';
import { expect, test } from 'vitest';
import { visible } from '../../engine/report/visible.ts';

test.each([
  ['plain text, ümlauts, 漢字 and 🙂', 'plain text, ümlauts, 漢字 and 🙂'],
  ['tab\tand\nline', 'tab\tand\nline'],
  ['\x1b[31mred\x1b[0m', '\\x1b[31mred\\x1b[0m'],
  ['\x1b]0;title\x07', '\\x1b]0;title\\x07'],
  ['over\rwrite', 'over\\rwrite'],
  ['\b\x7f\x00', '\\x08\\x7f\\x00'],
  ['\x9b2J', '\\x9b2J'],
  ['\u202eevil\u2066', '\\x202eevil\\x2066'],
])('%j', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('nothing that a terminal obeys is left of any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      // biome-ignore lint: the very characters that must not be there
      expect(visible(text)).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    }),
  );
});
