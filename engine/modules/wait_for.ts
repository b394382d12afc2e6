import { CannotPlan } from '../contract/change.ts';
import type { Action } from '../contract/module.ts';
import { isLocal, type WaitForArgs, waitForArguments } from './wait_for/arguments.ts';
import { watchScript } from './wait_for/script.ts';
import { readWatch, subjectOf } from './wait_for/result.ts';

/** Waits on the host until a path, a line in a file or a port is as wanted. */
export const waitFor: Action<WaitForArgs> = {
  kind: 'action',
  name: 'wait_for',
  summary: 'Waits for a path, a line in a file, or a TCP port.',
  args: waitForArguments,
  notes: [
    '`search_regex` is POSIX ERE and is matched line by line on bytes: no `\\d`, no look-ahead, `.` is one byte.',
    'A port of the host itself is looked up in the kernel’s table of listeners (/proc/net/tcp), so that no connection disturbs the service. Another host’s needs bash or nc.',
    'It only looks, so that it runs in check mode too; not where an earlier step was not made, which it may be waiting for.',
    'NUL bytes in the file are passed over, as `copytruncate` leaves them.',
  ],
  reads: () => true,
  run(wanted) {
    refuse(wanted);
    const { delay = 0, timeout = 300 } = wanted;
    return {
      what: `wait for ${subjectOf(wanted)}`,
      script: watchScript(wanted),
      timeout: Math.ceil(Math.max(timeout, delay) + (wanted.connect_timeout ?? 5) + 30),
      touches: [],
      // What is waited for may be made by any step before: a service that starts, a file that it writes.
      about: '*',
      undo: { impossible: 'there is nothing to take back' },
      again: 'safe',
      result: (outcome) => readWatch(wanted, outcome),
    };
  },
};

function refuse({ path, port, search_regex, from, state, host }: WaitForArgs): void {
  if (path !== undefined && port !== undefined) throw new CannotPlan('give either `path` or `port`');
  if (search_regex !== undefined && path === undefined) throw new CannotPlan('`search_regex` needs `path`');
  if (search_regex?.match(/[\n\0]/))
    throw new CannotPlan('`search_regex` is matched line by line: it cannot hold a line end or NUL');
  if (from !== undefined && search_regex === undefined) throw new CannotPlan('`from` needs `search_regex`');
  if (state === 'drained' && (port === undefined || !isLocal(host)))
    throw new CannotPlan('`state: drained` needs a `port` of the host itself');
}
