import { type Static, Type } from 'typebox';
import type { Directive } from '../contract/module.ts';

const args = Type.Object(
  { msg: Type.Optional(Type.String({ description: 'Why. "Failed as requested from task" where absent.' })) },
  { additionalProperties: false },
);

/** Fails, most often under a `when`. */
export const fail: Directive<Static<typeof args>> = {
  kind: 'directive',
  name: 'fail',
  summary: 'Fails the host with a message.',
  args,
  shorthand: 'msg',
  run: ({ msg = 'Failed as requested from task' }) => ({ failed: msg, values: { msg } }),
};
