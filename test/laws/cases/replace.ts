import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

function edit(
  title: string,
  before: string | Buffer,
  args: Readonly<Record<string, unknown>>,
  after: string | Buffer,
): LawCase {
  return {
    title,
    changes: !Buffer.from(before).equals(Buffer.from(after)),
    prepare: (root) => writeFileSync(join(root, 'x'), before, { mode: 0o640 }),
    args: (root) => ({ path: `${root}/x`, ...args }),
    after: (root) => expect(readFileSync(join(root, 'x'))).toEqual(Buffer.from(after)),
  };
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const held = (folder: string): string => readFileSync(join(folder, 'x'), 'utf8');

export const replace: ModuleCases = {
  cases: [
    edit('every match', 'a 1\nb\na 2\n', { regexp: '^a (\\d)', replace: 'x=\\1' }, 'x=1\nb\nx=2\n'),
    edit('matches away', 'a\n# b\nc\n', { regexp: '^#.*\\n' }, 'a\nc\n'),
    edit('nothing', 'a\n', { regexp: 'b', replace: 'c' }, 'a\n'),
    edit(
      'within a section',
      'a\n[s]\na\n[t]\na\n',
      { regexp: '^a$', after: '\\[s\\]', before: '\\[t\\]', replace: 'b' },
      'a\n[s]\nb\n[t]\na\n',
    ),
    edit(
      'with backup and check',
      'a\n',
      { regexp: 'a', replace: 'b', backup: true, validate: 'grep -q b %s' },
      'b\n',
    ),
    edit(
      'bytes that are no UTF-8 stay',
      latin('a\xff\0\n'),
      { regexp: 'a', replace: 'b' },
      latin('b\xff\0\n'),
    ),
  ],
  hostile: [
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `${value}\n<end>\n`),
      args: (folder) => ({ path: `${folder}/x`, regexp: '<end>\\n\\Z' }),
      after: (folder, value) => expect(held(folder)).toBe(`${value}\n`),
    },
    {
      argument: 'replace, which is a template of Python',
      takes: 'line',
      nul: 'kept',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'x'), '<start>\n'),
      args: (folder, value) => ({ path: `${folder}/x`, regexp: '<start>', replace: value }),
    },
    {
      argument: 'regexp',
      takes: 'text',
      nul: 'kept',
      fails: 'perhaps',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), value),
      args: (folder, value) => ({ path: `${folder}/x`, regexp: value }),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'a\n'),
      args: (folder, value) => ({ path: `${folder}/${value}`, regexp: '^a$' }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('\n'),
    },
  ],
};
