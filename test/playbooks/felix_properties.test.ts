import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { installed } from '../hosts/lab_requirements.ts';
import { looksTyped, readFelixProperties } from './felix_properties.ts';

const cases: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['a = b', { a: 'b' }],
  ['  a = b  ', { a: 'b  ' }],
  ['a:b\nc d\ne\tf', { a: 'b', c: 'd', e: 'f' }],
  ['a ==b\nc = d = e', { a: '=b', c: 'd = e' }],
  ['# x\n! y\n\n  \na = b', { a: 'b' }],
  ['a = b\\\r\n   c\r\nd = e\r\n', { a: 'bc', d: 'e' }],
  ['a = b\\\\\nc = d', { a: 'b\\', c: 'd' }],
  ['a = x\\\n# y\nb = 2', { a: 'xb = 2' }],
  ['a = x\\', {}],
  ['a = 1\na = 2', { a: '2' }],
  ['a\\ b = c\na\\=b = d\n\\u0061 = \\u00e9\\n\\ x', { 'a b': 'c', 'a=b': 'd', a: 'é\n x' }],
  ['a = \u00e9', { a: 'é' }],
  ['a = 1\rb = 2', { a: '1', b: '2' }],
  ['a\nb =', { a: '', b: '' }],
];

test.each(cases)('%j', (text, expected) => {
  expect(Object.fromEntries(readFelixProperties(Buffer.from(text, 'latin1')))).toEqual(expected);
});

test.each([
  ['a = B"false"\nb = "x"', true],
  ['a = B"false"\nb = x', false],
  ['a = I[ "1", "2" ]', true],
  ['', false],
])('%j looks typed: %s', (text, typed) => {
  expect(looksTyped(readFelixProperties(Buffer.from(text)))).toBe(typed);
});

const jar = '/usr/share/java/org.apache.felix.utils.jar';
const jarThere = await access(jar).then(
  () => true,
  () => false,
);
const needs = jarThere && installed('javac') ? '' : ' (not run: needs libfelix-utils-java and a JDK)';

describe.runIf(needs === '')(`Apache Felix itself${needs}`, () => {
  test('reads every case alike', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fettle-felix-'));
    try {
      const files = cases.map((_, index) => join(folder, `${index}.cfg`));
      await Promise.all(files.map((file, index) => writeFile(file, cases[index]?.[0] ?? '', 'latin1')));
      const program = join(import.meta.dirname, 'fixtures', 'ReadProperties.java');
      const { stdout } = await promisify(execFile)('java', ['-cp', jar, program, ...files]);
      expect(JSON.parse(stdout)).toEqual(cases.map(([, expected]) => expected));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
