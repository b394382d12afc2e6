import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import { Unsettled } from '../../engine/contract/fact.ts';
import {
  content,
  type ContentAnswer,
  type ContentSubject,
  textLimit,
  wholeLimit,
} from '../../engine/facts/content.ts';
import { canCountForks, countForks, emptied, look, lookRaw, scratch, shells } from './look.ts';

const root = scratch();

describe.each(shells)('content on %s', (shell) => {
  const at = `${root}/${shell}`;

  test('same, text, large, absent, other', () => {
    emptied(at);
    const hello = Buffer.from('hello\n');
    const half = Buffer.alloc(textLimit / 2, 'x');
    const big = Buffer.alloc(textLimit + 1, 'x');
    writeFileSync(`${at}/hello`, hello);
    writeFileSync(`${at}/empty`, '');
    writeFileSync(`${at}/big`, big);
    writeFileSync(`${at}/half`, half);
    symlinkSync('hello', `${at}/link`);
    symlinkSync('nowhere', `${at}/dangling`);
    mkdirSync(`${at}/dir`);
    const questions: [string, Omit<ContentSubject, 'path'>, ContentAnswer][] = [
      ['hello', { wanted: sha256(hello) }, { kind: 'same', sha256: sha256(hello) }],
      ['hello', {}, { kind: 'text', bytes: hello }],
      ['big', {}, { kind: 'large', size: big.length }],
      ['hello', { wanted: sha256('other') }, { kind: 'text', bytes: hello }],
      ['big', { wanted: sha256('other') }, { kind: 'large', size: big.length, sha256: sha256(big) }],
      ['big', { wanted: sha256(big) }, { kind: 'same', sha256: sha256(big) }],
      ['big', { whole: true }, { kind: 'text', bytes: big }],
      ['half', { wanted: sha256(half) }, { kind: 'same', sha256: sha256(half) }],
      ['none', { wanted: sha256('') }, { kind: 'absent' }],
      ['empty', {}, { kind: 'text', bytes: Buffer.alloc(0) }],
      ['empty', { wanted: sha256('') }, { kind: 'same', sha256: sha256('') }],
      ['link', {}, { kind: 'text', bytes: hello }],
      ['link', { wanted: sha256('x') }, { kind: 'text', bytes: hello }],
      ['dangling', {}, { kind: 'absent' }],
      ['dir', { wanted: sha256('x') }, { kind: 'other' }],
      ['dir/none/x', {}, { kind: 'absent' }],
    ];
    const answers = look(
      shell,
      content,
      questions.map(([name, rest]) => ({ path: `${at}/${name}`, ...rest })),
    );
    expect(answers.map(brief)).toEqual(questions.map(([, , answer]) => brief(answer)));
  });

  test('nothing to tell', () => {
    expect(look(shell, content, [{ path: `${at}/none` }])).toEqual([{ kind: 'absent' }]);
  });

  test('bytes stay bytes, names stay names', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(hostileName, hostileBytes, fc.boolean()), { minLength: 1, maxLength: 6 }),
        (files) => {
          emptied(at);
          const named = new Map(files.map(([name, bytes, same]) => [name, { bytes, same }]));
          for (const [name, { bytes }] of named) writeFileSync(`${at}/${name}`, bytes);
          const subjects = [...named].map(([name, { bytes, same }]) => ({
            path: `${at}/${name}`,
            wanted: sha256(same ? bytes : 'something else'),
          }));
          const answers = look(shell, content, subjects);
          expect(answers.map(brief)).toEqual(
            [...named.values()].map(({ bytes, same }) =>
              same ? { kind: 'same', sha256: sha256(bytes) } : brief({ kind: 'text', bytes }),
            ),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a file that imitates the answer changes nothing', () => {
    emptied(at);
    writeFileSync(`${at}/a`, 'one\n');
    const subjects = ['a', 'b', 'c'].map((name) => ({ path: `${at}/${name}` }));
    const forged = lookRaw(shell, content.ask(subjects)).stdout;
    writeFileSync(`${at}/b`, Buffer.concat([forged, Buffer.from('N>0\n'), forged]));
    writeFileSync(`${at}/c`, 'a\na\nt 4 1 x y\n');
    const answers = look(shell, content, subjects);
    expect(answers).toMatchObject([
      { kind: 'text', bytes: Buffer.from('one\n') },
      { kind: 'text', bytes: Buffer.concat([forged, Buffer.from('N>0\n'), forged]) },
      { kind: 'text', bytes: Buffer.from('a\na\nt 4 1 x y\n') },
    ]);
  });

  test('a file that moves while it is read is asked again', () => {
    emptied(at);
    writeFileSync(`${at}/a`, 'one\n');
    const subjects = [{ path: `${at}/a` }];
    const { stdout } = lookRaw(shell, content.ask(subjects));
    const longer = stdout.toString('latin1').replace('one\n', 'one\ntwo\n');
    const touched = stdout.toString('latin1').replace(/^t 4 \d+ \d/, 't 4 1 3');
    for (const moved of [longer, touched, '', stdout.toString('latin1').slice(0, -1)]) {
      expect(() => content.parse(Buffer.from(moved, 'latin1'), subjects, 0)).toThrow(Unsettled);
    }
    // The kernel says 0 or one page for files that it makes up.
    expect(() => look(shell, content, [{ path: '/proc/self/status' }])).toThrow(Unsettled);
  });

  test.runIf(canCountForks)(
    'the number of forks does not grow with the number of files (needs strace)',
    () => {
      emptied(at);
      const small = 'x';
      const large = 'x'.repeat(40_000);
      const numberOf = (text: string, count: number, wanted: (index: number) => string) => {
        const subjects = Array.from({ length: count }, (_, index) => ({
          path: `${at}/${index}`,
          wanted: sha256(wanted(index)),
        }));
        for (const { path } of subjects) writeFileSync(path, text);
        return countForks(shell, content.ask(subjects));
      };
      for (const text of [small, large]) {
        const few = numberOf(text, 2, (index) => (index === 0 ? text : 'y'));
        expect(few).toBeGreaterThan(0);
        expect(numberOf(text, 40, (index) => (index % 3 ? text : 'y'))).toBe(few);
        expect(numberOf(text, 40, () => text)).toBeLessThanOrEqual(few);
      }
      // What is told anyway need not be hashed.
      expect(numberOf(small, 40, () => 'y')).toBeLessThan(numberOf(large, 40, () => 'y'));
    },
  );
});

describe('the answers of a content', () => {
  const text = { kind: 'text', bytes: Buffer.from('x') } as const;

  test('same and text compare by what they hold', () => {
    expect(content.lasting?.(text)).toEqual(content.lasting?.({ kind: 'same', sha256: sha256('x') }));
    expect(content.lasting?.(text)).toEqual(
      content.lasting?.({ kind: 'large', size: 1, sha256: sha256('x') }),
    );
    expect(content.lasting?.(text)).not.toEqual(content.lasting?.({ kind: 'same', sha256: sha256('y') }));
    expect(content.lasting?.({ kind: 'absent' })).not.toEqual(content.lasting?.({ kind: 'other' }));
  });

  test('a text answers other questions on the same file', () => {
    const path = '/x';
    expect(content.restate?.(text, { path, wanted: sha256('x') })).toEqual({
      kind: 'same',
      sha256: sha256('x'),
    });
    expect(content.restate?.(text, { path, wanted: sha256('y') })).toBe(text);
    expect(content.restate?.({ kind: 'same', sha256: 'aa' }, { path })).toBeUndefined();
    expect(content.restate?.({ kind: 'absent' }, { path, whole: true })).toEqual({ kind: 'absent' });
    const long = { kind: 'text', bytes: Buffer.alloc(wholeLimit) } as const;
    expect(content.restate?.(long, { path })).toEqual({ kind: 'large', size: wholeLimit });
    expect(content.restate?.(long, { path, whole: true })).toBe(long);
  });

  test('below a directory that is about to be made nothing is there', () => {
    expect(content.under?.({ path: '/a/b/c' }, '/a')).toEqual({ kind: 'absent' });
    expect(content.under?.({ path: '/a' }, '/a')).toBeUndefined();
  });
});

// A difference between two files of a mebibyte is no use to anyone.
function brief(answer: ContentAnswer): unknown {
  return answer.kind === 'text' ? { text: sha256(answer.bytes), length: answer.bytes.length } : answer;
}

const hostileBytes = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.constantFrom('', '\n', 'no newline', 'N>0\n', 't 5\n', '\0\0', '\r\n').map((text) => Buffer.from(text)),
  fc.constant(Buffer.alloc(textLimit, '\n$(id)\0')),
);

const hostileName = fc.oneof(
  fc.constantFrom(
    '-rf',
    '--',
    '$(id)',
    '`id`',
    "a'b",
    'a"b',
    'a\nb',
    '\n',
    ' ',
    '*',
    '\\',
    '\\n',
    'ünï',
    '~',
    '#',
    'a  b',
  ),
  fc
    .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
    .filter((name) => !/[/\0]/.test(name) && name !== '.' && name !== '..'),
);
