import { type Static, Type } from 'typebox';
import type { Action } from '../contract/module.ts';
import type { Answered } from '../contract/probe.ts';
import { sh } from '../shell/script.ts';

const args = Type.Object(
  {
    delay: Type.Optional(
      Type.Number({ minimum: 0, default: 0, description: 'Seconds before the first attempt.' }),
    ),
    sleep: Type.Optional(
      Type.Number({ minimum: 0.1, default: 1, description: 'Seconds between two attempts.' }),
    ),
    timeout: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 600,
        description: 'Seconds to wait in all, `delay` included; then the host is unreachable.',
      }),
    ),
    connect_timeout: Type.Optional(
      Type.Number({
        minimum: 1,
        default: 5,
        description: 'Seconds that one attempt may take, from the first packet until a command has run.',
      }),
    ),
  },
  { additionalProperties: false },
);

type WaitForConnectionArgs = Static<typeof args>;

/** Waits until a host can be worked on. */
export const waitForConnection: Action<WaitForConnectionArgs> = {
  kind: 'action',
  name: 'wait_for_connection',
  summary: 'Waits until the host lets fettle log in and runs its commands.',
  args,
  notes: [
    'Nothing is asked of the host before it, so that it may stand first in a play for hosts that are being set up. The connection at hand is given up: each attempt logs in anew, with the become user of the task.',
    'It only looks, so that it runs in check mode too.',
    'A host that does not come is unreachable, and what was seen of it last is told.',
    '`elapsed` of the register has the seconds that went by.',
  ],
  offline: true,
  reads: () => true,
  run({ delay = 0, sleep = 1, timeout = 600, connect_timeout = 5 }) {
    return {
      what: 'wait for the connection',
      script: sh`:`,
      touches: [],
      undo: { impossible: 'there is nothing to take back' },
      again: 'safe',
      reconnect: {
        delay,
        timeout,
        pause: sleep,
        connectTimeout: connect_timeout,
        stable: 0,
        probe: sh`:`,
        ready: isThere,
      },
      result: ({ code }) =>
        code === 0
          ? { changed: false, values: {} }
          : { changed: false, failed: `the host runs nothing (status ${code})`, values: {} },
    };
  },
};

function isThere({ code }: Answered): true | string {
  return code === 0 || `it lets fettle log in, but runs nothing (status ${code})`;
}
