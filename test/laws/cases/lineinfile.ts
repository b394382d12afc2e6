import { chmodSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

function edit(
  title: string,
  before: string | Buffer | null,
  args: Readonly<Record<string, unknown>>,
  after: string | Buffer,
): LawCase {
  return {
    title,
    changes: before === null || !Buffer.from(before).equals(Buffer.from(after)),
    prepare: (root) => {
      if (before !== null) writeFileSync(join(root, 'x'), before, { mode: 0o640 });
    },
    args: (root) => ({ path: `${root}/x`, ...args }),
    after: (root) => expect(readFileSync(join(root, 'x'))).toEqual(Buffer.from(after)),
  };
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

export const lineinfile: ModuleCases = {
  cases: [
    edit('a line at the end', 'a\nb\n', { line: 'c' }, 'a\nb\nc\n'),
    edit('a line after one without its end', 'a', { line: 'b' }, 'a\nb\n'),
    edit('a line that is there', 'a\nb\n', { line: 'a' }, 'a\nb\n'),
    edit('a line in an empty file', '', { line: 'a' }, 'a\n'),
    edit('the last line that matches', '#p 1\np 2\n', { regexp: '^#?p ', line: 'p 3' }, '#p 1\np 3\n'),
    edit(
      'a line with its group',
      'x=1 y\n',
      { regexp: '^x=\\d+(.*)', line: 'x=2\\1', backrefs: true },
      'x=2 y\n',
    ),
    edit('a line before all', 'b\n', { line: 'a', insertbefore: 'BOF' }, 'a\nb\n'),
    edit('a line after another', '[a]\nb\n', { line: 'c', insertafter: '^\\[a\\]' }, '[a]\nc\nb\n'),
    edit('no line of a kind', 'a 1\nb\na 2\n', { regexp: '^a ', state: 'absent' }, 'b\n'),
    edit('no line that is not there', 'a\n', { line: 'b', state: 'absent' }, 'a\n'),
    edit('a text of the line', 'a $x b\n', { search_string: '$x', line: 'y' }, 'y\n'),
    edit('ends with CR stay', 'a\r\nb\r\n', { line: 'c' }, 'a\r\nb\r\nc\r\n'),
    edit(
      'bytes that are no UTF-8 stay',
      latin('gr\xfc\xdf\n\xff\xfe\0'),
      { line: 'c' },
      latin('gr\xfc\xdf\n\xff\xfe\0\nc\n'),
    ),
    edit('a file that is made', null, { line: 'a', create: true, mode: '0600' }, 'a\n'),
    {
      title: 'behind a link, with a backup',
      changes: true,
      prepare: (root) => {
        writeFileSync(join(root, 'real'), 'a\n');
        chmodSync(join(root, 'real'), 0o4711);
        symlinkSync('real', join(root, 'x'));
      },
      args: (root) => ({ path: `${root}/x`, line: 'b', backup: true, validate: 'grep -q b %s' }),
      after: (root) => expect(lstatSync(join(root, 'real')).mode & 0o7000).toBe(0o4000),
    },
    {
      title: 'mode and owner as well',
      changes: true,
      asRoot: true,
      prepare: (root) => writeFileSync(join(root, 'x'), 'a\n'),
      args: (root) => ({ path: `${root}/x`, line: 'a', mode: 'u+s', owner: 'nobody' }),
    },
  ],
  hostile: [
    {
      argument: 'line',
      takes: 'line',
      nul: 'kept',
      large: true,
      prepare: (folder) => writeFileSync(join(folder, 'x'), '# start\n'),
      args: (folder, value) => ({ path: `${folder}/x`, line: value }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`# start\n${value}\n`),
    },
    {
      argument: 'search_string',
      takes: 'line',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `\n>>${value}<<\n\n`),
      args: (folder, value) => ({ path: `${folder}/x`, search_string: value, line: value }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`\n${value}\n\n`),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `${value}\nend\n`),
      args: (folder) => ({ path: `${folder}/x`, regexp: '^end$', state: 'absent' }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`${value}\n`),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/${value}`, line: 'x', create: true }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('x\n'),
    },
  ],
};
