import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const top = join(import.meta.dirname, '..', '..');

/** What may stand at the top. */
const layout = [
  ...['.ci', 'engine', 'examples', 'inventory', 'playbooks', 'test'],
  ...['.gitignore', 'CHANGELOG.md', 'LICENSE', 'README.md'],
  ...[
    'biome.json',
    'eslint.config.js',
    'package-lock.json',
    'package.json',
    'tsconfig.json',
    'esbuild.config.js',
    'vitest.config.ts',
  ],
];

// A copy without its history is asked of nothing.
const isClone = existsSync(join(top, '.git'));

describe.runIf(isClone)('what is in the repository (needs a clone)', () => {
  const files = isClone ? git('ls-files', '-z', '--cached', '--others', '--exclude-standard') : [];
  const texts = files
    .filter((file) => existsSync(join(top, file)))
    .map((file) => ({ file, text: readFileSync(join(top, file), 'utf8') }))
    .filter(({ text }) => !text.includes('\0'));

  test('the top holds exactly what the layout names', () => {
    const found = [...new Set(files.map((file) => file.split('/')[0] ?? ''))].sort();
    expect(found).toEqual(layout.toSorted());
  });

  test('no path of a machine that it was made on', () => {
    expect(
      lines(texts, new RegExp(`(?<![\\w.~*-])/(work|workspace|workspaces|builds|Users|home/runner)/`)),
    ).toEqual([]);
  });

  test('no host name of a package registry', () => {
    const names = ['regi' + 'stry', 'np' + 'm', 'artifac' + 'tory', 'nex' + 'us', 'verdac' + 'cio'];
    expect(lines(texts, new RegExp(`https?://[\\w.-]*\\b(${names.join('|')})\\b[\\w.-]*[/:]`, 'i'))).toEqual(
      [],
    );
  });

  test('the lock file names versions and hashes, not where they were fetched', () => {
    const lock = readFileSync(join(top, 'package-lock.json'), 'utf8');
    expect(lock).not.toContain('"resolved"');
    expect(lock).toContain('"integrity"');
  });

  test('dependencies are pinned to one version', () => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(top, 'package.json'), 'utf8')) as {
      readonly [group: string]: Readonly<Record<string, string>>;
    };
    const all = Object.entries({ ...dependencies, ...devDependencies });
    expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test('no test is left out, or runs alone', () => {
    const marks = new RegExp(
      `\\.(${['on' + 'ly', 'sk' + 'ip', 'to' + 'do', 'fai' + 'ls'].join('|')})\\(|\\bx(it|test|describe)\\(`,
    );
    expect(
      lines(
        texts.filter(({ file }) => file.startsWith('test/')),
        marks,
      ),
    ).toEqual([]);
  });

  test('no file is empty, none ends without a newline', () => {
    const open = texts.filter(({ file, text }) => !text.endsWith('\n') && !file.includes('/fixtures/'));
    expect(open.map(({ file }) => file)).toEqual([]);
  });
});

function git(...words: readonly string[]): readonly string[] {
  return execFileSync('git', words, { cwd: top, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '');
}

/** FILE:LINE of each line that fits. */
function lines(texts: readonly { file: string; text: string }[], pattern: RegExp): readonly string[] {
  return texts.flatMap(({ file, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
  );
}
