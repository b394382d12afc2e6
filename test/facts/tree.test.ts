import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Unsettled } from '../../engine/contract/fact.ts';
import { tree } from '../../engine/facts/tree.ts';
import { canCountForks, countForks, emptied, look, lookRaw, scratch, shells } from './look.ts';

const root = scratch();

describe.each(shells)('tree on %s', (shell) => {
  const at = `${root}/${shell}`;

  test('trees within trees, hostile names, links and things that are no directory', () => {
    emptied(at);
    const name = `a\nb '"$(id)`;
    mkdirSync(`${at}/one/${name}`, { recursive: true });
    writeFileSync(`${at}/one/${name}/file`, 'x');
    writeFileSync(Buffer.concat([Buffer.from(`${at}/one/`), Buffer.from([0xff])]), '');
    mkdirSync(`${at}/two`);
    symlinkSync('../one', `${at}/two/link`);
    const subjects = ['one', 'none', `one/${name}`, 'two', 'two/link'].map((one) => ({
      path: `${at}/${one}`,
    }));
    const answers = look(shell, tree, subjects);
    const shown = answers.map((entries) =>
      entries.map((entry) => `${entry.kind} ${entry.path.slice(at.length + 1)}`).sort(),
    );
    expect(shown).toEqual([
      ['directory one', `directory one/${name}`, `file one/${name}/file`, 'file one/\xff'].sort(),
      [],
      [`directory one/${name}`, `file one/${name}/file`],
      ['directory two', 'link two/link'],
      [],
    ]);
    expect(answers[2]?.find((entry) => entry.kind === 'file')).toMatchObject({ size: 1, mode: '0644' });
  });

  test('a tree that moves is walked again', () => {
    emptied(at);
    writeFileSync(`${at}/file`, '');
    const { stdout } = lookRaw(shell, tree.ask([{ path: at }]));
    const moved = Buffer.from(stdout.toString('latin1').replace('/file\0', '/other\0'), 'latin1');
    expect(() => tree.parse(moved, [{ path: at }], 0)).toThrow(Unsettled);
    expect(() => tree.parse(stdout, [{ path: at }], 1)).toThrow(Unsettled);
    expect(() => tree.parse(stdout, [{ path: at }], 0)).not.toThrow();
  });

  test.runIf(canCountForks)('forks do not grow with trees (needs strace)', () => {
    emptied(at);
    const subjects = Array.from({ length: 20 }, (_, index) => ({ path: `${at}/${index}` }));
    for (const { path } of subjects) mkdirSync(`${path}/below`, { recursive: true });
    const few = countForks(shell, tree.ask(subjects.slice(0, 1)));
    expect(few).toBeGreaterThan(0);
    expect(countForks(shell, tree.ask(subjects))).toBe(few);
  });
});
