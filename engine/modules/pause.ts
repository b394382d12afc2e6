import { type Static, Type } from 'typebox';
import { CannotPlan } from '../contract/change.ts';
import type { Directive } from '../contract/module.ts';

const args = Type.Object(
  {
    seconds: Type.Optional(Type.Number({ minimum: 0, description: 'How long to wait.' })),
    minutes: Type.Optional(Type.Number({ minimum: 0, description: 'The same in minutes.' })),
    prompt: Type.Optional(
      Type.String({
        description:
          'What to ask the person at the terminal; the answer is `user_input` of the register. With a time it is only shown, and the time is waited for.',
      }),
    ),
    echo: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether the answer is shown while it is typed. One that is not is a secret from then on.',
      }),
    ),
  },
  { additionalProperties: false },
);

type PauseArgs = Static<typeof args>;

/** Waits for a while, or for a person's answer. */
export const pause: Directive<PauseArgs> = {
  kind: 'directive',
  name: 'pause',
  summary: 'Waits for some seconds, or for the answer of the person at the terminal.',
  args,
  notes: [
    'With neither a time nor a `prompt` it waits for Enter.',
    'A question is put once, by the first host that comes to it; its answer counts for all hosts of the play. Each host waits for a time by itself.',
    'Where there is no terminal a question is an error, since nobody could answer it.',
    'Ctrl-C ends the wait and the run. In check mode nothing is waited for and nothing is asked.',
    '`delta` of the register has the seconds that went by.',
  ],
  run({ seconds, minutes, prompt, echo = true }) {
    if (seconds !== undefined && minutes !== undefined)
      throw new CannotPlan('give either `seconds` or `minutes`');
    const time = seconds ?? (minutes === undefined ? undefined : minutes * 60);
    if (time === undefined)
      return { waits: { prompt: prompt ?? 'Press Enter to go on.', echo }, values: { echo } };
    return { messages: prompt === undefined ? [] : [prompt], waits: { seconds: time }, values: { echo } };
  },
};
