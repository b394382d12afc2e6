import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { lineinfile, type LineInFileArgs } from '../../engine/modules/lineinfile.ts';
import { editLines, type LineArguments, lineEdit } from '../../engine/modules/lineinfile/edit.ts';
import { translatePattern } from '../../engine/modules/text_edit/pattern.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, makeHere, probeHere } from './harness.ts';
import { shownOnText } from './shown_on_text.ts';

const edited = (text: string, args: LineArguments) => {
  const result = editLines(Buffer.from(text).toString('latin1'), lineEdit(args));
  return Buffer.from(result.text, 'latin1').toString();
};

describe('line edits', () => {
  const port = { regexp: '^#?Port ', line: 'Port 22' };

  test.each<[string, LineArguments, string]>([
    ['a\n#Port 1\nb\nPort 2\nc\n', port, 'a\n#Port 1\nb\nPort 22\nc\n'],
    ['a\n#Port 1\nb\nPort 2\nc\n', { ...port, firstmatch: true }, 'a\nPort 22\nb\nPort 2\nc\n'],
    ['a\nPort 22\n', port, 'a\nPort 22\n'],
    ['a\n', port, 'a\nPort 22\n'],
    ['', { line: 'x' }, 'x\n'],
    ['a', { line: 'x' }, 'a\nx\n'],
    ['x', { line: 'x' }, 'x\n'],
    ['a\r\nb\r\n', { line: 'x' }, 'a\r\nb\r\nx\r\n'],
    ['a\r\nb\r\n', { regexp: '^a$', line: 'x' }, 'x\r\nb\r\n'],
    ['x\r\n', { line: 'x' }, 'x\r\n'],
    ['a\nb\n', { line: 'x', insertbefore: 'BOF' }, 'x\na\nb\n'],
    ['a\nb\n', { line: 'x', insertafter: 'BOF' }, 'x\na\nb\n'],
    ['a\nb\na\nc\n', { line: 'x', insertafter: '^a' }, 'a\nb\na\nx\nc\n'],
    ['a\nb\na\nc\n', { line: 'x', insertafter: '^a', firstmatch: true }, 'a\nx\nb\na\nc\n'],
    ['a\nb\na\nc\n', { line: 'x', insertbefore: '^a' }, 'a\nb\nx\na\nc\n'],
    ['a\nb\na', { line: 'x', insertafter: '^a' }, 'a\nb\na\nx\n'],
    ['a\nb\n', { line: 'x', insertbefore: 'none' }, 'a\nb\nx\n'],
    ['a=1\nb=2\n', { regexp: '^(?P<key>b)=(\\d)', line: '\\g<key> is \\2', backrefs: true }, 'a=1\nb is 2\n'],
    ['a=1\n', { regexp: '^c=', line: 'c=\\1', backrefs: true }, 'a=1\n'],
    ['a\nxy\nxz\n', { search_string: 'x', line: 'x!' }, 'a\nxy\nx!\n'],
    ['a\nb\na\n', { state: 'absent', line: 'a' }, 'b\n'],
    ['ab\nb\na', { state: 'absent', regexp: '^a' }, 'b\n'],
    ['a.b\nacb\n', { state: 'absent', search_string: 'a.b' }, 'acb\n'],
    ['höhe=1\n', { regexp: '^höhe=', line: 'höhe=ü' }, 'höhe=ü\n'],
    ['a\n\n\nb\n', { line: 'x\n' }, 'a\n\n\nb\nx\n'],
  ])('%j with %j', (text, args, expected) => {
    expect(edited(text, args)).toBe(expected);
  });

  test.each<[LineArguments, string]>([
    [{}, 'line is needed'],
    [{ state: 'absent' }, 'needs line, regexp or search_string'],
    [{ line: 'a\nb' }, 'more than one line'],
    [{ line: 'a', regexp: 'a', search_string: 'a' }, 'exclude'],
    [{ line: 'a', insertafter: 'a', insertbefore: 'a' }, 'exclude'],
    [{ line: 'a', backrefs: true }, 'needs regexp'],
    [{ line: 'a', regexp: '(?x)a' }, 'flag x'],
    [{ line: 'a', regexp: 'a(?i:b)' }, '(?i: is not supported'],
    [{ line: 'a', regexp: 'a++' }, 'possessive'],
    [{ line: 'a', regexp: '(?>a)' }, '(?>a is not supported'],
    [{ line: 'a', regexp: '\\q' }, '\\q is not supported'],
    [{ line: 'a', regexp: '(' }, 'regexp: '],
    [{ line: 'a', regexp: '[a' }, 'without its end'],
  ])('%j is refused', (args, why) => {
    expect(() => lineEdit(args)).toThrow(why);
    expect(() => lineEdit(args)).toThrow(CannotPlan);
  });

  test.each([
    ['(?i)port', 'PORT\n', true],
    ['\\AAb\\Z', 'Ab', true],
    ['\\AAb\\Z', 'Ab\n', false],
    ['^Ab$', 'Ab\n', true],
    ['a\\s', 'a\n', true],
    ['[]a]b', ']b', true],
    ['[^]a]b', 'ab', false],
    ['[[:]x', '[x', true],
    ['a{,2}b$', 'aab', true],
    ['(?P<q>["\']).*(?P=q)', `"it's"`, true],
    ['a(?#comment)b', 'ab', true],
    ['a\\sb', 'a\u00a0b', false],
    ['[\\S]', ' ', false],
    ['(?<!x)y', 'xy', false],
    ['\\d{3}', '123', true],
    ['a{b}', 'a{b}', true],
    ['a.b', 'a\nb', false],
    ['(?s)a.b', 'a\nb', true],
  ])('%j on %j is %s as in Python', (pattern, text, expected) => {
    const bytes = Buffer.from(text).toString('latin1');
    expect(translatePattern(pattern, 'regexp').test(bytes)).toBe(expected);
    if (!existsSync(python)) return;
    const script = 'import re,sys;print(re.search(sys.argv[1].encode(),sys.argv[2].encode()) is not None)';
    const said = spawnSync(python, ['-W', 'ignore', '-c', script, pattern, text], { encoding: 'utf8' });
    expect(said.stdout.trim()).toBe(expected ? 'True' : 'False');
  });
});

const python = '/usr/bin/python3';
const hasAnsible = existsSync('/usr/lib/python3/dist-packages/ansible/modules/lineinfile.py');

describe.runIf(hasAnsible)("Ansible's own lineinfile (needs ansible-core)", () => {
  test('edits alike', () => {
    const letter = fc.constantFrom('a', 'b', 'ab', 'x', '#x', 'x=1', '');
    const pattern = fc.constantFrom('^a', 'b$', 'x', '^#?x', '^(a)(b)?', '\\s$', '^$');
    const part = (...choices: fc.Arbitrary<LineArguments>[]) =>
      fc.oneof(fc.constant<LineArguments>({}), ...choices);
    const args = fc
      .tuple(
        fc.record({
          line: fc.constantFrom('a', 'x', 'x=2', 'new', '\\1!'),
          state: fc.constantFrom('present' as const, 'present' as const, 'absent' as const),
          firstmatch: fc.boolean(),
        }),
        part(
          fc.record({ regexp: pattern, backrefs: fc.boolean() }),
          fc.record({ search_string: letter.filter(Boolean) }),
        ),
        part(
          fc.record({ insertafter: fc.oneof(pattern, fc.constantFrom('EOF', 'BOF')) }),
          fc.record({ insertbefore: fc.oneof(pattern, fc.constant('BOF')) }),
        ),
      )
      .map((parts): LineArguments => Object.assign({}, ...parts) as LineArguments);
    const cases = fc
      .sample(fc.tuple(fc.array(letter, { maxLength: 6 }), fc.boolean(), args), { numRuns: 1500, seed: 7 })
      .map(([lines, isEnded, one]) => ({
        text: lines.join('\n') + (isEnded && lines.length ? '\n' : ''),
        args: one,
      }))
      .filter(({ text, args: one }) => isComparable(text, one));
    expect(cases.length).toBeGreaterThan(300);
    const folder = emptied(scratchForAnsible);
    writeFileSync(`${folder}/cases.json`, JSON.stringify(cases));
    const said = spawnSync(python, ['-c', driver, folder], { encoding: 'utf8', maxBuffer: 1e8 });
    expect(said.stderr).toBe('');
    const expected = JSON.parse(said.stdout) as string[];
    cases.forEach(({ text, args: one }, index) => {
      expect({ text, one, gives: edited(text, one) }).toEqual({ text, one, gives: expected[index] });
    });
  });
});

const root = scratch();
const scratchForAnsible = `${root}/ansible`;

// Ansible glues a line to a last one that has no end, in one of its branches.
function isComparable(text: string, args: LineArguments): boolean {
  try {
    lineEdit(args);
  } catch {
    return false;
  }
  if (args.backrefs && /\\[1-9]/.test(args.line ?? '') && !args.regexp?.includes('(')) return false;
  if (!args.backrefs && args.line?.includes('\\')) return false;
  return text === '' || text.endsWith('\n') || args.insertafter === undefined;
}

const driver = `
import json, sys
from ansible.modules import lineinfile
from ansible.module_utils.basic import AnsibleModule
folder = sys.argv[1]
class Module:
    check_mode = False
    _diff = False
    tmpdir = folder
    def exit_json(self, **kw): pass
    def fail_json(self, **kw): raise Exception(kw)
    def load_file_common_arguments(self, p): return {}
    def set_fs_attributes_if_different(self, a, c, diff=None): return c
    params = {'validate': None, 'unsafe_writes': False, 'create': False}
    def atomic_move(self, src, dest, unsafe_writes=False):
        import shutil; shutil.move(src, dest)
out = []
for case in json.load(open(folder + '/cases.json')):
    path = folder + '/file'
    open(path, 'w').write(case['text'])
    a = case['args']
    get = a.get
    after, before = get('insertafter'), get('insertbefore')
    if after is None and before is None: after = 'EOF'
    if get('state', 'present') == 'present':
        lineinfile.present(Module(), path, get('regexp'), get('search_string'), a['line'], after, before, False, False, get('backrefs', False), get('firstmatch', False))
    else:
        lineinfile.absent(Module(), path, get('regexp'), get('search_string'), a['line'], False)
    out.append(open(path).read())
print(json.dumps(out))
`;

describe.each(shells)('lineinfile on %s', (shell) => {
  const at = `${root}/${shell}`;
  const obey = (args: LineInFileArgs) =>
    keepsTheLaws(shell, lineinfile, { path: `${at}/file`, ...args }, at).map(({ what }) =>
      what.replaceAll(at, ''),
    );
  const plan = (args: LineInFileArgs) => lineinfile.plan(args, probeHere(shell, lineinfile.probe(args)));

  test('a line is put, replaced, removed', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'a\nPort 1\n');
    chmodSync(`${at}/file`, 0o640);
    expect(obey({ regexp: '^Port', line: 'Port 22' })).toEqual(['replace line 2 of /file']);
    expect(obey({ line: 'x', mode: '0600', backup: true })).toEqual([
      'add a line to /file, mode 0640 → 0600',
    ]);
    expect(obey({ line: 'a', mode: '0600' })).toEqual(['/file: mode 0640 → 0600']);
    expect(obey({ line: 'a', state: 'absent', validate: 'grep -q Port %s' })).toEqual([
      'remove a line from /file',
    ]);
    expect(obey({ line: 'none', state: 'absent' })).toEqual([]);
  });

  test('bytes that are no UTF-8 stay', () => {
    emptied(at);
    const bytes = Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x0a, 0xc3, 0x0d, 0x0a, 0x80]);
    writeFileSync(`${at}/file`, bytes);
    obey({ line: 'ü' });
    makeHere(shell, plan({ path: `${at}/file`, line: 'ü' })).forget();
    expect(readFileSync(`${at}/file`)).toEqual(Buffer.concat([bytes, Buffer.from('\nü\n')]));
  });

  test('a file is made where asked', () => {
    emptied(at);
    const args = { path: `${at}/a/b/file`, line: 'x' };
    expect(() => plan(args)).toThrow('does not exist');
    expect(obey({ ...args, create: true, mode: '0600' })).toEqual([
      'make directories /a, /a/b',
      'add a line to /a/b/file',
    ]);
    expect(obey({ line: 'x', create: true })).toEqual(['add a line to /file']);
    expect(obey({ ...args, state: 'absent' })).toEqual([]);
  });

  test('links', () => {
    emptied(at);
    writeFileSync(`${at}/real`, 'a\n');
    symlinkSync('real', `${at}/file`);
    obey({ line: 'x' });
    linkSync(`${at}/real`, `${at}/twin`);
    expect(() => plan({ path: `${at}/file`, line: 'x' })).toThrow('has 2 names');
    obey({ line: 'x', links: 'keep' });
  });

  test('an edit without an end is refused before it is made', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'a1\na2\n');
    expect(() => plan({ path: `${at}/file`, regexp: '^a', line: 'x' })).toThrow('each time');
    expect(() => plan({ path: `${at}/file`, regexp: '^(a.*)', line: '\\1x', backrefs: true })).toThrow(
      CannotPlan,
    );
  });

  test('whatever the line and the file, they are data', () => {
    fc.assert(
      fc.property(hostileLine, fc.uint8Array({ maxLength: 100 }), (line, bytes) => {
        emptied(at);
        writeFileSync(`${at}/file`, bytes);
        obey({ line, validate: 'test -s %s' });
      }),
      { numRuns: 8 },
    );
  });
});

test('a secret line is never shown', () => {
  const args = { path: '/x', line: new Secret('s3cret') };
  const shown = shownOnText(lineinfile, args, 's3cret too\n');
  expect(JSON.stringify(shown)).not.toContain('s3cret');
});

const hostileLine = fc.oneof(
  fc.constantFrom(
    "it's",
    '$(touch x)',
    '`id`',
    '"',
    '\\',
    '\\1',
    'ünï',
    '-n',
    '%s',
    '',
    'x'.repeat(1024 * 1024),
  ),
  fc.string({ maxLength: 50, unit: 'grapheme' }).filter((line) => !/[\r\n\0]/.test(line)),
);
