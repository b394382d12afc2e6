import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { modePattern, resolveMode } from '../../engine/contract/file_mode.ts';

const root = mkdtempSync(join(tmpdir(), 'fettle-mode-'));
afterAll(() => rmSync(root, { recursive: true }));

describe('modes', () => {
  test.each([
    ['0644', '0777', false, '0644'],
    ['755', '2700', true, '0755'],
    ['01777', '0755', true, '1777'],
    ['u=rwX,g-w,o=', '0664', false, '0640'],
    ['u=rwX,g-w,o=', '0674', false, '0750'],
    ['a+X', '0600', true, '0711'],
    ['a+X', '0600', false, '0600'],
    ['g=u', '0741', false, '0771'],
    ['u+s,o+t', '0755', true, '5755'],
    ['g=rx', '2777', true, '2757'],
    ['g=rx', '2777', false, '0757'],
  ])('%s on %s', (wanted, now, isDirectory, expected) => {
    expect(wanted).toMatch(new RegExp(modePattern));
    expect(resolveMode(wanted, now, isDirectory)).toBe(expected);
  });

  test.each(['', '64', '+x', 'rwx', 'u+q', '0888', 'u+x;id', '0644\n'])('%j is no mode', (text) => {
    expect(text).not.toMatch(new RegExp(modePattern));
  });

  test('as chmod reckons', () => {
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'directory'));
    const action = fc.tuple(
      fc.constantFrom('u', 'g', 'o', 'a', 'ug', 'go'),
      fc.constantFrom('+', '-', '='),
      fc.oneof(
        fc.constantFrom('u', 'g', 'o'),
        fc.subarray(['r', 'w', 'x', 'X', 's', 't']).map((letters) => letters.join('')),
      ),
    );
    const symbolic = fc.array(action, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        symbolic,
        fc.integer({ min: 0, max: 0o7777 }),
        fc.boolean(),
        (clauses, bits, isDirectory) => {
          const path = join(root, isDirectory ? 'directory' : 'file');
          const mode = clauses.map((clause) => clause.join('')).join(',');
          chmodSync(path, bits);
          execFileSync('chmod', [mode, path]);
          const expected = (statSync(path).mode & 0o7777).toString(8).padStart(4, '0');
          expect(resolveMode(mode, bits.toString(8), isDirectory)).toBe(expected);
        },
      ),
      { numRuns: 150 },
    );
  });
});
