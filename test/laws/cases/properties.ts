import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getProperties } from 'properties-file';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

function edit(
  title: string,
  before: string | null,
  args: Readonly<Record<string, unknown>>,
  after: string,
): LawCase {
  return {
    title,
    changes: before !== after,
    prepare: (root) => {
      if (before !== null) writeFileSync(join(root, 'x.cfg'), before, { encoding: 'latin1', mode: 0o640 });
    },
    args: (root) => ({ path: `${root}/x.cfg`, ...args }),
    after: (root) => expect(readFileSync(join(root, 'x.cfg'), 'latin1')).toBe(after),
  };
}

const read = (folder: string) => getProperties(readFileSync(join(folder, 'x.cfg'), 'latin1'));

export const properties: ModuleCases = {
  cases: [
    edit('another value', '# c\na = 1\nb:2\n', { key: 'a', value: '3' }, '# c\na = 3\nb:2\n'),
    edit('a value that is there', 'a = 1\n', { key: 'a', value: '1' }, 'a = 1\n'),
    edit('a value with a blank at its end', 'a = 1 \n', { key: 'a', value: '1' }, 'a = 1\n'),
    edit(
      'a value over several lines',
      'a = 1,\\\n  2\nb=\xdf\n',
      { key: 'a', value: '3' },
      'a = 3\nb=\xdf\n',
    ),
    edit('no key', 'a=1\r\nb=2\r\na=3\r\n', { key: 'a', state: 'absent' }, 'b=2\r\n'),
    edit('no key that is not there', 'a=1\n', { key: 'b', state: 'absent' }, 'a=1\n'),
    edit('a file that is made', null, { key: 'a', value: 'x', create: true, mode: '0600' }, 'a = x\n'),
    edit('with a backup', 'a=1\n', { key: 'a', value: 'TRUE', backup: true, karaf: true }, 'a=TRUE\n'),
  ],
  hostile: [
    {
      argument: 'value',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder) => writeFileSync(join(folder, 'x.cfg'), '# c\nb = 1\n'),
      args: (folder, value) => ({ path: `${folder}/x.cfg`, key: 'a', value: `${value}.` }),
      after: (folder, value) => expect(read(folder)).toEqual({ b: '1', a: `${value}.` }),
    },
    {
      argument: 'key',
      takes: 'text',
      nul: 'kept',
      prepare: (folder) => writeFileSync(join(folder, 'x.cfg'), '# c\nb = 1\n'),
      args: (folder, value) => ({ path: `${folder}/x.cfg`, key: value, value: 'x' }),
      after: (folder, value) => expect(read(folder)).toEqual({ b: '1', [value]: 'x' }),
    },
    {
      argument: 'what the file holds',
      takes: 'line',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x.cfg'), `# ${value}\nb = 1\n! ${value}`),
      args: (folder) => ({ path: `${folder}/x.cfg`, key: 'b', value: '2' }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'x.cfg'), 'utf8')).toBe(`# ${value}\nb = 2\n! ${value}`),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/${value}`, key: 'a', value: 'x', create: true }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toMatch(/^a ?= ?x\n$/),
    },
  ],
};
