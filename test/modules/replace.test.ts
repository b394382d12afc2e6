import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { replace, type ReplaceArgs } from '../../engine/modules/replace.ts';
import { replaceIn, type Replacement } from '../../engine/modules/replace/edit.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { ansibleEdits, hasAnsible } from './ansible_text.ts';
import { keepsTheLaws, probeHere } from './harness.ts';
import { shownOnText } from './shown_on_text.ts';

function edited(text: string, args: Partial<Replacement> & { readonly regexp: string }): string {
  const result = replaceIn(Buffer.from(text).toString('latin1'), { replace: '', ...args });
  return Buffer.from(result.text, 'latin1').toString();
}

describe('replacements', () => {
  test.each<[string, Partial<Replacement> & { readonly regexp: string }, string]>([
    ['a b a\n', { regexp: 'a', replace: 'c' }, 'c b c\n'],
    ['a\nb\nab\n', { regexp: '^a', replace: 'x' }, 'x\nb\nxb\n'],
    ['a\nb\nab', { regexp: 'b$', replace: 'x' }, 'a\nx\nax'],
    ['a\r\nb\r\n', { regexp: '^(.)\\r$', replace: '\\1' }, 'a\nb\n'],
    ['a\u2028b\n', { regexp: '^b', replace: 'x' }, 'a\u2028b\n'],
    ['one\ntwo\n', { regexp: '\\n' }, 'onetwo'],
    ['k = v\n', { regexp: '(?P<key>\\w) = (\\w)', replace: '\\g<key>:\\2\\n' }, 'k:v\n\n'],
    ['K=1 k=2\n', { regexp: '(?i)k=', replace: 'x=' }, 'x=1 x=2\n'],
    ['größe\n', { regexp: 'gr[öüß]', replace: 'Gr' }, 'Grße\n'],
    ['a.b\n', { regexp: 'a.b', replace: '$&$1' }, '$&$1\n'],
    ['🔧x\n', { regexp: 'x', replace: '\\\\' }, '🔧\\\n'],
    ['a a a\n', { regexp: 'a', after: 'a', replace: 'x' }, 'a x x\n'],
    ['a a\nb a\n', { regexp: 'a', before: 'b', replace: 'x' }, 'x x\nb a\n'],
    ['a [b a\na] a\n', { regexp: 'a', after: '\\[', before: '\\]', replace: 'x' }, 'a [b x\nx] a\n'],
    ['b a b a\n', { regexp: 'a', before: 'b', replace: 'x' }, 'b x b a\n'],
    ['A b a\n', { regexp: 'a', after: '(?i)a|c', replace: 'x' }, 'A b x\n'],
    ['a\n', { regexp: 'a', after: 'none', replace: 'x' }, 'a\n'],
    ['a\n', { regexp: 'a', before: 'none', replace: 'x' }, 'a\n'],
    ['', { regexp: 'a', replace: 'x' }, ''],
  ])('%j with %j gives %j', (text, args, expected) => {
    expect(edited(text, args)).toBe(expected);
  });

  test('bytes that are no UTF-8 stay', () => {
    const made = replaceIn('\xff\xfe a \0\xe4', { regexp: 'a', replace: 'ü' });
    expect(made).toEqual({ text: '\xff\xfe \xc3\xbc \0\xe4', what: 'replace 1 match in' });
  });

  test.each<[Partial<Replacement> & { readonly regexp: string }, string]>([
    [{ regexp: '(' }, 'regexp: '],
    [{ regexp: '(?x)a' }, 'the flag x is not supported'],
    [{ regexp: 'a', replace: '\\2' }, 'replace: the regexp has no group 2'],
    [{ regexp: 'a', replace: '\\q' }, 'replace: \\q is no escape'],
    [{ regexp: 'a', after: '[' }, 'after: '],
    [{ regexp: 'a', before: '(?>x)' }, 'before: '],
    [{ regexp: '\\ud83d' }, 'is not supported'],
    [{ regexp: '[🔨]' }, 'split a character in two'],
    [{ regexp: '(a+)+$', replace: 'x' }, 'took longer than'],
    [{ regexp: 'x', after: '(a+)+$' }, 'took longer than'],
  ])('%j is refused', (args, why) => {
    const act = (): string => edited(`a 🔧 ${'a'.repeat(40)}!`, args);
    expect(act).toThrow(why);
    expect(act).toThrow(CannotPlan);
  });
});

const root = scratch();

test.runIf(hasAnsible('ansible.modules.replace'))(
  "Ansible's own replace edits alike (needs ansible-core)",
  () => {
    const pattern = fc.constantFrom('a', '^a', 'b$', '(a)(b)?', '^', '$', 'a*', '\\s+', '[^a]', '^$', '\\n');
    const around = fc.option(fc.constantFrom('a', 'x', '^a', 'b\\n', '(x)'), { nil: undefined });
    const cases = fc
      .sample(
        fc.record({
          text: fc.array(fc.constantFrom('a', 'b', 'ab', 'x', ' ', '\n', 'ü'), { maxLength: 12 }),
          regexp: pattern,
          replace: fc.constantFrom('', 'x', '\\g<0>!', '\\n', 'y'),
          after: around,
          before: around,
        }),
        { numRuns: 800, seed: 5 },
      )
      .map(({ text, ...args }) => ({ text: text.join(''), args }));
    const expected = ansibleEdits('ansible.modules.replace', cases, `${root}/ansible`);
    const made = cases.map(({ text, args }) => ({ text, args, gives: edited(text, args) }));
    expect(made).toEqual(cases.map((one, index) => ({ ...one, gives: expected[index] })));
  },
);

describe.each(shells)('replace on %s', (shell) => {
  const at = `${root}/${shell}`;
  const args = (own: Partial<ReplaceArgs>): ReplaceArgs => ({ path: `${at}/file`, regexp: 'a', ...own });
  const obey = (own: Partial<ReplaceArgs>) =>
    keepsTheLaws(shell, replace, args(own), at).map(({ what }) => what.replaceAll(at, ''));
  const plan = (own: Partial<ReplaceArgs>) =>
    replace.plan(args(own), probeHere(shell, replace.probe(args(own))));

  test('what matches is replaced, and attributes are kept', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'a=1\na=2\nb\n', { mode: 0o640 });
    expect(obey({ regexp: '^a=', replace: 'c=' })).toEqual(['replace 2 matches in /file']);
    expect(obey({ regexp: '^b\\n', mode: '0600', backup: true })).toEqual([
      'replace 1 match in /file, mode 0640 → 0600',
    ]);
    expect(obey({ regexp: 'none', mode: '0600' })).toEqual(['/file: mode 0640 → 0600']);
    expect(obey({ regexp: 'a=1', replace: 'a=1' })).toEqual([]);
    expect(obey({ regexp: '1', replace: '3', validate: 'grep -q 3 %s' })).toEqual([
      'replace 1 match in /file',
    ]);
  });

  test('an edit without an end, or without a file, is refused', () => {
    emptied(at);
    writeFileSync(`${at}/file`, 'a\n');
    expect(() => plan({ replace: 'ab' })).toThrow('each time');
    expect(() => plan({ path: `${at}/none` })).toThrow(`${at}/none does not exist`);
  });
});

test('a secret is never shown', () => {
  const args = { path: '/x', regexp: '^key=.*', replace: new Secret('key=s3cret') };
  const shown = shownOnText(replace, args, 'key=s3cret too\n');
  expect(shown.what).toBe('replace 1 match in /x');
  expect(JSON.stringify(shown)).not.toContain('s3cret');
});
