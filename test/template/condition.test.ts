import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../engine/shell/secret.ts';
import { functionHelp } from '../../engine/template/cel_environment.ts';
import { compileCondition } from '../../engine/template/condition.ts';
import { alone, saidBy, scopeOf, shown } from './scope.ts';

const variables = {
  one: 1,
  half: 0.5,
  word: 'Word',
  yes: true,
  nothing: null,
  list: ['x', 'y'],
  numbers: [1, 2, 3],
  empty: [],
  map: { key: { deep: 'found' }, 'with-dash': 1, zero: 0 },
  frozen: Object.freeze([Object.freeze({ name: 'ann' })]),
  users: [
    { name: 'ann', admin: true, password: new Secret('hunter2') },
    { name: 'bob', admin: false },
  ],
  password: new Secret('hunter2'),
  inventory_hostname: 'web1',
  hostvars: {
    web1: { rc: 0 },
    get web2(): object {
      throw new RangeError('not asked for yet');
    },
  },
  kernel: '4.19.90-52.39.v2207.ky10.x86_64',
};

function evaluate(source: string): unknown {
  return compileCondition(source, alone(source)).evaluate(scopeOf(variables));
}

describe('an expression gives', () => {
  test.each<[source: string, value: unknown]>([
    ['one == 1', true],
    ['type(one) == int && type(word) == string', true],
    ['one == 1.0', true],
    ["one == '1'", false],
    ['one != 2 && half < one', true],
    ['one + half', 1.5],
    ['one + 1', 2],
    ['half * 2', 1],
    ['7 / 2', 3],
    ['one > 0.5 || missing', true],
    ["yes ? 'a' : 'b'", 'a'],
    ['!yes', false],
    ["list[0] == 'x'", true],
    ["'x' in list", true],
    ["'or' in word", true],
    ["'no' in word || 'WORD' in word", false],
    ["word in ('a ' + word)", true],
    ['!(one in numbers)', false],
    ["list == ['x', 'y']", true],
    ["'key' in map", true],
    ["map['with-dash'] == 1", true],
    ['map.key', { deep: 'found' }],
    ['map.zero == 0', true],
    ['nothing == null', true],
    ['size(list)', 2],
    ['list.size() == 2', true],
    ["word.startsWith('W') && word.endsWith('d') && word.contains('or')", true],
    ["lower(word) + upper('x')", 'wordX'],
    ["basename('/etc/app.cfg') == 'app.cfg' && dirname('/etc/app.cfg') == '/etc'", true],
    ["matches(word, '^W[a-z]+$')", true],
    ["matches('a-b', 'a\\\\-b')", true],
    ["version(kernel) < version('4.19.90-52.40')", true],
    ["version('2.0-1', 'dpkg') < version('2.0-1+b1', 'dpkg') && version('1.0') > version('1.0+')", false],
    ["version('1.0a', 'dpkg') < version('1.0+', 'dpkg')", true],
    ["version('1.10') > version('1.9') && version('1.0') == version('1.0-3')", true],
    ["int('5') + 1", 6],
    ["string(one) + 'a'", '1a'],
    ['frozen.exists(user, user.name == "ann")', true],
    ['users.all(user, user.admin)', false],
    ['users.filter(user, user.admin).map(user, user.name)', ['ann']],
    ['numbers.map(n, n * 2)', [2, 4, 6]],
    ['hostvars[inventory_hostname].rc == 0', true],
    ['hostvars.web1.rc == 0', true],
    ["['web1'].all(host, hostvars[host].rc == 0)", true],
    ['has(map.key) && !has(map.other)', true],
    ['(map.key).deep == "found"', true],
    ['one == 1 &&\n  map.\n  key.deep == "found"', true],
    ['defined(word)', true],
    ['defined(missing)', false],
    ['defined(map.key.missing.further)', false],
    ["defined(hostvars['web1'].rc)", true],
    ['!defined(missing) || missing == 1', true],
    ["default(missing, 'x')", 'x'],
    ['default(map.missing, default(missing, 3))', 3],
    ['default(nothing, 2)', 2],
    ['default(one, 2)', 1],
    ['users.map(user, default(user.age, 0))', [0, 0]],
  ])('%s → %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  test('a boolean needs no text', () => {
    expect(compileCondition(true, alone('true')).evaluate(scopeOf({}))).toBe(true);
  });
});

describe('a secret stays one, unless all that comes out is a boolean', () => {
  test.each<[source: string, revealed: string]>([
    ['password', 'hunter2'],
    ["password + '!'", 'hunter2!'],
    ["password == 'hunter2' ? 'a' : 'b'", 'a'],
    ['size(password)', '7'],
    ["users[0]['password']", 'hunter2'],
  ])('%s', (source, revealed) => {
    const value = evaluate(source);
    expect(value).toBeInstanceOf(Secret);
    expect((value as Secret).reveal()).toBe(revealed);
  });

  test.each<[source: string, value: unknown]>([
    ["password == 'hunter2'", true],
    ["users.exists(user, default(user.password, '') == 'hunter2')", true],
    ['users.map(user, user.name)', ['ann', 'bob']],
  ])('%s → %j', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  test('what holds one is handed on as it is', () => {
    expect(evaluate('users.filter(user, user.admin)')).toEqual([variables.users[0]]);
  });
});

describe('what is wrong with values', () => {
  test.each([
    [
      'missing',
      'task 1: `missing` is not defined | Define it, or write `default(missing, …)` where it may be missing.',
    ],
    ['true || missing.x', 'nothing'],
    [
      'missing.x || true',
      'task 1: `missing.x` is not defined | Define it, or write `default(missing.x, …)` where it may be missing.',
    ],
    [
      'one == 1 && map.kye.deep == 1',
      'task 13: `map.kye.deep` is not defined | map has: key, with-dash, zero | Did you mean `key`?',
    ],
    [
      'default(missing, also)',
      'task 18: `also` is not defined | Define it, or write `default(also, …)` where it may be missing.',
    ],
    [
      "one > 'x'",
      'task 5: `>` does not work between a whole number and a text | Turn the text into a number: `int(name)`; or the number into text: `string(name)`.',
    ],
    [
      'word && yes',
      "task 1: true or false is needed here, this is a text | Compare it with something: `name == 'value'`, `defined(name)`, `size(list) > 0`.",
    ],
    ['!word', 'task 1: `!` does not work with a text'],
    ['one / 0', 'task 1: A division by zero | Test the divisor first.'],
    ['lower(one)', 'task 1: `lower` does not take a whole number | It takes: lower(string)'],
    [
      "version(word) > '1.2'",
      "playbook 15: `>` does not work between a version and a text | Compare versions with versions: `version(a) < version('1.2')`.",
    ],
    ['password.length', 'task 1: `password.length` is a secret, which has no parts'],
    [
      'users.map(user, user.age)',
      'task 17: There is no key `age` | Ask first whether it is there: `defined(name.key) && …`.',
    ],
    ["matches(word, '(')", 'task 1: `matches` cannot read the pattern (: Unterminated group'],
    [
      "yes && matches('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '^(a+)+$')",
      'task 8: `matches` took longer than 250 ms with the pattern ^(a+)+$ | Write it without a repetition in a repetition.',
    ],
  ])('%s', (source, said) => {
    expect(saidBy(() => evaluate(source))).toBe(said);
  });
});

describe('what is wrong before any value is known', () => {
  test.each([
    ['', 'playbook 1: The expression is empty | Write a condition or remove the key.'],
    ['one ==', 'playbook 6: The expression ends too early | Write the value that belongs here.'],
    ['(one', 'playbook 4: `)` is missing here | Add it.'],
    ["'abc", 'playbook 1: A text is opened here and never closed | Close it with the same quote.'],
    [
      'a b',
      "playbook 3: `b` is not expected here | Combine values with `==`, `&&`, `||`, `in`; put texts in quotes: `name == 'text'`.",
    ],
    ['a == 1 and b', 'playbook 8: `and` is Jinja | Write `a == 1 && b`.'],
    ['a or b', 'playbook 3: `or` is Jinja | Write `a || b`.'],
    ['not a', 'playbook 1: `not` is Jinja | Write `!a`.'],
    ['a not in b', 'playbook 1: `not in` is Jinja | Write `!(a in b)`.'],
    ['a.b is defined', 'playbook 1: `is defined` is Jinja | Write `defined(a.b)`.'],
    ['a is not defined', 'playbook 1: `is not defined` is Jinja | Write `!defined(a)`.'],
    ['a is undefined', 'playbook 1: `is not defined` is Jinja | Write `!defined(a)`.'],
    ['a is changed', 'playbook 1: `is changed` and its like are Jinja | Write `a.changed`.'],
    ['a is not failed', 'playbook 1: `is changed` and its like are Jinja | Write `!a.failed`.'],
    ['a is succeeded', 'playbook 1: `is changed` and its like are Jinja | Write `!a.failed`.'],
    ['a is none', 'playbook 1: `is none` is Jinja | Write `a == null`.'],
    ["a | default('x') == 'x'", "playbook 1: `|` is Jinja | Write `default(a, 'x') == 'x'`."],
    ['a | length > 0', 'playbook 1: `|` is Jinja | Write `size(a) > 0`.'],
    ['a == True', 'playbook 6: `True` and `False` are Python | Write `a == true`.'],
    ['a == None', 'playbook 6: `None` is Python | Write `a == null`.'],
    ['a = 1', 'playbook 3: A single `=` does not compare | Write `a == 1`.'],
    ["'{{ a }}' == 'b'", "playbook 2: A condition takes no `{{ … }}` | Write `a == 'b'`."],
    [
      "'{{ a }}-{{ b }}' == 'c'",
      "playbook 2: A condition takes no `{{ … }}` | Write the name itself: `when: name == 'value'`.",
    ],
    [
      'a is string',
      "playbook 3: `is` is Jinja | Use an operator or a function: `name == 'value'`, `defined(name)`, `matches(name, '^a')`.",
    ],
    [
      "a | regex_search('b')",
      `playbook 1: \`|\` is Jinja | There is no function for the filter \`regex_search\`. The functions are: ${functionHelp}.`,
    ],
    [
      'loop == 1',
      'playbook 1: `loop` is a word of the expression language and cannot name a variable here | Give the variable another name.',
    ],
    ['lowr(a)', 'playbook 1: There is no function `lowr` | Did you mean `lower`?'],
    ["a.startswith('b')", "playbook 1: There is no function `startswith` | Write `a.startsWith('b')`."],
    ['a.startsWiht(b)', 'playbook 1: There is no function `startsWiht` | Did you mean `startsWith`?'],
    ["lower('a', 'b')", 'playbook 1: `lower` does not take a text and a text | It takes: lower(string)'],
    ["a.matches('b')", "playbook 3: `matches` is a function | Write `matches(text, 'pattern')`."],
    [
      "1 > 'a'",
      'playbook 3: `>` does not work between a whole number and a text | Turn the text into a number: `int(name)`; or the number into text: `string(name)`.',
    ],
    [
      "a ? 'b' : 1",
      'playbook 1: Both values of `… ? … : …` must be of one kind, these are a text and a whole number | Make them alike: `string(name)`, or quotes around the number.',
    ],
  ])('%s', (source, said) => {
    expect(saidBy(() => compileCondition(source, alone(source)))).toBe(said);
  });
});

test.each([
  ['a is defined and a', 'defined(a) && a'],
  ["a.rc != 0 and 'b c' in a.stdout", "a.rc != 0 && 'b c' in a.stdout"],
  ["'and' not in a.stdout", "!('and' in a.stdout)"],
  ['(a or b) and not c', '(a || b) && !c'],
  ["a['b'] is defined", "defined(a['b'])"],
  ["groups['web'] | length > 1", "size(groups['web']) > 1"],
  ['a.results[0] is not changed', '!a.results[0].changed'],
  ['a | default([]) | length > 0', 'size(default(a, [])) > 0'],
  ["a | default('b', true) == 'b'", "default(a, 'b') == 'b'"],
  ['a | int > 5', 'int(a) > 5'],
  ["a is version('1.2', '>=')", "version(a) >= version('1.2')"],
  ["a is version_compare(b, 'lt')", 'version(a) < version(b)'],
  ["a is match('b')", "matches(a, '^b')"],
  ["a.b is not search('c')", "!matches(a.b, 'c')"],
  ["a.find('b') != -1", "a.contains('b')"],
  ["a.find('b') == -1", "!a.contains('b')"],
  ["a.lower() == 'b'", "lower(a) == 'b'"],
  ['len(a) > 0', 'size(a) > 0'],
  ['a <> 1', 'a != 1'],
  ['a AND b', 'a && b'],
  ["a == '{{ b }}' or {{ c }}", 'a == b || c'],
  ['a == 1 and\n  b', 'a == 1 && b'],
])('%s is to be written %s', (jinja, written) => {
  expect(saidBy(() => compileCondition(jinja, alone(jinja)))).toContain(` | Write \`${written}\`.`);
  expect(() => compileCondition(written, alone(written))).not.toThrow();
});

test.each<[source: string, references: string[]]>([
  ['true', []],
  ['a.b.c == d', ['a.b.c@1', 'd@10']],
  ["a['b'][0].c == 1", ['a.b.0.c@1']],
  ['hostvars[name].rc == 0', ['hostvars@1', 'name@10']],
  ['list.exists(x, x.y == z)', ['list@1', 'z@23']],
  ['cel.bind(x, a, x + b)', ['a@13', 'b@20']],
  ['defined(a.b) && default(c, d)', ['a.b?@9', 'c?@25', 'd@28']],
  ['has(a.b)', ['a@5']],
  ["a.startsWith('x') && type(b) == string", ['a@1', 'b@27']],
  ['{"k": v}', ['v@7']],
])('%s depends on %j', (source, references) => {
  expect(shown(compileCondition(source, alone(source)).references)).toEqual(references);
});

test('what the scope throws comes out as it is, whatever else is true', () => {
  for (const source of [
    'hostvars.web2.rc == 0 || true',
    'defined(hostvars.web2.rc)',
    "default(hostvars['web2'], 1)",
  ])
    expect(() => evaluate(source)).toThrow(new RangeError('not asked for yet'));
});

test('only what is named is asked for', () => {
  const asked: string[] = [];
  const scope = { has: () => true, get: (name: string) => (asked.push(name), name === 'first') };
  compileCondition('first || second', alone('')).evaluate(scope);
  expect(asked).toEqual(['first']);
});

test('any value is compared as data', () => {
  // A number has one zero here, as in JSON.
  const values = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  fc.assert(
    fc.property(values, (value) => {
      const scope = scopeOf({ value, same: structuredClone(value) });
      expect(compileCondition('defined(value)', alone('')).evaluate(scope)).toBe(true);
      expect(compileCondition('value', alone('')).evaluate(scope)).toEqual(value);
    }),
  );
});

test('no expression makes it fail but with a mistake of the user’s', () => {
  const pieces = fc.constantFrom(
    'a',
    'one',
    '.',
    '(',
    ')',
    '[',
    ']',
    '&&',
    '==',
    "'",
    '"',
    '1',
    ' ',
    '!',
    '?',
    ':',
    ',',
    'in',
    '|',
    'default',
    'size',
    '\n',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      saidBy(() => evaluate(parts.join('')));
    }),
    { numRuns: 2000 },
  );
});
