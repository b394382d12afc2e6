import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines } from '../../engine/report/diff.ts';

const numbers = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join('');

/** What git says, without its header and without what it adds behind a hunk's numbers. */
function gitDiff(before: string, after: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-diff-'));
  try {
    writeFileSync(join(folder, 'a'), before);
    writeFileSync(join(folder, 'b'), after);
    const { stdout } = spawnSync('git', ['diff', '--no-index', '--no-color', '-U3', 'a', 'b'], {
      cwd: folder,
      encoding: 'utf8',
    });
    const lines = stdout.split('\n').slice(0, -1);
    const start = lines.findIndex((line) => line.startsWith('@@'));
    return start === -1 ? [] : lines.slice(start).map((line) => line.replace(/^(@@ .* @@).*/, '$1'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("a difference is git's", () => {
  test.each([
    ['a line changed', 'a\nb\nc\n', 'a\nB\nc\n'],
    ['of one line', 'a\n', 'b\n'],
    ['a line added at the end', numbers(1, 9), numbers(1, 10)],
    ['a line removed at the start', numbers(1, 9), numbers(2, 9)],
    ['two places far apart', numbers(1, 30), numbers(1, 30).replace('3\n', 'x\n').replace('27\n', 'y\n')],
    [
      'two places near each other',
      numbers(1, 12),
      numbers(1, 12).replace('3\n', 'x\n').replace('9\n', 'y\n'),
    ],
    ['the last line end removed', 'a\nb\n', 'a\nb'],
    ['the last line end added', 'a', 'a\n'],
    ['from nothing', '', 'a\nb\n'],
    ['to nothing', 'a\nb\n', ''],
    ['from nothing, without a line end', '', 'a\nb'],
    ['to nothing, without a line end', 'a', ''],
    ['from nothing, empty lines', '', '\n\n'],
    ['the same', 'a\n', 'a\n'],
    ['tabs', '\ta\n', '\t\ta\n'],
  ])('%s', (_what, before, after) => {
    expect(diffLines(before, after)).toEqual(gitDiff(before, after));
  });
});

test('nothing before and nothing after are no text', () => {
  expect(diffLines(null, 'a\n')).toEqual(['@@ -0,0 +1 @@', '+a']);
  expect(diffLines('a\n', null)).toEqual(['@@ -1 +0,0 @@', '-a']);
  expect(diffLines(null, null)).toEqual([]);
});

test('a long one is cut, and one that is too different is not reckoned', () => {
  const lines = diffLines(null, numbers(1, 500));
  expect([lines.length, lines.at(-1)]).toEqual([201, '(301 more lines)']);
  expect(diffLines(numbers(1, 9000), numbers(9001, 18000), '/f')).toEqual([
    '--- a/f',
    '+++ b/f',
    '(too different to show: 9000 lines before, 9000 after)',
  ]);
});

test('of a new file and of one that goes the beginning is shown, however long it is', () => {
  const added = diffLines(null, numbers(1, 90_000), '/f');
  expect(added.slice(0, 4)).toEqual(['--- /dev/null', '+++ b/f', '@@ -0,0 +1,90000 @@', '+1']);
  expect(added.at(-1)).toBe('(89801 more lines)');
  expect(diffLines(numbers(1, 90_000), null, '/f').slice(0, 4)).toEqual([
    '--- a/f',
    '+++ /dev/null',
    '@@ -1,90000 +0,0 @@',
    '-1',
  ]);
});

test('a long line is cut', () => {
  expect(diffLines('a\n', `${'x'.repeat(1500)}\n`).at(-1)).toBe(`+${'x'.repeat(999)}… (501 more characters)`);
});

test('control characters are shown, not obeyed', () => {
  expect(diffLines('a\r\n', 'a\x1b[2J\n')).toEqual(['@@ -1 +1 @@', '-a\\r', '+a\\x1b[2J']);
});

test('git apply makes the one of the other', { timeout: 60_000 }, () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '', '- d', '+ e', '@@ f', ' g'), { maxLength: 30 })
    .map((lines) => lines.map((line) => `${line}\n`).join(''));
  const folder = mkdtempSync(join(tmpdir(), 'fettle-patch-'));
  try {
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after);
        const file = join(folder, 'f');
        writeFileSync(file, before);
        const patch = `--- a/f\n+++ b/f\n${diffLines(before, after).join('\n')}\n`;
        const applied = spawnSync('git', ['apply', '--whitespace=nowarn', '-'], {
          cwd: folder,
          input: patch,
          encoding: 'utf8',
        });
        expect(applied).toMatchObject({ status: 0, stdout: '', stderr: '' });
        expect(readFileSync(file, 'utf8')).toBe(after);
      }),
      { numRuns: 60 },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
