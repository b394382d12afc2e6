import { Type, type Static } from 'typebox';
import type { AnyModule, Directive } from '../../engine/contract/module.ts';
import { FettleError } from '../../engine/errors.ts';
import type { Registry } from '../../engine/load/find_module.ts';

const args = Type.Object(
  {
    /** What is said where it is run. */
    msg: Type.String(),
    /** The host, and how it ends on each. */
    host: Type.Optional(Type.String()),
    fates: Type.Optional(Type.Record(Type.String(), Type.String())),
    /** How it ends; `lost` is as if the way to the host were lost at it. */
    ends: Type.Optional(Type.Enum(['ok', 'changed', 'failed', 'lost'])),
    /** Something of another host. */
    other: Type.Optional(Type.String()),
    /** Seconds that it takes, its host's fork being given back. */
    takes: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);

/** Ends as it is told to, on the controller alone: the run's language without the cost of a host. */
const mark: Directive<Static<typeof args>> = {
  kind: 'directive',
  name: 'mark',
  summary: 'Ends as it is told to.',
  args,
  shorthand: 'msg',
  run({ msg, host = '', fates, ends = fates?.[host] ?? 'ok', takes }) {
    if (ends === 'lost')
      throw new FettleError('unreachable', { summary: `lost at ${msg}`, next: 'find it again' });
    return {
      messages: [msg],
      changed: ends === 'changed',
      ...(ends === 'failed' ? { failed: `${msg} failed` } : {}),
      ...(takes === undefined ? {} : { waits: { seconds: takes } }),
      values: { said: msg },
    };
  },
};

/** Directives of the engine's own tests by name. */
export const fakeDirectives: Registry = { mark: async () => mark as AnyModule };
