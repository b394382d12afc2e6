import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { iniFile, type IniFileArgs } from '../../engine/modules/ini_file.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { ansibleEdits, hasAnsible } from './ansible_text.ts';
import { keepsTheLaws, probeHere } from './harness.ts';

const attributes = {
  kind: 'file',
  mode: '0600',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 3,
  links: 1,
};

/** What becomes of a text, and what is said of it. */
function change(text: string | Buffer, own: Partial<IniFileArgs>) {
  const args: IniFileArgs = { path: '/x', ...own };
  const probe = iniFile.probe(args);
  const answers = probe.questions.map(({ fact }) =>
    fact.name === 'path' ? attributes : { kind: 'text', bytes: Buffer.from(text) },
  );
  const [one] = iniFile.plan(args, probe.assemble(answers));
  const blob = one?.sends?.[0];
  const bytes = blob?.kind === 'bytes' && Buffer.isBuffer(blob.bytes) ? blob.bytes : Buffer.from(text);
  return { text: bytes.toString(), what: one?.what, one };
}

describe('an option', () => {
  test.each<[string, Partial<IniFileArgs>, string]>([
    ['[s]\na = 1\n', { option: 'a', value: '2' }, '[s]\na = 2\n'],
    ['[s]\na = 1\n', { option: 'a', value: '1' }, '[s]\na = 1\n'],
    ['[s]\na=1\n', { option: 'a', value: '1' }, '[s]\na = 1\n'],
    ['[s]\na=1\n', { option: 'a', value: '1', ignore_spaces: true }, '[s]\na=1\n'],
    ['[s]\na=1\n', { option: 'a', value: '2', ignore_spaces: true }, '[s]\na = 2\n'],
    ['[s]\na = 1\n', { option: 'a', value: '2', no_extra_spaces: true }, '[s]\na=2\n'],
    ['[s]\na = 1  \n', { option: 'a', value: '1' }, '[s]\na = 1\n'],
    ['[s]\n\ta = 1\n', { option: 'b', value: '2' }, '[s]\n\ta = 1\n\tb = 2\n'],
    ['[s]\n\ta = 1\n', { option: 'a', value: '2' }, '[s]\n\ta = 2\n'],
    ['[s]\nb = 1\n\n# next\n[t]\n', { option: 'a', value: '2' }, '[s]\nb = 1\na = 2\n\n# next\n[t]\n'],
    ['[s]\n# a = 1\n', { option: 'a', value: '2' }, '[s]\na = 2\n# a = 1\n'],
    ['[s]\n#a = 1\n', { option: 'a', value: '2', modify_inactive_option: true }, '[s]\na = 2\n'],
    [
      '[s]\n; a = 1\na = 3\n',
      { option: 'a', value: '2', modify_inactive_option: true },
      '[s]\n; a = 1\na = 2\n',
    ],
    ['[t]\na = 1\n', { option: 'a', value: '2' }, '[t]\na = 1\n\n[s]\na = 2\n'],
    ['[t]\na = 1\n\n', { option: 'a', value: '2' }, '[t]\na = 1\n\n[s]\na = 2\n'],
    ['', { option: 'a', value: '2' }, '[s]\na = 2\n'],
    ['[s]', { option: 'a', value: '2' }, '[s]\na = 2\n'],
    ['[s]\r\nb = 1\r\n', { option: 'a', value: '2' }, '[s]\r\nb = 1\r\na = 2\r\n'],
    ['\uFEFF[s]\na = 1\n', { option: 'a', value: '2' }, '\uFEFF[s]\na = 2\n'],
    ['[s] ; see [t]\na = 1\n[t]\n', { option: 'a', value: '2' }, '[s] ; see [t]\na = 2\n[t]\n'],
    ['[r "a]b"]\nx = 1\n', { section: 'r "a]b"', option: 'x', value: '2' }, '[r "a]b"]\nx = 2\n'],
    ['[größe]\nmaß = 1\n', { section: 'größe', option: 'maß', value: 'à' }, '[größe]\nmaß = à\n'],
    ['[s]\na.b = 1\nacb = 1\n', { option: 'a.b', value: '2' }, '[s]\na.b = 2\nacb = 1\n'],
    ['[s]\naa = 1\n', { option: 'a', value: '2' }, '[s]\naa = 1\na = 2\n'],
    ['[s]\na = x = y\n', { option: 'a', value: 'y = z' }, '[s]\na = y = z\n'],
    ['[s]\na = 1\n', { option: 'a', value: '' }, '[s]\na =\n'],
    ['[s]\na =\n', { option: 'a', value: '' }, '[s]\na =\n'],
    ['[s]\n', { option: 'a', allow_no_value: true }, '[s]\na\n'],
    ['[s]\na = 1\n', { option: 'a', allow_no_value: true }, '[s]\na\n'],
    ['[s]\na\n', { option: 'a', value: '1' }, '[s]\na = 1\n'],
    ['[s]\na\n', { option: 'a', allow_no_value: true }, '[s]\na\n'],
  ])('%j with %j gives %j', (text, args, expected) => {
    const given = { section: 's', ...args };
    expect(change(text, given).text).toBe(expected);
    expect(change(expected, given).what).toBeUndefined();
  });
});

describe('before all sections', () => {
  test.each<[string, Partial<IniFileArgs>, string]>([
    ['a = 1\n[s]\na = 1\n', { option: 'a', value: '2' }, 'a = 2\n[s]\na = 1\n'],
    ['b = 1\n\n[s]\n', { option: 'a', value: '2' }, 'b = 1\na = 2\n\n[s]\n'],
    ['# about\n\n[s]\n', { option: 'a', value: '2', section: '' }, '# about\na = 2\n\n[s]\n'],
    ['# about s\n[s]\n', { option: 'a', value: '2' }, 'a = 2\n# about s\n[s]\n'],
    ['[s]\n', { option: 'a', value: '2' }, 'a = 2\n[s]\n'],
    ['# only\n', { option: 'a', value: '2' }, '# only\na = 2\n'],
    ['', { option: 'a', value: '2' }, 'a = 2\n'],
    ['a = 1\n[s]\na = 1\n', { option: 'a', state: 'absent' }, '[s]\na = 1\n'],
  ])('%j with %j gives %j', (text, args, expected) => {
    expect(change(text, args).text).toBe(expected);
  });
});

describe('several lines of an option', () => {
  const two = '[s]\na = 1\nb = 0\na = 2\n';
  const apart = '[s]\na = 1\n[t]\n[s]\na = 2\n';
  test.each<[string, Partial<IniFileArgs>, string]>([
    [two, { value: '3' }, '[s]\na = 3\nb = 0\n'],
    [two, { value: '2' }, '[s]\nb = 0\na = 2\n'],
    [two, { value: '3', exclusive: false }, '[s]\na = 1\nb = 0\na = 2\na = 3\n'],
    [two, { value: '2', exclusive: false }, two],
    [two, { values: ['2', '1'] }, two],
    [two, { values: ['1', '3', '4', '3'] }, '[s]\na = 1\nb = 0\na = 3\na = 4\n'],
    ['[s]\na = 1\na = 1\n', { value: '1' }, '[s]\na = 1\n'],
    [apart, { value: '3' }, '[s]\na = 3\n[t]\n[s]\n'],
    [apart, { value: '3', exclusive: false }, '[s]\na = 1\n[t]\n[s]\na = 2\na = 3\n'],
    [two, { state: 'absent' }, '[s]\nb = 0\n'],
    [apart, { state: 'absent', value: '1' }, '[s]\n[t]\n[s]\n'],
    [two, { state: 'absent', exclusive: false, value: '1' }, '[s]\nb = 0\na = 2\n'],
    [two, { state: 'absent', exclusive: false, values: ['4'] }, two],
    ['[s]\n#a = 1\n', { state: 'absent' }, '[s]\n#a = 1\n'],
  ])('%j with %j gives %j', (text, args, expected) => {
    expect(change(text, { section: 's', option: 'a', ...args }).text).toBe(expected);
  });
});

describe('a section', () => {
  test.each<[string, Partial<IniFileArgs>, string]>([
    ['[s]\n', {}, '[s]\n'],
    ['[t]\n', {}, '[t]\n\n[s]\n'],
    ['[s]\na = 1\n\n[t]\nb = 1\n', { state: 'absent' }, '[t]\nb = 1\n'],
    ['[s]\na = 1\n\n# about t\n[t]\n', { state: 'absent' }, '# about t\n[t]\n'],
    ['[s]\na = 1\n# about a\n[t]\n', { state: 'absent' }, '[t]\n'],
    ['x\n[s]\n[t]\n[s]\na = 1\n# end\n', { state: 'absent' }, 'x\n[t]\n'],
    ['[t]\n', { state: 'absent' }, '[t]\n'],
  ])('%j with %j gives %j', (text, args, expected) => {
    expect(change(text, { section: 's', ...args }).text).toBe(expected);
  });
});

test.each<[Partial<IniFileArgs>, string]>([
  [{}, 'section or option is needed'],
  [{ option: 'a' }, 'value is needed, or allow_no_value'],
  [{ option: 'a', state: 'absent', exclusive: false }, 'value is needed'],
  [{ section: 's', value: '1' }, 'a value needs an option'],
  [{ option: 'a', value: '1', values: ['2'] }, 'exclude each other'],
  [{ option: 'a', value: '1\n[t]' }, 'more than one line'],
  [{ option: 'a', values: ['1', ' 2'] }, 'a blank'],
  [{ section: 's\n', option: 'a', value: '1' }, 'section holds'],
  [{ section: '[a-z]#', option: 'a', value: '1' }, 'section cannot stand'],
  [{ option: 'a=b', value: '1' }, 'option cannot stand'],
  [{ option: '[a', value: '1' }, 'option cannot stand'],
  [{ option: '#a', value: '1' }, 'option cannot stand'],
  [{ option: 'a ', value: '1' }, 'option cannot stand'],
  [{ option: 'long', value: '1' }, 'line 1 is to be changed, and its value goes on over several lines'],
  [{ option: 'list', state: 'absent' }, 'line 3 is to be changed'],
])('%j is refused', (args, why) => {
  const act = () => change('long = a \\\n  b\nlist = a\n  b\nlast = 1\n', args);
  expect(act).toThrow(why);
  expect(act).toThrow(CannotPlan);
});

test('what is said of it', () => {
  const said = (text: string, args: Partial<IniFileArgs>) => change(text, args).what;
  expect(said('', { section: 's', option: 'a', value: '1' })).toBe('add [s] a to /x');
  expect(said('[s]\na = 1\n', { section: 's', option: 'a', value: '2' })).toBe('set [s] a in /x');
  expect(said('a = 1\n', { option: 'a', value: '2' })).toBe('set a in /x');
  expect(said('[s]\n', { section: 's', state: 'absent' })).toBe('remove [s] from /x');
  expect(said('[ü]\na=1\n', { section: 'ü', option: 'a', state: 'absent' })).toBe('remove [ü] a from /x');
});

test('bytes that are no UTF-8 stay', () => {
  const { one } = change(Buffer.from('[s]\na = \xff\0\nb = 1\n', 'latin1'), {
    section: 's',
    option: 'b',
    value: 'ü',
  });
  expect(one?.sends).toEqual([
    { kind: 'bytes', bytes: Buffer.from('[s]\na = \xff\0\nb = \xc3\xbc\n', 'latin1') },
  ]);
});

test('a secret is never shown', () => {
  const { one } = change('[s]\nkey = s3cret too\n', {
    section: 's',
    option: 'key',
    value: new Secret('s3cret'),
  });
  const { predicts: _unshown, sends: _sent, ...shown } = one ?? {};
  expect(one?.what).toBe('set [s] key in /x');
  expect(JSON.stringify(shown)).not.toContain('s3cret');
});

const root = scratch();
const theirs = 'ansible_collections.community.general.plugins.modules.ini_file';

test.runIf(hasAnsible(theirs))("Ansible's own ini_file edits alike (needs community.general)", () => {
  const line = fc.constantFrom('a = 1', 'a=2', 'a = 3', 'b = 1', 'b=x', '', '; note', '# more', 'ab = 1');
  const lines = fc.array(line, { maxLength: 5 });
  const cases = fc
    .sample(
      fc.record({
        before: lines,
        within: lines,
        after: lines,
        option: fc.constantFrom('a', 'b', 'c'),
        values: fc.uniqueArray(fc.constantFrom('1', '2', '3', 'new'), { minLength: 1, maxLength: 3 }),
        state: fc.constantFrom('present' as const, 'present' as const, 'absent' as const),
        exclusive: fc.boolean(),
        no_extra_spaces: fc.boolean(),
      }),
      { numRuns: 1000, seed: 11 },
    )
    .map(({ before, within, after, ...args }) => ({
      text: [...before, '[s]', ...within, '[t]', ...after, ''].join('\n'),
      args: { section: 's', ...args },
    }));
  const expected = ansibleEdits(theirs, cases, `${root}/ansible`);
  const made = cases.map(({ text, args }) => ({ text, args, gives: change(text, args).text }));
  expect(made).toEqual(cases.map((one, index) => ({ ...one, gives: expected[index] })));
});

describe.each(shells)('ini_file on %s', (shell) => {
  const at = `${root}/${shell}`;
  const args = (own: Partial<IniFileArgs>): IniFileArgs => ({ path: `${at}/file`, section: 's', ...own });
  const obey = (own: Partial<IniFileArgs>) =>
    keepsTheLaws(shell, iniFile, args(own), at).map(({ what }) => what.replaceAll(at, ''));

  test('an option is put, set, removed', () => {
    emptied(at);
    writeFileSync(`${at}/file`, '# about\n[s]\na = 1\n', { mode: 0o640 });
    expect(obey({ option: 'a', value: '2' })).toEqual(['set [s] a in /file']);
    expect(obey({ option: 'a', value: '1', mode: '0600' })).toEqual(['/file: mode 0640 → 0600']);
    expect(obey({ option: 'a', value: '1' })).toEqual([]);
    expect(obey({ option: 'b', values: ['x', 'y'], backup: true, validate: 'grep -q y %s' })).toEqual([
      'add [s] b to /file',
    ]);
    expect(obey({ option: 'a', state: 'absent' })).toEqual(['remove [s] a from /file']);
    expect(obey({ state: 'absent' })).toEqual(['remove [s] from /file']);
  });

  test('a file is made, unless that is not wanted', () => {
    emptied(at);
    const own = { option: 'a', value: '1', path: `${at}/d/file` };
    const one = args({ ...own, create: false });
    expect(() => iniFile.plan(one, probeHere(shell, iniFile.probe(one)))).toThrow('does not exist');
    expect(obey(own)).toEqual(['make directory /d', 'add [s] a to /d/file']);
    expect(obey({ option: 'a', state: 'absent' })).toEqual([]);
  });
});
