import { type Static, Type } from 'typebox';
import { expressions } from '../contract/schema.ts';
import type { Directive, Evaluated } from '../contract/module.ts';

const args = Type.Object(
  {
    that: expressions('The expression that must be true, or a list of them: `facts.os.major >= 8`.'),
    fail_msg: Type.Optional(Type.String({ description: 'What to say where one is not true.' })),
    msg: Type.Optional(Type.String({ description: 'The same as `fail_msg`.' })),
    success_msg: Type.Optional(Type.String({ description: 'What to say where all are true.' })),
    quiet: Type.Optional(Type.Boolean({ description: 'Says nothing where all are true.' })),
  },
  { additionalProperties: false },
);

type AssertArgs = Omit<Static<typeof args>, 'that'> & { readonly that: readonly Evaluated[] };

/** Fails unless expressions are true. */
export const assert: Directive<AssertArgs> = {
  kind: 'directive',
  name: 'assert',
  summary: 'Fails unless all expressions are true; names each that is not.',
  args,
  notes: ['An expression must be true or false: text and numbers count as a mistake, not as true.'],
  run({ that, fail_msg, msg, success_msg = 'All assertions passed', quiet = false }) {
    const wrong = that.filter(({ value }) => value !== true);
    if (wrong.length === 0) {
      return { messages: quiet ? [] : [success_msg], values: { msg: success_msg } };
    }
    const reasons = wrong.map(({ source, value }) =>
      value === false ? `not true: ${source}` : `neither true nor false, but ${kindOf(value)}: ${source}`,
    );
    const said = fail_msg ?? msg;
    return {
      failed: [...(said === undefined ? [] : [said]), ...reasons].join('\n'),
      values: {
        msg: said ?? 'Assertion failed',
        assertion: wrong[0]?.source,
        failures: wrong.map(({ source }) => source),
      },
    };
  },
};

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return { string: 'text', number: 'a number', bigint: 'a number' }[typeof value as string] ?? 'a map';
}
