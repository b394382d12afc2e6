import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { find } from '../../engine/modules/find.ts';
import type { FindArgs } from '../../engine/modules/find/arguments.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, probeHere } from './harness.ts';

const root = scratch();
const day = 86_400;
const now = Math.floor(Date.now() / 1000);

describe.each(shells)('find on %s', (shell) => {
  const at = `${root}/${shell}`;
  const told = (args: Partial<FindArgs>) => {
    const all = { paths: at, ...args };
    expect(keepsTheLaws(shell, find, all, root)).toEqual([]);
    return (find.result?.(all, probeHere(shell, find.probe(all))) ?? {}) as {
      files: { path: string }[];
      matched: number;
      examined: number;
      skipped_paths: object;
    };
  };
  const names = (args: Partial<FindArgs>) => told(args).files.map(({ path }) => path.replace(`${at}/`, ''));
  const tree = () => {
    emptied(at);
    mkdirSync(`${at}/logs/old/.git`, { recursive: true });
    writeFileSync(`${at}/app.log`, 'INFO one\nERROR (2)\n');
    writeFileSync(`${at}/app.conf`, 'x'.repeat(3000));
    writeFileSync(`${at}/.hidden.log`, 'ERROR 2');
    writeFileSync(`${at}/logs/old.log`, '\0ERROR 23');
    writeFileSync(`${at}/logs/old/older.log`, 'x'.repeat(70_000));
    writeFileSync(`${at}/logs/old/.git/config`, '');
    symlinkSync('logs', `${at}/link`);
    symlinkSync('none', `${at}/dangling.log`);
    utimesSync(`${at}/logs/old.log`, now - 3 * day, now - 2 * day - 60);
    utimesSync(`${at}/logs/old/older.log`, now - 40 * day, now - 30 * day);
  };

  test('what is looked for', () => {
    tree();
    const cases: [Partial<FindArgs>, string[]][] = [
      [{}, ['app.conf', 'app.log']],
      [{ hidden: true }, ['.hidden.log', 'app.conf', 'app.log']],
      [{ file_type: 'any' }, ['app.conf', 'app.log', 'dangling.log', 'link', 'logs']],
      [{ file_type: 'link' }, ['dangling.log', 'link']],
      [{ file_type: 'directory', recurse: true }, ['logs', 'logs/old']],
      [{ recurse: true, patterns: '*.log' }, ['app.log', 'logs/old.log', 'logs/old/older.log']],
      [{ recurse: true, depth: 2, patterns: ['*.log'] }, ['app.log', 'logs/old.log']],
      [{ recurse: true, patterns: '*.log', excludes: ['old*'] }, ['app.log']],
      [{ recurse: true, patterns: 'o[!x]d.l?g' }, ['logs/old.log']],
      [{ recurse: true, patterns: '(old|app)\\.log$', use_regex: true }, ['app.log', 'logs/old.log']],
      [{ recurse: true, patterns: 'der', use_regex: true }, []],
      [{ recurse: true, age: '2d' }, ['logs/old.log', 'logs/old/older.log']],
      [
        { recurse: true, age: '-1h', age_stamp: 'ctime', patterns: 'old*' },
        ['logs/old.log', 'logs/old/older.log'],
      ],
      [{ recurse: true, age: '-1h', patterns: 'old*' }, []],
      [{ recurse: true, age: '-1d', size: '1k' }, ['app.conf']],
      [{ recurse: true, size: '1k' }, ['app.conf', 'logs/old/older.log']],
      [{ recurse: true, size: '-19', patterns: '*.log' }, ['app.log', 'logs/old.log']],
      [{ recurse: true, contains: 'ERROR' }, ['app.log', 'logs/old.log']],
      [{ recurse: true, contains: '^ERROR [(]2[)]$' }, ['app.log']],
      [{ recurse: true, contains: 'ERROR', patterns: ['old*', '*.conf'] }, ['logs/old.log']],
      [{ recurse: true, contains: 'ERROR', patterns: ['app', 'x'], use_regex: true }, ['app.log']],
      [{ recurse: true, contains: 'never' }, []],
      [
        { recurse: true, follow: true, patterns: '*.log' },
        ['app.log', 'link/old.log', 'link/old/older.log', 'logs/old.log', 'logs/old/older.log'],
      ],
      [{ recurse: true, follow: true, contains: 'ERROR', size: '-10' }, ['link/old.log', 'logs/old.log']],
      [{ paths: `${at}/link` }, ['link/old.log']],
      [{ paths: [`${at}/logs/`, `${at}/none`, `${at}/app.log`] }, ['logs/old.log']],
      [{ paths: [`${at}/none`] }, []],
    ];
    for (const [args, expected] of cases) expect(names(args).sort(), JSON.stringify(args)).toEqual(expected);
  });

  test('what register holds', () => {
    tree();
    expect(told({ paths: [`${at}/logs`, `${at}/none`], recurse: true, patterns: 'old.log' })).toMatchObject({
      files: [
        {
          path: `${at}/logs/old.log`,
          size: 9,
          mode: '0644',
          uid: 0,
          gid: 0,
          pw_name: 'root',
          gr_name: 'root',
          mtime: now - 2 * day - 60,
          atime: expect.any(Number),
          nlink: 1,
          isreg: true,
          isdir: false,
          islnk: false,
        },
      ],
      matched: 1,
      examined: 5,
      skipped_paths: { [`${at}/none`]: 'is no directory' },
    });
  });

  test('names that try to be something else', () => {
    emptied(at);
    const hostile = ['-rf', 'a\nb', '\n', '//', ' ', '$(id)', "'", '*', 'ü', 'x\n:81a4:0:0:1:1', '(', '!'];
    for (const name of hostile.filter((one) => one !== '//')) {
      mkdirSync(`${at}/d\n`, { recursive: true });
      writeFileSync(`${at}/d\n/${name}`, 'ERROR');
    }
    writeFileSync(Buffer.from(`${at}/d\n/\xff\xfe`, 'latin1'), 'ERROR');
    const files = told({ recurse: true, contains: 'ERROR' }).files as {
      path: string;
      path_base64?: string;
    }[];
    const expected = [...hostile.filter((one) => one !== '//'), '\ufffd\ufffd'];
    expect(files.map(({ path }) => path.slice(`${at}/d\n/`.length)).sort()).toEqual(expected.sort());
    const odd = files.filter((one) => one.path_base64 !== undefined);
    expect(odd.map((one) => Buffer.from(one.path_base64 ?? '', 'base64').toString('latin1'))).toEqual([
      `${at}/d\n/\xff\xfe`,
    ]);
    expect(names({ paths: `${at}/d\n`, patterns: '[(]' }).map((path) => basename(path))).toEqual(['(']);
  });

  test('a text that is no regular expression', () => {
    tree();
    expect(() => told({ contains: '(' })).toThrow('no POSIX extended regular expression');
    expect(() => told({ contains: 'a\nb' })).toThrow('cannot hold a line end');
    expect(() => told({ patterns: '(', use_regex: true })).toThrow('is no regular expression');
  });
});
