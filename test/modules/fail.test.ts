import { expect, test } from 'vitest';
import { fail } from '../../engine/modules/fail.ts';

test.each([
  [{}, 'Failed as requested from task'],
  [{ msg: 'no disk' }, 'no disk'],
])('%j', (args, msg) => {
  expect(fail.run(args)).toEqual({ failed: msg, values: { msg } });
});
