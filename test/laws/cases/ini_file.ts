import { existsSync, readFileSync, writeFileSync } from 'node:fs';
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
    args: (root) => ({ path: `${root}/x`, section: 's', ...args }),
    after: (root) => expect(readFileSync(join(root, 'x'))).toEqual(Buffer.from(after)),
  };
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const held = (folder: string): string => readFileSync(join(folder, 'x'), 'utf8');

export const iniFile: ModuleCases = {
  cases: [
    edit('an option', '# a\n[s]\nb = 1 ; b\n', { option: 'a', value: '2' }, '# a\n[s]\nb = 1 ; b\na = 2\n'),
    edit('another value', '[s]\na=1\n', { option: 'a', value: '2', no_extra_spaces: true }, '[s]\na=2\n'),
    edit(
      'an option that is there',
      '[s]\na=1\n',
      { option: 'a', value: '1', ignore_spaces: true },
      '[s]\na=1\n',
    ),
    edit('several values', '[s]\na = 1\n', { option: 'a', values: ['1', '2'] }, '[s]\na = 1\na = 2\n'),
    edit(
      'one more value',
      '[s]\na = 1\n',
      { option: 'a', value: '2', exclusive: false },
      '[s]\na = 1\na = 2\n',
    ),
    edit('an option without value', '[s]\n', { option: 'a', allow_no_value: true }, '[s]\na\n'),
    edit('an option before all sections', '[s]\n', { section: '', option: 'a', value: '1' }, 'a = 1\n[s]\n'),
    edit('an option in a new section', '[t]\n', { option: 'a', value: '1' }, '[t]\n\n[s]\na = 1\n'),
    edit('no option', '[s]\na = 1\n', { option: 'a', state: 'absent' }, '[s]\n'),
    edit('no section', '[s]\na = 1\n[t]\n', { state: 'absent' }, '[t]\n'),
    edit('no section that is not there', '[t]\n', { state: 'absent' }, '[t]\n'),
    edit(
      'one that is commented out',
      '[s]\n;a = 1\n',
      { option: 'a', value: '2', modify_inactive_option: true },
      '[s]\na = 2\n',
    ),
    edit('ends with CR stay', '[s]\r\n', { option: 'a', value: '1' }, '[s]\r\na = 1\r\n'),
    edit(
      'bytes that are no UTF-8 stay',
      latin('\xff\0\n[s]\n'),
      { option: 'a', value: '1' },
      latin('\xff\0\n[s]\na = 1\n'),
    ),
    edit('a file that is made', null, { option: 'a', value: '1', mode: '0600' }, '[s]\na = 1\n'),
    edit(
      'with backup and check',
      '[s]\n',
      { option: 'a', value: '1', backup: true, validate: 'grep -q a %s' },
      '[s]\na = 1\n',
    ),
  ],
  hostile: [
    {
      argument: 'value',
      takes: 'line',
      nul: 'kept',
      large: true,
      prepare: (folder) => writeFileSync(join(folder, 'x'), '[s]\n'),
      args: (folder, value) => ({ path: `${folder}/x`, section: 's', option: 'a', value: `<${value}>` }),
      after: (folder, value) => expect(held(folder)).toBe(`[s]\na = <${value}>\n`),
    },
    {
      argument: 'section',
      takes: 'line',
      nul: 'kept',
      fails: 'perhaps',
      args: (folder, value) => ({ path: `${folder}/x`, section: value, option: 'a', value: '1' }),
      after: (folder, value) => {
        // One with a comment in it is refused.
        if (existsSync(join(folder, 'x'))) expect(held(folder)).toBe(`[${value}]\na = 1\n`);
      },
    },
    {
      argument: 'option',
      takes: 'line',
      nul: 'kept',
      fails: 'perhaps',
      prepare: (folder) => writeFileSync(join(folder, 'x'), '[s]\n'),
      args: (folder, value) => ({ path: `${folder}/x`, section: 's', option: value, value: '1' }),
    },
    {
      argument: 'what the file holds',
      takes: 'text',
      nul: 'kept',
      prepare: (folder, value) => writeFileSync(join(folder, 'x'), `[s]\na = 1\n[t]\n${value}\n`),
      args: (folder) => ({ path: `${folder}/x`, section: 's', option: 'a', state: 'absent' }),
      after: (folder, value) => expect(held(folder)).toBe(`[s]\n[t]\n${value}\n`),
    },
    {
      argument: 'path',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ path: `${folder}/${value}`, section: 's', option: 'a', value: '1' }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe('[s]\na = 1\n'),
    },
  ],
};
