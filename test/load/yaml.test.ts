import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleErrors } from '../../engine/errors.ts';
import { parseYaml } from '../../engine/load/yaml.ts';
import { toValue, type YamlNode } from '../../engine/load/yaml_node.ts';

function read(text: string): unknown {
  const { root } = parseYaml(text, 'file.yml', 'playbook');
  return root === null ? undefined : toValue(root);
}

function saidOf(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof FettleErrors) return error.errors.map(formatError).join('\n');
    throw error;
  }
  return 'nothing';
}

describe('values', () => {
  test.each<[text: string, value: unknown]>([
    ['', undefined],
    ['# nothing\n', undefined],
    ['a: yes\nb: on\nc: true', { a: 'yes', b: 'on', c: true }],
    ['a: 1.5\nb: 0x1f\nc: 0o17\nd: 0', { a: 1.5, b: 31, c: 15, d: 0 }],
    ['a:\nb: ~', { a: null, b: null }],
    ['1: a\n1.10: b', { '1': 'a', '1.10': 'b' }],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
    [
      '- &x {a: 1, b: 2}\n- <<: *x\n  b: 3',
      [
        { a: 1, b: 2 },
        { b: 3, a: 1 },
      ],
    ],
    ['<<: [{a: 1}, {a: 2, b: 2}]', { a: 1, b: 2 }],
    ['a: |\n  one\n   two\nb: >-\n  one\n  two', { a: 'one\n two\n', b: 'one two' }],
    ['a: !!str 12', { a: '12' }],
    ['\uFEFFa: 1', { a: 1 }],
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
    ['{"a": [1, "b"]}', { a: [1, 'b'] }],
    ['constructor: 1\ntoString: 2', { constructor: 1, toString: 2 }],
  ])('%j → %j', (text, value) => {
    expect(read(text)).toEqual(value);
  });
});

describe('mistakes', () => {
  test.each<[text: string, said: string]>([
    [
      'a:\n\tb: 2',
      'file.yml:2:1: A tab is used as indentation\n    \tb: 2\n    ^\n  Indent with spaces; YAML takes no tabs here.',
    ],
    [
      '- hosts: all\n\ttasks: []',
      'file.yml:2:1: A tab is used as indentation\n    \ttasks: []\n    ^\n  Indent with spaces; YAML takes no tabs here.',
    ],
    [
      'a: "b\u0000"',
      'file.yml:1:6: The character U+0000 cannot stand in a text file\n    a: "b\u0000"\n         ^\n  Remove it; where it is meant, write it in double quotes as "\\x00".',
    ],
    [
      "a: !unsafe '{{ b }}'",
      "file.yml:1:4: The tag `!unsafe` is not known\n    a: !unsafe '{{ b }}'\n       ^\n  Remove it, and write `\\{{` for braces that are text.",
    ],
    [
      '- hosts: all\n  tasks:\n   - x: 1\n  - y: 2',
      'file.yml:4:3: The indentation of this line fits nothing above it\n    - y: 2\n    ^\n  Start it in the same column as the line that it belongs beside.',
    ],
    [
      '- hosts: all\n   tasks: 1',
      'file.yml:2:4: This line is indented further than the key above it, which has a value already\n    tasks: 1\n    ^\n  Start it in the same column as the key above.',
    ],
    [
      '- hosts: all\n  tasks\n  vars: 1',
      'file.yml:2:3: `tasks` has no colon\n    tasks\n    ^\n  Write `tasks: …`; a text that goes on over several lines starts with `|` or `>`.',
    ],
    [
      'hosts:all\nb: 1',
      'file.yml:1:6: A space is missing after the colon\n    hosts:all\n         ^\n  Write `hosts: all`.',
    ],
    [
      'shell: echo "a: b"',
      'file.yml:1:15: A second `: ` on one line\n    shell: echo "a: b"\n                  ^\n  If it is text, put the whole value in quotes; if it is a map, start it on the next line, indented.',
    ],
    [
      'a: {{ x }}/b',
      'file.yml:1:4: A value that starts with `{{` must be in quotes\n    a: {{ x }}/b\n       ^\n  Write "{{ x }}/b".',
    ],
    [
      '- {{ x }}',
      'file.yml:1:3: A value that starts with `{{` must be in quotes\n    - {{ x }}\n      ^\n  Write "{{ x }}".',
    ],
    [
      'a: {% if x %}b',
      'file.yml:1:4: `{% … %}` is Jinja\n    a: {% if x %}b\n       ^\n  Put text with `{{#if name}}…{{/if}}` in quotes, or use `when:` with two tasks.',
    ],
    [
      "a: 'it's'",
      "file.yml:1:8: There is text after the closing quote\n    a: 'it's'\n           ^\n  Quote the whole value, or none of it; within single quotes write '' for one.",
    ],
    [
      'a: 1\nb: "abc\nc: 2',
      'file.yml:2:4: The quote " is opened here and never closed\n    b: "abc\n       ^\n  Close it with ".',
    ],
    [
      'a: [1, 2\nb: 3',
      'file.yml:1:4: `[` is opened here and not closed\n    a: [1, 2\n       ^\n  Close it with `]`.',
    ],
    [
      'a: "\\d"',
      'file.yml:1:5: `\\d` is no escape in double quotes\n    a: "\\d"\n        ^\n  Use single quotes (\'…\'), in which a backslash is just a backslash, or write `\\\\`.',
    ],
    ['a: @b', 'file.yml:1:4: A value cannot start with @\n    a: @b\n       ^\n  Put the value in quotes.'],
    [
      'a: *b',
      'file.yml:1:4: There is no anchor `&b`\n    a: *b\n       ^\n  A value that starts with `*` refers to an anchor `&` further up.\n  If text is meant, put it in quotes: "*b".',
    ],
    [
      'a: &x [*x]',
      'file.yml:1:8: `*x` contains itself\n    a: &x [*x]\n           ^\n  Write the value out.',
    ],
    [
      'a: !x b',
      'file.yml:1:4: The tag `!x` is not known\n    a: !x b\n       ^\n  Remove the tag; if text is meant, put it in quotes.',
    ],
    [
      'a: - b',
      'file.yml:1:4: A list starts on the line after its key\n    a: - b\n       ^\n  Move `- …` to the next line, or write `[a, b]`.',
    ],
    [
      'a: 1\nb: 2\na: 3',
      'file.yml:3:1: `a` is given twice\n    a: 3\n    ^\n  The first one is at file.yml:1:1.\n  Keep one of the two.',
    ],
    [
      'mode: 0644\nid: 007',
      'file.yml:1:7: 0644 without quotes is the number 644, its leading zero is lost\n    mode: 0644\n          ^\n  Put it in quotes: "0644".\nfile.yml:2:5: 007 without quotes is the number 7, its leading zero is lost\n    id: 007\n        ^\n  Put it in quotes: "007".',
    ],
    [
      'version: 2.0\ncommit: 1234e5',
      'file.yml:1:10: 2.0 without quotes is the number 2\n    version: 2.0\n             ^\n  Put it in quotes: "2.0"; or write 2, if the number is meant.\nfile.yml:2:9: 1234e5 without quotes is the number 123400000\n    commit: 1234e5\n            ^\n  Put it in quotes: "1234e5"; or write 123400000, if the number is meant.',
    ],
    [
      'id: 12345678901234567890',
      'file.yml:1:5: 12345678901234567890 is too large for a number, its last digits would be lost\n    id: 12345678901234567890\n        ^\n  Put it in quotes: "12345678901234567890".',
    ],
    [
      'a: 1\n---\nb: 2',
      'file.yml:2:1: A second YAML document starts here\n    ---\n    ^\n  Keep one document in a file: remove this `---` and what follows, or move it to a file of its own.',
    ],
    [
      '__proto__: 1',
      'file.yml:1:1: `__proto__` is not allowed as a key\n    __proto__: 1\n    ^\n  Choose another name.',
    ],
    ['? [a]\n: 1', 'file.yml:1:3: A key must be a word\n    ? [a]\n      ^\n  Write `key: value`.'],
    ['<<: 1', 'file.yml:1:5: `<<` merges maps only\n    <<: 1\n        ^\n  Write `<<: *anchor` of a map.'],
  ])('%j', (text, said) => {
    expect(saidOf(text)).toBe(said);
  });

  test('aliases that grow without end are refused before they fill the memory', () => {
    const rows = Array.from(
      { length: 30 },
      (_, row) => `a${row}: &a${row} [${row === 0 ? 'x' : `*a${row - 1}, *a${row - 1}`}]`,
    );
    expect(saidOf(rows.join('\n'))).toContain('The aliases of this file grow into too many values');
  });

  test.each([
    ['lists', '[', ']'],
    ['maps', '{a: ', '}'],
  ])('%s within one another without end are told of', (_, open, close) => {
    const said = saidOf(`a: ${open.repeat(20_000)}1${close.repeat(20_000)}`);
    expect(said).toMatch(/^file\.yml:1:\d+: Lists and maps are too deep within one another here\n/);
  });

  test('a vault value is refused where it is read', () => {
    const { root } = parseYaml('a: 1\nb: !vault |\n  $ANSIBLE_VAULT;1.1\n', 'file.yml', 'playbook');
    const [a, b] = [...(root?.kind === 'map' ? root.entries.values() : [])].map((entry) => entry.value);
    expect(toValue(a as YamlNode)).toBe(1);
    expect(() => toValue(b as YamlNode)).toThrow('`!vault` values are not supported yet');
  });
});

describe('the place of a character of a value', () => {
  test.each([
    ['a: some {{x}}'],
    ['a: "some {{x}}"'],
    ["a: 'some {{x}}'"],
    ["a: 'it''s {{x}}'"],
    ['a: "tab\\t\\u00e9 \\"q\\" {{x}}"'],
    ['a: |\n  one\n\n    two {{x}}\n'],
    ['a: |2-\n  one\n  {{x}}'],
    ['a: >\n  one\n  two\n\n  three {{x}}\n'],
    ['a: one\n  two {{x}}\n'],
    ['a: "one\n  two {{x}}"'],
    ['b: 1\na: 汉字 {{x}}'],
  ])('%j', (text) => {
    const { root } = parseYaml(text, 'file.yml', 'playbook');
    const node = root?.kind === 'map' ? root.get('a') : undefined;
    if (node?.kind !== 'scalar') throw new Error('no scalar');
    const { line, column } = node.locate(String(node.value).indexOf('{{x'));
    expect(text.split('\n')[line - 1]?.slice(column - 1, column + 2)).toBe('{{x');
  });
});

test('whatever the text, it is read or told of', () => {
  const pieces = fc.constantFrom(
    'a',
    ':',
    ' ',
    '\n',
    '- ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '&x ',
    '*x',
    '!t ',
    '|',
    '>',
    '\t',
    '#',
    '<<',
    '0',
    ',',
    '?',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 20 }), (parts) => {
      expect(typeof saidOf(parts.join(''))).toBe('string');
    }),
    { numRuns: 3000 },
  );
});
