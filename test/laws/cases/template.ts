import { chmodSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { LawCase, ModuleCases } from '../law_case.ts';

const text = '# ü\n{{#if true}}\nyes\n{{/if}}\n\\{{ kept }}\n';
const written = '# ü\nyes\n{{ kept }}\n';

function put(title: string, own: Omit<LawCase, 'title' | 'changes' | 'args'> & Partial<LawCase>): LawCase {
  return {
    changes: true,
    ...own,
    title,
    prepare: (root) => {
      writeFileSync(join(root, 'src'), text, { mode: 0o640 });
      own.prepare?.(root);
    },
    args: (root) => ({ src: `${root}/src`, dest: `${root}/x`, ...own.args?.(root) }),
  };
}

const holds = (name: string, expected: string) => (root: string) =>
  expect(readFileSync(join(root, name), 'utf8')).toBe(expected);

export const template: ModuleCases = {
  cases: [
    put('a new file', { after: holds('x', written) }),
    put('a file that holds it', {
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), written),
    }),
    put('another content, mode and backup', {
      prepare: (root) => writeFileSync(join(root, 'x'), 'old', { mode: 0o600 }),
      args: () => ({ mode: 'preserve', backup: true, validate: 'grep -q yes %s' }),
      after: (root) => expect(lstatSync(join(root, 'x')).mode & 0o7777).toBe(0o640),
    }),
    put('the mode alone', {
      prepare: (root) => {
        writeFileSync(join(root, 'x'), written);
        chmodSync(join(root, 'x'), 0o666);
      },
      args: () => ({ mode: 'go-w' }),
    }),
    put('into a directory', {
      prepare: (root) => mkdirSync(join(root, 'd')),
      args: (root) => ({ dest: `${root}/d` }),
      after: holds('d/src', written),
    }),
    put('into directories that must be made', {
      args: (root) => ({ dest: `${root}/d/e/` }),
      after: holds('d/e/src', written),
    }),
    put('with other ends of line', {
      args: () => ({ newline_sequence: '\r\n' }),
      after: holds('x', written.replaceAll('\n', '\r\n')),
    }),
    put('the file behind a link', {
      prepare: (root) => {
        writeFileSync(join(root, 'real'), 'old', { mode: 0o600 });
        symlinkSync('real', join(root, 'x'));
      },
      after: holds('real', written),
    }),
    put('in the place of a link', {
      prepare: (root) => {
        writeFileSync(join(root, 'real'), 'old');
        symlinkSync('real', join(root, 'x'));
      },
      args: () => ({ follow: false }),
      after: holds('real', 'old'),
    }),
    put('a file that may be otherwise', {
      changes: false,
      prepare: (root) => writeFileSync(join(root, 'x'), 'old'),
      args: () => ({ force: false }),
    }),
  ],
  hostile: [
    {
      argument: 'a value in the template',
      takes: 'text',
      nul: 'kept',
      large: true,
      prepare: (folder) => writeFileSync(join(folder, 'src'), '>{{ value }}<\n'),
      args: (folder) => ({ src: `${folder}/src`, dest: `${folder}/x` }),
      around: (value) => ({ vars: { value } }),
      after: (folder, value) => expect(readFileSync(join(folder, 'x'), 'utf8')).toBe(`>${value}<\n`),
    },
    {
      argument: 'src',
      takes: 'name',
      nul: 'refused',
      prepare: (folder, value) => writeFileSync(join(folder, value), 'x'),
      args: (folder, value) => ({ src: `${folder}/${value}`, dest: `${folder}/new/` }),
      after: (folder, value) => expect(readFileSync(join(folder, 'new', value), 'utf8')).toBe('x'),
    },
    {
      argument: 'dest',
      takes: 'name',
      nul: 'refused',
      args: (folder, value) => ({ src: '/dev/null', dest: `${folder}/${value}` }),
      after: (folder, value) => expect(readFileSync(join(folder, value), 'utf8')).toBe(''),
    },
  ],
  refuses: [
    {
      argument: 'newline_sequence',
      takes: 'line',
      args: (folder, value) => ({ src: '/dev/null', dest: `${folder}/x`, newline_sequence: value }),
    },
  ],
};
