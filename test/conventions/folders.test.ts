import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { engine, engineFiles } from './imports.ts';

const longest = 300;

/** Files that may be longer, each with its reason. */
const mayBeLonger: Readonly<Record<string, string>> = {};

const texts = engineFiles().map((file) => ({ file, text: readFileSync(join(engine, file), 'utf8') }));

test('every folder of engine/ says what lives there', () => {
  const folders = readdirSync(engine, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(
    folders.map(({ name }) => name).filter((name) => !existsSync(join(engine, name, 'README.md'))),
  ).toEqual([]);
});

test(`no file has more than ${longest} lines, but those that have a reason`, () => {
  const long = texts.filter(({ text }) => text.split('\n').length - 1 > longest).map(({ file }) => file);
  expect(long.filter((file) => !(file in mayBeLonger))).toEqual([]);
  expect(Object.keys(mayBeLonger).filter((file) => !long.includes(file))).toEqual([]);
});

test('only the command line knows the process: its words, streams and exit status', () => {
  const uses =
    /\bprocess\s*\.\s*(exit|exitCode|stdout|stdin|stderr|argv|env)\b|from 'node:process'|\bconsole\s*\./;
  const users = texts.filter(({ file, text }) => !file.startsWith('cli/') && uses.test(text));
  expect(users.map(({ file }) => file)).toEqual([]);
});

test('nothing is left to be done later, nor kept from the compiler or the linter', () => {
  const marks = /\b(TODO|FIXME|XXX)\b|@ts-(ignore|expect-error|nocheck)|eslint-disable|\bas any\b|: any\b/;
  expect(texts.filter(({ text }) => marks.test(text)).map(({ file }) => file)).toEqual([]);
});

test('no file is called by what it is not: utils, misc, common', () => {
  expect(engineFiles().filter((file) => /(^|[/_])(utils?|misc|common)[/_.]/.test(file))).toEqual([]);
});
