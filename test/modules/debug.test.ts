import { expect, test } from 'vitest';
import { debug } from '../../engine/modules/debug.ts';
import { Secret } from '../../engine/shell/secret.ts';

test.each([
  [{ msg: 'text' }, ['text']],
  [{ msg: 'two\nlines' }, ['two', 'lines']],
  [{}, ['Hello world!']],
  [{ msg: ['a', 1] }, ['[', '  "a",', '  1', ']']],
  [{ msg: 7 }, ['7']],
  [{ msg: null }, ['null']],
  [{ msg: { a: new Secret('pw') } }, ['{', '  "a": "********"', '}']],
  [{ var: { source: 'facts.os.major', value: 12n } }, ['facts.os.major: 12']],
  [{ var: { source: 'x', value: undefined } }, ['x: undefined']],
  [{ var: { source: 'm', value: new Map([['a', 1n]]) } }, ['m: {', '  "a": 1', '}']],
])('%#', (args, messages) => {
  expect(debug.run(args).messages).toEqual(messages);
});

test('what register holds', () => {
  expect(debug.run({ msg: 'a' }).values).toEqual({ msg: 'a' });
  expect(debug.run({ var: { source: 'x.y', value: [1] } }).values).toEqual({ 'x.y': [1] });
});
