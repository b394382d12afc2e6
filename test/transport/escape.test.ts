import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeBytes, inlineLimit } from '../../engine/transport/escape.ts';
import { hasShell, shells } from './shells.ts';

/** How each shell writes, as the boot text chooses it. */
const write =
  'if PATH=/- command -v printf >/dev/null 2>&1; then w() { printf %b "$1"; }; else w() { print -n -- "$1"; }; fi\n';

for (const [label, command] of shells)
  describe.runIf(hasShell(command))(label, () => {
    test('bytes come out of the builtin as they went in', () => {
      const [program = '', ...args] = command.split(' ');
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
        fc.string({ unit: 'binary', maxLength: 200 }).map((text) => Buffer.from(text, 'utf8')),
        fc
          .constantFrom('%s%n\\c\\0101', "'\\''", '-n x', '\n\n', 'a\\\nb', '$(x)`y`')
          .map((text) => Buffer.from(text)),
      );
      fc.assert(
        fc.property(fc.array(bytes, { minLength: 1, maxLength: 20 }), (all) => {
          const text = all.map((one) => `w ${escapeBytes(one)}`).join('\n');
          const output = execFileSync(program, args, { input: `${write}${text}\n` });
          expect(output.equals(Buffer.concat(all))).toBe(true);
        }),
        { numRuns: 25 },
      );
    });
  });

test('what would be too long for a shell’s reader is null', () => {
  expect(escapeBytes(Buffer.alloc(inlineLimit, 'a'))).not.toBeNull();
  expect(escapeBytes(Buffer.alloc(inlineLimit + 1, 'a'))).toBeNull();
  expect(escapeBytes(Buffer.alloc(inlineLimit / 4))).toBeNull();
});
