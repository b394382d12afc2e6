import { type Static, Type } from 'typebox';
import { expression } from '../contract/schema.ts';
import type { Directive, Evaluated } from '../contract/module.ts';

const args = Type.Object(
  {
    msg: Type.Optional(
      Type.Unknown({
        description: 'What to show; a list or map is shown as JSON. "Hello world!" where absent.',
      }),
    ),
    var: Type.Optional(expression('An expression to show with its value, in place of `msg`.')),
  },
  { additionalProperties: false },
);

type DebugArgs = Omit<Static<typeof args>, 'var'> & { readonly var?: Evaluated };

/** Shows a text or a value. */
export const debug: Directive<DebugArgs> = {
  kind: 'directive',
  name: 'debug',
  summary: 'Shows a text, or the value of an expression.',
  args,
  shorthand: 'msg',
  notes: ['A secret is shown masked.'],
  run({ msg = 'Hello world!', var: shown }) {
    if (shown) {
      const { source, value } = shown;
      return { messages: linesOf(value, `${source}: `), values: { [source]: value } };
    }
    return { messages: linesOf(msg, ''), values: { msg } };
  },
};

function linesOf(value: unknown, before: string): readonly string[] {
  const text = typeof value === 'string' ? value : (JSON.stringify(value, plainer, 2) ?? 'undefined');
  return `${before}${text}`.split('\n');
}

/** CEL's integers are bigints, which JSON does not know. */
function plainer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  return value instanceof Map ? Object.fromEntries(value) : value;
}
