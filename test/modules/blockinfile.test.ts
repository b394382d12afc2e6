import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import { blockinfile, type BlockInFileArgs } from '../../engine/modules/blockinfile.ts';
import { type BlockArguments, blockEdit, editBlock } from '../../engine/modules/blockinfile/edit.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { ansibleEdits, hasAnsible } from './ansible_text.ts';
import { keepsTheLaws, probeHere } from './harness.ts';
import { shownOnText } from './shown_on_text.ts';

type Given = Partial<BlockArguments>;

function edited(text: string, args: Given): string {
  const edit = blockEdit({ block: '', marker: '# {mark}', ...args });
  return Buffer.from(editBlock(Buffer.from(text).toString('latin1'), edit).text, 'latin1').toString();
}

describe('block edits', () => {
  test.each<[string, Given, string]>([
    ['a\n', { block: 'x\ny' }, 'a\n# BEGIN\nx\ny\n# END\n'],
    ['a\n', { block: 'x\n' }, 'a\n# BEGIN\nx\n# END\n'],
    ['a\n', { block: 'x\n\n' }, 'a\n# BEGIN\nx\n\n# END\n'],
    ['a\n', { block: '\n' }, 'a\n# BEGIN\n\n# END\n'],
    ['a', { block: 'x' }, 'a\n# BEGIN\nx\n# END\n'],
    ['', { block: 'x' }, '# BEGIN\nx\n# END\n'],
    ['a\r\nb\r\n', { block: 'x\ny\r\nz' }, 'a\r\nb\r\n# BEGIN\r\nx\r\ny\r\nz\r\n# END\r\n'],
    ['a\n# BEGIN\nold\n# END\nb\n', { block: 'x' }, 'a\n# BEGIN\nx\n# END\nb\n'],
    ['# BEGIN\nold\n# END', { block: 'x' }, '# BEGIN\nx\n# END'],
    ['# BEGIN\nx\n# END', { block: 'x' }, '# BEGIN\nx\n# END'],
    [
      'a\n# BEGIN\n1\n# END\nb\n# BEGIN\n2\n# END\n',
      { block: 'x' },
      'a\n# BEGIN\n1\n# END\nb\n# BEGIN\nx\n# END\n',
    ],
    ['a\n# BEGIN\n1\n# END\nb\n# BEGIN\n2\n# END\n', { state: 'absent', block: 'x' }, 'a\nb\n'],
    ['a\n# BEGIN\n1\n# END\nb\n', { block: '' }, 'a\nb\n'],
    ['a\n', { state: 'absent' }, 'a\n'],
    ['a\nb\na\nc\n', { block: 'x', insertafter: '^a' }, 'a\nb\na\n# BEGIN\nx\n# END\nc\n'],
    ['a\nb\na\nc\n', { block: 'x', insertbefore: '^a' }, 'a\nb\n# BEGIN\nx\n# END\na\nc\n'],
    ['a\nb\n', { block: 'x', insertbefore: 'BOF' }, '# BEGIN\nx\n# END\na\nb\n'],
    ['a\nb\n', { block: 'x', insertafter: 'EOF' }, 'a\nb\n# BEGIN\nx\n# END\n'],
    ['a\nb', { block: 'x', insertafter: 'none' }, 'a\nb\n# BEGIN\nx\n# END\n'],
    ['a\nb', { block: 'x', insertafter: '^b' }, 'a\nb\n# BEGIN\nx\n# END\n'],
    ['a\n# BEGIN\nold\n# END\nb\n', { block: 'x', insertafter: 'EOF' }, 'a\n# BEGIN\nx\n# END\nb\n'],
    ['a\nb\nc\nb\n', { block: 'x', insertafter: '(?m)a\\nb' }, 'a\nb\n# BEGIN\nx\n# END\nc\nb\n'],
    ['a\nb\nc\nb\n', { block: 'x', insertbefore: '(?m)^b' }, 'a\n# BEGIN\nx\n# END\nb\nc\nb\n'],
    ['a\nb\n', { block: 'x', insertafter: '(?m)^c' }, 'a\nb\n# BEGIN\nx\n# END\n'],
    ['a\nb\n', { block: 'x', insertafter: '^a', append_newline: true }, 'a\n# BEGIN\nx\n# END\n\nb\n'],
    ['a\nb\n', { block: 'x', insertafter: '^a', prepend_newline: true }, 'a\n\n# BEGIN\nx\n# END\nb\n'],
    ['a\n\n\nb\n', { block: 'x', insertafter: '^$', prepend_newline: true }, 'a\n\n\n# BEGIN\nx\n# END\nb\n'],
    ['a\n', { block: 'x', append_newline: true, prepend_newline: true }, 'a\n\n# BEGIN\nx\n# END\n'],
    [
      'a\n',
      { block: 'x', marker: '<!-- {mark} {mark} -->', marker_begin: '$&', marker_end: 'E' },
      'a\n<!-- $& $& -->\nx\n<!-- E E -->\n',
    ],
    ['ö\n# ÜBEGIN\nold\n# ÜEND\n', { block: 'ß', marker: '# Ü{mark}' }, 'ö\n# ÜBEGIN\nß\n# ÜEND\n'],
  ])('%j with %j gives %j', (text, args, expected) => {
    expect(edited(text, args)).toBe(expected);
    expect(edited(expected, args)).toBe(expected);
  });

  test.each<[string, Given, string]>([
    ['a\n# BEGIN\nx\n', { block: 'x' }, 'a marker stands without its other one: line 2 (# BEGIN)'],
    ['a\n# END\n', { state: 'absent' }, 'line 2 (# END)'],
    ['# BEGIN\n# BEGIN\nx\n# END\n', { block: 'x' }, 'line 1 (# BEGIN)'],
    ['# BEGIN\nx\n# END\ny\n# END\n', { block: 'x' }, 'line 5 (# END)'],
    ['ü\n# ÜBEGIN\n', { block: 'x', marker: '# Ü{mark}' }, 'line 2 (# ÜBEGIN)'],
    ['', { block: 'a\n# END\nb' }, 'one of its markers'],
    ['', { block: 'a', marker: '{mark}\n' }, 'more than one line'],
    ['', { block: 'a', marker_end: 'BEGIN' }, 'the same'],
    ['', { block: 'a', insertafter: 'a', insertbefore: 'b' }, 'exclude each other'],
    ['', { block: 'a', insertafter: '(' }, 'insertafter: '],
    [`${'a'.repeat(40)}\n`, { block: 'a', insertbefore: '(?m)(a+)+!' }, 'took longer than'],
  ])('%j with %j is refused', (text, args, why) => {
    const act = (): string => edited(text, args);
    expect(act).toThrow(why);
    expect(act).toThrow(CannotPlan);
  });
});

const root = scratch();

test.runIf(hasAnsible('ansible.modules.blockinfile'))(
  "Ansible's own blockinfile edits alike (needs ansible-core)",
  () => {
    const line = fc.constantFrom('a', 'b', 'ab', '', '# BEGIN\nx\n# END', '# BEGIN\n# END');
    const pattern = fc.constantFrom('^a', 'b$', 'x', '^$', '(?m)^b', '(?m)a\\nb', '(?m)\\n');
    const place = fc.oneof(
      fc.constant({}),
      fc.record({ insertafter: fc.oneof(pattern, fc.constant('EOF')) }),
      fc.record({ insertbefore: fc.oneof(pattern, fc.constant('BOF')) }),
    );
    const cases = fc
      .sample(
        fc.record({
          lines: fc.array(line, { maxLength: 6 }),
          isEnded: fc.boolean(),
          place,
          block: fc.constantFrom('x', 'y\nz\n', '', '\n'),
          state: fc.constantFrom('present' as const, 'present' as const, 'absent' as const),
        }),
        { numRuns: 1000, seed: 3 },
      )
      .map(({ lines, isEnded, place: at, ...args }) => ({
        text: lines.join('\n') + (isEnded && lines.length > 0 ? '\n' : ''),
        args: { marker: '# {mark}', marker_begin: 'BEGIN', marker_end: 'END', ...args, ...at },
      }))
      // Ansible does not see an END without an end of line, and removes one of several blocks only.
      .filter(({ text }) => !text.endsWith('# END') && (text.match(/END/g) ?? []).length < 2)
      // Ansible ends the last line although nothing is put behind it.
      .filter(({ text, args }) => text.endsWith('\n') || (args.state === 'present' && args.block !== ''));
    expect(cases.length).toBeGreaterThan(400);
    const theirs = ansibleEdits('ansible.modules.blockinfile', cases, `${root}/ansible`);
    const expected = cases.flatMap((one, index) => {
      const gives = theirs[index];
      return gives === null ? [] : [{ ...one, gives }];
    });
    expect(expected.length).toBeGreaterThan(cases.length * 0.9);
    const made = expected.map(({ text, args }) => ({ text, args, gives: edited(text, args) }));
    expect(made).toEqual(expected);
  },
);

describe.each(shells)('blockinfile on %s', (shell) => {
  const at = `${root}/${shell}`;
  const args = (own: Partial<BlockInFileArgs>): BlockInFileArgs => ({ path: `${at}/file`, ...own });
  const obey = (own: Partial<BlockInFileArgs>) =>
    keepsTheLaws(shell, blockinfile, args(own), at).map(({ what }) => what.replaceAll(at, ''));
  const plan = (own: Partial<BlockInFileArgs>) =>
    blockinfile.plan(args(own), probeHere(shell, blockinfile.probe(args(own))));
  const marked = (mark: string): string => `# ${mark} ANSIBLE MANAGED BLOCK`;

  test('a block is put, set, removed', () => {
    emptied(at);
    writeFileSync(`${at}/file`, `a\n${marked('BEGIN')}\nold\n${marked('END')}\n`, { mode: 0o640 });
    expect(obey({ block: 'new' })).toEqual(['set the block in /file']);
    expect(obey({ block: 'old', mode: '0600' })).toEqual(['/file: mode 0640 → 0600']);
    expect(obey({ content: 'old' })).toEqual([]);
    expect(obey({ block: 'x', marker: '; {mark}', backup: true, validate: 'grep -q x %s' })).toEqual([
      'add a block to /file',
    ]);
    expect(obey({ state: 'absent' })).toEqual(['remove the block from /file']);
    expect(obey({ state: 'absent', marker: '; {mark}' })).toEqual([]);
  });

  test('a file is made where asked', () => {
    emptied(at);
    expect(() => plan({ block: 'x' })).toThrow('does not exist');
    expect(obey({ block: 'x', create: true, path: `${at}/d/file` })).toEqual([
      'make directory /d',
      'add a block to /d/file',
    ]);
    expect(obey({ state: 'absent', create: true })).toEqual([]);
  });
});

test('a secret block is never shown', () => {
  const args = { path: '/x', block: new Secret('key=s3cret') };
  const shown = shownOnText(blockinfile, args, 's3cret too\n');
  expect(shown.what).toBe('add a block to /x');
  expect(JSON.stringify(shown)).not.toContain('s3cret');
});
