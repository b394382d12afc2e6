import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { journalledRun, undoing } from '../../engine/journal/host_journal.ts';
import { tempfile, type TempFileArgs } from '../../engine/modules/tempfile.ts';
import { sh } from '../../engine/shell/script.ts';
import { act } from '../journal/act.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { runHere } from './act.ts';

const root = scratch();
const run = (args: TempFileArgs) => tempfile.run(args, { host: 'h' });

describe.each(shells)('tempfile on %s', (shell) => {
  const at = `${root}/${shell}`;

  test.each<[TempFileArgs, string, string]>([
    [{}, '^fettle\\.[A-Za-z0-9]{6,}$', '0600'],
    [{ state: 'directory' }, '^fettle\\.[A-Za-z0-9]{6,}$', '0700'],
    [{ prefix: '', suffix: '.conf' }, '^[A-Za-z0-9]{6,}\\.conf$', '0600'],
    [
      { state: 'directory', prefix: "-a 'b'\n", suffix: '$(id)\n' },
      "^-a 'b'\\n[A-Za-z0-9]{6,}\\$\\(id\\)\\n$",
      '0700',
    ],
  ])('%j', (args, name, mode) => {
    emptied(at);
    const { changed, failed, values } = runHere(shell, run({ path: at, ...args }));
    expect({ changed, failed }).toEqual({ changed: true, failed: undefined });
    const [made = ''] = readdirSync(at);
    expect(made).toMatch(new RegExp(name));
    expect(values).toMatchObject({ path: join(at, made), mode, state: args.state ?? 'file' });
    const stats = lstatSync(join(at, made));
    expect([stats.isDirectory(), stats.mode & 0o7777]).toEqual([
      args.state === 'directory',
      Number.parseInt(mode, 8),
    ]);
  });

  test('each time another', () => {
    emptied(at);
    const paths = [1, 2, 3].map(() => runHere(shell, run({ path: at })).values['path']);
    expect(new Set(paths).size).toBe(3);
    expect(readdirSync(at)).toHaveLength(3);
  });

  test.each([
    ['no directory', `${root}/none`, `there is no directory ${root}/none`],
    ['no place for files', '/proc', /proc.fettle\./],
  ])('%s', (_title, path, why) => {
    const result = runHere(shell, run({ path }));
    expect(result).toMatchObject({
      changed: false,
      failed: typeof why === 'string' ? why : expect.stringMatching(why),
    });
  });

  test('an undo removes it with all that is in it, once and again', () => {
    emptied(at);
    const change = run({ path: at, state: 'directory', suffix: " 'x'\n" });
    const entry = sh`${`${root}/entry-${shell}`}`;
    const { what, script: apply, undo } = change;
    expect(act(shell, journalledRun(entry, 'h', { number: 1, change: { what, apply, undo } })).code).toBe(0);
    const [made = ''] = readdirSync(at);
    writeFileSync(join(at, made, 'x'), '');
    writeFileSync(join(at, 'other'), '');
    expect(act(shell, undoing(entry, [1])).code).toBe(0);
    expect(act(shell, undoing(entry, [1])).code).toBe(0);
    expect(readdirSync(at)).toEqual(['other']);
  });
});

test('a name is one name', () => {
  expect(() => run({ prefix: '../' })).toThrow('hold no /');
  expect(() => run({ suffix: '/x' })).toThrow('hold no /');
});
