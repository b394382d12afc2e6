import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../engine/shell/secret.ts';
import { helpers } from '../../engine/template/helpers.ts';
import { compileText } from '../../engine/template/text.ts';
import { compileValue } from '../../engine/template/value.ts';
import { alone, saidBy, scopeOf, shown } from './scope.ts';

const variables = {
  one: 1,
  two: 2,
  yes: true,
  no: false,
  word: 'Word',
  path: '/etc/app/main.cfg',
  empty: [],
  nothing: null,
  list: ['x', 'y'],
  map: { key: { deep: 'found' }, 'with-dash': 1 },
  users: [
    { name: 'ann', admin: true },
    { name: 'bob', admin: false },
  ],
  password: new Secret('hunter2'),
  account: { name: 'ann', password: new Secret('hunter2') },
};

describe('a text gives', () => {
  test.each<[text: string, value: unknown]>([
    ['plain', 'plain'],
    ['{{one}}{{two}}', '12'],
    ['{{ one }}', 1],
    ['{{yes}}', true],
    ['{{list}}', ['x', 'y']],
    ['{{nothing}}', null],
    [' {{one}}', ' 1'],
    ['{{yes}} & <{{word}}>', 'true & <Word>'],
    ['\\{{one}}', '{{one}}'],
    ['{{"{{"}}one', '{{one'],
    ['{{! a comment }}a', 'a'],
    ['{{map.key.deep}}', 'found'],
    ['{{map.[with-dash]}}', 1],
    ['{{list.[1]}}', 'y'],
    ['{{list.length}}', 2],
    ['{{#if yes}}a{{else}}b{{/if}}', 'a'],
    ['{{#if no}}a{{else if one}}c{{else}}b{{/if}}', 'c'],
    ['{{#if empty}}a{{else}}b{{/if}}', 'b'],
    ['{{#if nothing}}a{{/if}}', ''],
    ['{{#unless no}}a{{/unless}}', 'a'],
    ['{{#each users}}{{@index}}:{{name}}{{#unless @last}}, {{/unless}}{{/each}}', '0:ann, 1:bob'],
    ['{{#each users as |user place|}}{{place}}:{{user.name}} {{/each}}', '0:ann 1:bob '],
    ['{{#each map.key}}{{@key}}={{this}}{{/each}}', 'deep=found'],
    ['{{#each list}}{{this}}{{../word}}{{@root.one}} {{/each}}', 'xWord1 yWord1 '],
    ['{{#each empty}}a{{else}}none{{/each}}', 'none'],
    ['{{#with map.key}}{{deep}}{{/with}}', 'found'],
    ['first\n{{#if yes}}\nsecond\n{{/if}}\nthird', 'first\nsecond\nthird'],
    ['{{default missing "else"}}', 'else'],
    ['{{default map.key.missing two}}', 2],
    ['{{default nothing "else"}}', 'else'],
    ['{{default word "else"}}', 'Word'],
    ['{{default word missing}}', 'Word'],
    ['{{dict2items map.key}}', [{ key: 'deep', value: 'found' }]],
    ['{{#each (dict2items map)}}{{key}} {{/each}}', 'key with-dash '],
    ['{{default (lookup map "missing") 1}}', 1],
    ['{{#if (defined missing.part)}}a{{else}}b{{/if}}', 'b'],
    ['{{defined word}}', true],
    ['{{join list}}', 'x, y'],
    ['{{join list "-"}}', 'x-y'],
    ['{{split "a,b" ","}}', ['a', 'b']],
    ['{{lower word}} {{upper word}}', 'word WORD'],
    ['{{basename path}} {{dirname path}}', 'main.cfg /etc/app'],
    ['{{replace path "/" "$&"}}', '$&etc$&app$&main.cfg'],
    ['{{json map}}', '{"key":{"deep":"found"},"with-dash":1}'],
    ['{{length list}}', 2],
    ['{{length "größe"}}', 5],
    ['{{first list}}{{last list}}', 'xy'],
    ['{{lookup map.key "deep"}}', 'found'],
    ['{{quote "it\'s"}}', "'it'\\''s'"],
    ['{{b64encode word}}', 'V29yZA=='],
    ['{{#if (eq word "Word")}}same{{/if}}', 'same'],
  ])('%s → %j', (text, value) => {
    expect(compileText(text, alone(text)).render(scopeOf(variables))).toEqual(value);
  });
});

describe('a secret stays one', () => {
  test.each<[text: string, revealed: string]>([
    ['{{password}}', 'hunter2'],
    ['{{word}}={{password}};', 'Word=hunter2;'],
    ['{{upper password}}', 'HUNTER2'],
    ['{{json account}}', '{"name":"ann","password":"hunter2"}'],
    ['{{default password "x"}}', 'hunter2'],
    ['{{#each account}}{{this}} {{/each}}', 'ann hunter2 '],
    ['{{#with account}}{{password}}{{/with}}', 'hunter2'],
    ['{{length password}}', '7'],
  ])('%s', (text, revealed) => {
    const value = compileText(text, alone(text)).render(scopeOf(variables));
    expect(value).toBeInstanceOf(Secret);
    expect((value as Secret).reveal()).toBe(revealed);
  });

  test('and is not in what only compares it', () => {
    expect(compileText('{{eq password "hunter2"}}', alone('')).render(scopeOf(variables))).toBe(true);
    expect(compileText('{{#if password}}set{{/if}}', alone('')).render(scopeOf(variables))).toBe('set');
  });
});

describe('a value that is no text or is missing', () => {
  test.each([
    [
      'x{{nothing}}',
      'task 4: `nothing` is null | Give it a value, or write `{{#if name}}…{{/if}}` around it.',
    ],
    [
      'x{{list}}',
      'task 4: `list` is a list | Write `{{join name ", "}}`, `{{json name}}` or `{{#each name}}…{{/each}}`.',
    ],
    ['x{{map}}', 'task 4: `map` is a map | Name one of its keys (`{{name.key}}`) or write `{{json name}}`.'],
    [
      '{{missing}}',
      'task 3: `missing` is not defined | Define it, or write `{{default missing "…"}}` where it may be missing.',
    ],
    [
      'a {{map.kye.deep}}',
      'task 5: `map.kye.deep` is not defined | map has: key, with-dash | Did you mean `key`?',
    ],
    [
      '{{#if missing}}a{{/if}}',
      'task 7: `missing` is not defined | Define it, or write `{{default missing "…"}}` where it may be missing.',
    ],
    [
      '{{lower missing}}',
      'task 9: `missing` is not defined | Define it, or write `{{default missing "…"}}` where it may be missing.',
    ],
    [
      '{{#each users}}{{nmae}}{{/each}}',
      'task 18: `nmae` is not defined | It has: name, admin | Did you mean `name`?',
    ],
    ['{{#each word}}a{{/each}}', 'task 9: `{{#each}}` takes a list or a map'],
    ['{{join word}}', 'task 3: `join` takes a list'],
    ['{{dict2items list}}', 'task 3: `dict2items` takes a map'],
    [
      '{{#each users}}{{word}}{{/each}}',
      'task 18: `word` is not defined | It has: name, admin | Within the block a name means a part of its value; the variable is `@root.word`.',
    ],
    [
      '{{first empty}}',
      'task 3: `first` finds nothing: the list is empty | Test it: `{{#if list}}…{{/if}}`.',
    ],
    ['{{password.length}}', 'task 3: `password.length` is a secret, which has no parts'],
    [
      '{{lookup map "no"}}',
      'task 3: `lookup map "no"` finds nothing | Write `{{default (…) "…"}}` around it where it may be missing.',
    ],
    [
      '{{constructor}}',
      'task 3: `constructor` is not defined | Define it, or write `{{default constructor "…"}}` where it may be missing.',
    ],
    [
      '{{map.constructor}}',
      'task 3: `map.constructor` is not defined | map has: key, with-dash | Define it, or write `{{default map.constructor "…"}}` where it may be missing.',
    ],
  ])('%s', (text, said) => {
    const template = compileText(text, alone(text));
    expect(saidBy(() => template.render(scopeOf(variables)))).toBe(said);
  });
});

test.each([
  ["{{ a['b']['c-d'][0].e }}", '{{a.b.[c-d].[0].e}}'],
  ["{{ hostvars[item]['a'] }}", '{{lookup (lookup hostvars item) "a"}}'],
  ["{{ groups['web'] | first }}", '{{first groups.web}}'],
  ["{{ a | default('b c') | upper }}", "{{upper (default a 'b c')}}"],
  ["{{ a | default('b', true) }}", '{{#if a}}{{a}}{{else}}b{{/if}}'],
  ['{{ a | to_nice_json(indent=2) }}', '{{json a}}'],
  ['{{ a | count }}', '{{length a}}'],
  ['{{ a | d(b.c) }}', '{{default a b.c}}'],
  ["{{ a | map | join('|') }}", undefined],
  ["{{ a | join('|') }}", "{{join a '|'}}"],
  ['{{ a.items() | list }}', '{{dict2items a}}'],
  ["{{ a | ternary('b', c) }}", '{{#if a}}b{{else}}{{c}}{{/if}}'],
  ["{{ 'b' if a == 'x' else 'c' }}", "{{#if (eq a 'x')}}b{{else}}c{{/if}}"],
  ["{{ 'b' if not a is defined else 'c' }}", '{{#unless (defined a)}}b{{else}}c{{/unless}}'],
  ["{{ 'http://' ~ a['b'] ~ '/' }}", 'http://{{a.b}}/'],
  ["{{ a == 'b' }}", "{{eq a 'b'}}"],
])('%s is to be written %s', (jinja, written) => {
  const said = saidBy(() => compileText(jinja, alone(jinja)));
  if (written === undefined) expect(said).not.toContain('| Write ');
  else {
    expect(said).toMatch(new RegExp(` \\| Write \`${written.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\`\\.$`));
    expect(() => compileText(written, alone(written))).not.toThrow();
  }
});

describe('`omit`', () => {
  const render = (value: Parameters<typeof compileValue>[0]) =>
    compileValue(value).render(scopeOf(variables));
  const text = (value: string) =>
    ({ kind: 'scalar', value, at: alone(value), locate: () => alone(value) }) as const;
  const map = (entries: Record<string, string>) =>
    ({
      kind: 'map',
      at: alone(''),
      entries: new Map(Object.entries(entries).map(([key, value]) => [key, { value: text(value) }])),
    }) as const;

  test('leaves out the entry of a map or list that it is for, where the name is missing', () => {
    expect(render(map({ a: '{{default missing omit}}', b: '{{default word omit}}' }))).toEqual({ b: 'Word' });
    const list = [text('{{default missing omit}}'), text('b')];
    expect(render({ kind: 'list', at: alone(''), items: list })).toEqual(['b']);
  });

  test.each(['a {{default missing omit}}', '{{#if (default missing omit)}}a{{/if}}b'])(
    'is an error as a part of a text: %s',
    (part) => {
      expect(saidBy(() => render(map({ a: part })))).toMatch(/^task \d+: `omit` leaves out a whole argument/);
    },
  );
});

describe('what is wrong before any value is known', () => {
  test.each([
    ['{{ x | default("y") }}', 'playbook 4: `|` is Jinja | Write `{{default x "y"}}`.'],
    ['a {{ x | lower }}', 'playbook 6: `|` is Jinja | Write `{{lower x}}`.'],
    ["{{ list | join(',') }}", "playbook 4: `|` is Jinja | Write `{{join list ','}}`."],
    [
      "{{ 'a' if b else c }}",
      'playbook 4: `x if y else z` is Jinja | Write `{{#if b}}a{{else}}{{c}}{{/if}}`.',
    ],
    ['{{ a ~ b }}', 'playbook 6: `~` is Jinja | Write `{{a}}{{b}}`.'],
    ['{{ list[0] }}', 'playbook 4: `[…]` after a name is Jinja | Write `{{list.[0]}}`.'],
    [
      '{{ list[a + 1] }}',
      'playbook 4: `[…]` after a name is Jinja | Write `{{name.key}}`, `{{name.[0]}}`, or `{{lookup name other}}` where the key is a variable.',
    ],
    ['{% if a %}b{% endif %}', 'playbook 1: `{% if … %}` is Jinja | Write `{{#if name}}…{{else}}…{{/if}}`.'],
    [
      '{% for a in b %}',
      'playbook 1: `{% for … %}` is Jinja | Write `{{#each names as |name|}}…{{name}}…{{/each}}`.',
    ],
    [
      '{{ a + 1 }}',
      'playbook 6: Text cannot compute | Use `when:` for conditions; `{{eq a b}}` compares two values.',
    ],
    [
      "{{ lookup('env', 'HOME') }}",
      'playbook 4: `lookup(…)` is Jinja | Name a file as `src:` of `copy`, `template` or `script`; values come from `vars_files:` or `-e`.',
    ],
    ['x {{ item.0 }} {{ item.1 }}', 'playbook 6: A number stands in brackets | Write `{{item.[0]}}`.'],
    ["{{ a.split(',') }}", "playbook 4: A call with parentheses is Jinja | Write `{{split a ','}}`."],
    ['{{ a | default(omit) }}', 'playbook 4: `|` is Jinja | Write `{{default a omit}}`.'],
    [
      '{{ a | default([]) }}',
      'playbook 4: `|` is Jinja | For a `loop`, put `when: defined(name)` beside it; elsewhere write `empty: []` below `vars:`, and `{{default name empty}}`.',
    ],
    [
      '{{ a | combine(b) }}',
      `playbook 4: \`|\` is Jinja | There is no helper for the filter \`combine\`: give the value as it is to be below \`vars:\`, or make it with \`command\` and \`register\`. The helpers are: ${[...helpers.keys()].join(', ')}.`,
    ],
    [
      '{{ now() }}',
      `playbook 4: A call with parentheses is Jinja | Write \`{{helper name}}\`. The helpers are: ${[...helpers.keys()].join(', ')}.`,
    ],
    ['{{ not a }}', 'playbook 4: `not` is Jinja | Write `{{#unless name}}…{{/unless}}`, or `when: "!name"`.'],
    [
      '{{ [1, 2] }}',
      'playbook 4: A text holds no list | Write the list in YAML, without braces around it; or put it into a variable.',
    ],
    [
      "{{ {'a': 1} }}",
      'playbook 4: A text holds no list and no map | Write it in YAML, without braces around it; or put it into a variable.',
    ],
    ['{{{a}}}', 'playbook 1: `{{{` and `{{&` are not taken | Write `{{name}}`: fettle never escapes text.'],
    ['{{&a}}', 'playbook 1: `{{{` and `{{&` are not taken | Write `{{name}}`: fettle never escapes text.'],
    [
      '{{> part}}',
      'playbook 1: Partials and decorators (`{{> …}}`, `{{* …}}`) are not taken | Write the text out, or put it into a variable.',
    ],
    ['{{a', 'playbook 1: `{{` is opened here and never closed | Close it with `}}`.'],
    ['b {{#if a}}c', 'playbook 3: `{{#if}}` is never closed | Close it with `{{/if}}`.'],
    ['{{#if a}}b{{/each}}', 'playbook 4: `{{#if}}` is closed by `{{/each}}` | Close it with `{{/if}}`.'],
    [
      '{{.Names}}',
      'playbook 3: This is no template that Handlebars can read | Write `{{name}}` or `{{helper name}}`; to keep `{{` as text, write `\\{{`.',
    ],
    ['{{jion list}}', 'playbook 3: There is no helper `jion` | Did you mean `join`?'],
    ['{{if a}}', 'playbook 3: There is no helper `if` | Write `{{#if value}}…{{/if}}`.'],
    [
      '{{#fi a}}{{/fi}}',
      'playbook 4: There is no block `{{#fi}}` | The blocks are: {{#if}}, {{#unless}}, {{#each}}, {{#with}}.',
    ],
    ['{{#wiht a}}{{/wiht}}', 'playbook 4: There is no block `{{#wiht}}` | Did you mean `with`?'],
    [
      '{{default a}}',
      'playbook 3: `default` is a helper and is not used like this | Write `{{default name "else"}}`.',
    ],
    [
      '{{#each a}}{{first}}{{/each}}',
      'playbook 14: `first` is a helper and is not used like this | Write `{{first list}}`, or `this.first` for the key.',
    ],
    ['{{../a}}', 'playbook 3: `../a` goes up too far | Leave out a `../`.'],
    ['{{this}}', 'playbook 3: `this` means nothing here | Name a variable.'],
    ['{{@index}}', 'playbook 3: `@index` is known within {{#each}} only | Move it into the {{#each}}.'],
    ['{{lower.part}}', 'playbook 3: `lower` is a helper or block, not a variable | Name a variable.'],
  ])('%s', (text, said) => {
    expect(saidBy(() => compileText(text, alone(text)))).toBe(said);
  });
});

test.each<[text: string, references: string[]]>([
  ['plain', []],
  ['{{a}} {{b.c}}', ['a@3', 'b.c@9']],
  ['{{#if a}}{{lower b}}{{/if}}', ['a@7', 'b@18']],
  ['{{#each a as |x|}}{{x}}{{b}}{{this.c}}{{../d}}{{@root.e}}{{@key}}{{/each}}', ['a@9', 'd@41', 'e@49']],
  ['{{default a.b c}}', ['a.b?@11', 'c@15']],
  ['{{#if (defined a)}}{{a}}{{/if}}', ['a?@16', 'a@22']],
])('%s depends on %j', (text, references) => {
  const template = compileText(text, alone(text));
  expect(shown(template.references)).toEqual(references);
  expect(template.constant).toBe(references.length === 0);
});

test('places are told by whoever knows the file', () => {
  const source = 'one\ntwo {{missing}}';
  const template = compileText(source, alone(''), (offset) => ({ file: 'f', line: 7, column: offset }));
  expect(template.references[0]?.at).toEqual({ file: 'f', line: 7, column: 10 });
});

test('what the scope throws comes out as it is', () => {
  class Waiting extends Error {}
  const scope = {
    has: () => true,
    get: () => {
      throw new Waiting();
    },
  };
  for (const text of ['{{a}}', 'x{{a.b}}', '{{default a 1}}', '{{#each a}}{{/each}}'])
    expect(() => compileText(text, alone(text)).render(scope)).toThrow(Waiting);
});

test('any text without braces is itself, and any value of a variable comes out unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const scope = scopeOf({ value });
      if (!/\{\{|\{%/.test(value)) expect(compileText(value, alone(value)).render(scope)).toBe(value);
      expect(compileText('{{value}}', alone('')).render(scope)).toBe(value);
      expect(compileText('<{{value}}>', alone('')).render(scope)).toBe(`<${value}>`);
      expect(
        compileText('{{#each list}}{{this}}{{/each}}', alone('')).render(scopeOf({ list: [value, value] })),
      ).toBe(value + value);
    }),
  );
});

test('no text makes it fail but with a mistake of the user’s', () => {
  const pieces = fc.constantFrom(
    '{{',
    '}}',
    '#if ',
    '/if',
    'a',
    '.',
    ' ',
    '"',
    '|',
    '{',
    '(',
    ')',
    '\n',
    '@',
    '../',
    'else',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      saidBy(() => compileText(text, alone(text)).render(scopeOf({ a: 'x' })));
    }),
    { numRuns: 2000 },
  );
});
