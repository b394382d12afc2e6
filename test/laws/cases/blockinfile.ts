import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

const begin = '# BEGIN ANSIBLE MANAGED BLOCK';
const end = '# END ANSIBLE MANAGED BLOCK';

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
const held = (folder: string): string => readFileSync(join(folder, 'x'), 'utf8');

export const blockinfile: ModuleCases = {
  cases: [
    edit('a block at the end', 'a\n', { block: 'x\ny\n' }, `a\n${begin}\nx\ny\n${end}\n`),
    edit('a block that is there', `${begin}\nx\n${end}\na\n`, { block: 'x' }, `${begin}\nx\n${end}\na\n`),
    edit('another block', `${begin}\nx\n${end}\na\n`, { block: 'y' }, `${begin}\ny\n${end}\na\n`),
    edit('no block', `a\n${begin}\nx\n${end}\n`, { state: 'absent' }, 'a\n'),
    edit('no block that is not there', 'a\n', { block: '' }, 'a\n'),
    edit(
      'a block with markers of its own, before a line',
      'a\nb\n',
      { block: 'x', marker: '// {mark}', marker_begin: '<', marker_end: '>', insertbefore: '^b' },
      'a\n// <\nx\n// >\nb\n',
    ),
    edit(
      'a block with air around it',
      'a\nb\n',
      { block: 'x', insertafter: '^a', append_newline: true, prepend_newline: true },
      `a\n\n${begin}\nx\n${end}\n\nb\n`,
    ),
    edit('ends with CR stay', 'a\r\n', { block: 'x' }, `a\r\n${begin}\r\nx\r\n${end}\r\n`),
    edit(
      'bytes that are no UTF-8 stay',
      latin('\xff\0\n'),
      { block: 'x' },
      latin(`\xff\0\n${begin}\nx\n${end}\n`),
    ),
    edit('a file that is made', null, { block: 'x', create: true, mode: '0600' }, `${begin}\nx\n${end}\n`),
    edit(
      'with backup and check',
      'a\n',
      { block: 'x', backup: true, validate: 'grep -q x %s' },
      `a\n${begin}\nx\n${end}\n`,
    ),
  ],
  hostile: [
    {
      argument: 'block',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder) => writeFileSync(join(folder, 'x'), '# start\n'),
      args: (folder, value) => ({ path: `${folder}/x`, block: value }),
      after: (folder, value) => {
        const block = value.replace(/\r?\n$/, '').replaceAll('\r\n', '\n');
        expect(held(folder)).toBe(`# start\n${begin}\n${block}\n${end}\n`);
      },
    },
    {
      argument: 'marker',
      takes: 'line',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `a\n${value}B\nold\n${value}E\n`),
      args: (folder, value) => ({
        path: `${folder}/x`,
        block: 'new',
        marker: `${value}{mark}`,
        marker_begin: 'B',
        marker_end: 'E',
      }),
      after: (folder, value) => expect(held(folder)).toBe(`a\n${value}B\nnew\n${value}E\n`),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `${value}\n${begin}\n${end}\n`),
      args: (folder) => ({ path: `${folder}/x`, state: 'absent' }),
      after: (folder, value) => expect(held(folder)).toBe(`${value}\n`),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/${value}`, block: 'x', create: true }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, value), 'utf8')).toBe(`${begin}\nx\n${end}\n`),
    },
  ],
};
