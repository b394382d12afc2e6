import * as fc from 'fast-check';
import type { HostileArgument } from './law_case.ts';

/** What tries to be more than data: `canary` is a program that tells that it was run. */
const attempts = [
  '$(canary)',
  '`canary`',
  '"$(canary)"',
  "'$(canary)'",
  "';canary;'",
  '";canary;"',
  ';canary;',
  '&&canary',
  '|canary',
  '&canary&',
  '>canary',
  '<(canary)',
  '\\$(canary)',
  "'\\''$(canary)'\\''",
  '${HOME}',
  '$HOME',
  '$0',
  '$$',
  '~',
  '~root',
  '*',
  '?',
  '[a-z]',
  '{a,b}',
  '!!',
  '#',
  '%s%n%d',
  '%%',
  '\\n',
  '\\000',
  '\\c',
  '\\',
  "'",
  '"',
  ' ',
  '  a  ',
  '\t',
  '-',
  '--',
  '-n',
  '-rf',
  '--help',
  '=',
  '(',
  ')',
  '|',
  '\r',
  '\u00a0',
  'ß',
  '密码',
  '🔧',
  '\u202e',
  '\u0001',
  '\u007f',
  '{{ root }}',
  '{{{ x }}}',
  '.fettle-1',
];

const several = ['\n', '\ncanary\n', '\r\n', '\n\n', '\nEOF\n', "'\ncanary\n'"];

const piece = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...attempts) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
);

const withLines = fc.oneof(
  { weight: 4, arbitrary: piece },
  { weight: 1, arbitrary: fc.constantFrom(...several) },
);

/** Values for one kind of argument, without NUL. */
export function hostileValues(takes: HostileArgument['takes']): fc.Arbitrary<string> {
  if (takes === 'text') return joined(withLines).filter((text) => text !== '');
  if (takes === 'line') {
    return joined(piece)
      .map((text) => text.replaceAll(/[\r\n]/g, ''))
      .filter((line) => line !== '');
  }
  return joined(withLines)
    .map((text) => text.replaceAll('/', ''))
    .filter((name) => name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= 200);
}

/** A megabyte of what tries to be more than data. */
export function largeText(lines: boolean): string {
  const unit = `${attempts.join(' ').replaceAll('\r', '')}${lines ? '\n' : ' '}`;
  return unit.repeat(Math.ceil((1024 * 1024) / Buffer.byteLength(unit)));
}

function joined(part: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('').replaceAll('\0', ''));
}
