import { expect, test } from 'vitest';
import { assert } from '../../engine/modules/assert.ts';

const yes = { source: 'a == 1', value: true };
const no = { source: 'b > 2', value: false };
const text = { source: 'c', value: 'yes' };

test('all true', () => {
  expect(assert.run({ that: [yes, yes] })).toEqual({
    messages: ['All assertions passed'],
    values: { msg: 'All assertions passed' },
  });
  expect(assert.run({ that: [yes], success_msg: 'good' }).messages).toEqual(['good']);
  expect(assert.run({ that: [yes], quiet: true }).messages).toEqual([]);
});

test.each([
  [{ that: [yes, no] }, 'not true: b > 2'],
  [{ that: [no, no] }, 'not true: b > 2\nnot true: b > 2'],
  [{ that: [no], fail_msg: 'too small' }, 'too small\nnot true: b > 2'],
  [{ that: [no], msg: 'too small' }, 'too small\nnot true: b > 2'],
  [{ that: [text] }, 'neither true nor false, but text: c'],
  [{ that: [{ source: 'd', value: 1n }] }, 'neither true nor false, but a number: d'],
  [{ that: [{ source: 'd', value: null }] }, 'neither true nor false, but nothing: d'],
])('%#', (args, failed) => {
  expect(assert.run(args).failed).toBe(failed);
});

test('what register holds of a failure', () => {
  expect(assert.run({ that: [yes, no, text] }).values).toEqual({
    msg: 'Assertion failed',
    assertion: 'b > 2',
    failures: ['b > 2', 'c'],
  });
});
