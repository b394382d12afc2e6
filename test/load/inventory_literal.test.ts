import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseLiteral } from '../../engine/load/inventory_literal.ts';
import { splitWords } from '../../engine/load/inventory_words.ts';

test.each<[string, unknown]>([
  ['5', 5],
  ['-1.5', -1.5],
  ['True', true],
  ['None', null],
  ['true', 'true'],
  ['0644', '0644'],
  ['10.0.0.1', '10.0.0.1'],
  ["['a', 1]", ['a', 1]],
  ["{'a': {1, 2}}", { a: [1, 2] }],
  ["{'__proto__': 1}", JSON.parse('{"__proto__": 1}')],
  ["b'ab'", 'ab'],
  ['1j', '1j'],
  ['1e999', '1e999'],
  ['12345678901234567890', '12345678901234567890'],
  ['"open', '"open'],
  ['[', '['],
  ['{{ name }}', '{{ name }}'],
])('%s', (text, value) => {
  expect(parseLiteral(text)).toEqual(value);
});

test('brackets without end', () => {
  const text = '['.repeat(100_000);
  expect(parseLiteral(text)).toBe(text);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

// What Python makes of each line, as JSON; what JSON cannot hold is left out.
const literalProgram = `
import ast, json, sys, warnings
warnings.simplefilter('ignore')
def shown(v):
    if isinstance(v, (bytes, complex, set)) or v is Ellipsis: raise TypeError
    if isinstance(v, dict): return {(k if isinstance(k, str) else str(k)): shown(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)): return [shown(x) for x in v]
    if isinstance(v, (int, float)) and not abs(v) < 2**53: raise TypeError
    return v
out = []
for t in json.load(sys.stdin):
    try:
        try: v = ast.literal_eval(t)
        except (ValueError, SyntaxError): v = t
        out.append([True, shown(v)])
    except Exception: out.append([False, None])
json.dump(out, sys.stdout)
`;

const wordProgram = `
import json, shlex, sys
out = []
for t in json.load(sys.stdin):
    try: out.append(shlex.split(t, comments=True))
    except ValueError: out.append(None)
json.dump(out, sys.stdout)
`;

function askPython(program: string, texts: readonly string[]): unknown[] {
  const { stdout } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(texts),
    encoding: 'utf8',
  });
  return JSON.parse(stdout) as unknown[];
}

function texts(pieces: readonly string[]): readonly string[] {
  const text = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
  return fc.sample(text, { numRuns: 20_000, seed: 7 });
}

describe.runIf(hasPython)('the same as Python (needs python3)', () => {
  test('literals made of every kind of piece', () => {
    const pieces = [
      '1',
      '0',
      '.',
      '_',
      '-',
      '+',
      ' ',
      ',',
      ':',
      '[',
      ']',
      '(',
      ')',
      '{',
      '}',
      "'",
      '"',
      'a',
      '\\',
    ];
    const words = [
      'True',
      'None',
      '1e5',
      '0x1f',
      '0o7',
      'r',
      'u',
      '#',
      '\\n',
      '\\x41',
      '\\u00e9',
      "'a'",
      '"b"',
    ];
    const all = texts([...pieces, ...words]);
    const theirs = askPython(literalProgram, all) as [boolean, unknown][];
    const different = all.flatMap((text, index) => {
      const [comparable, value] = theirs[index] ?? [false, null];
      const ours = parseLiteral(text.trim());
      const same = JSON.stringify(ours) === JSON.stringify(value === text ? text.trim() : value);
      return !comparable || same ? [] : [{ text, ours, theirs: value }];
    });
    expect(different).toEqual([]);
  });

  test('words made of quotes, backslashes, blanks and comments', () => {
    const all = texts(['a', 'b=', ' ', '\t', '"', "'", '\\', '#', '  ']);
    const theirs = askPython(wordProgram, all);
    const different = all.flatMap((text, index) => {
      const words = splitWords(text);
      const ours = 'mistake' in words ? null : words.map((word) => word.text);
      return JSON.stringify(ours) === JSON.stringify(theirs[index])
        ? []
        : [{ text, ours, theirs: theirs[index] }];
    });
    expect(different).toEqual([]);
  });
});
