import type { Change } from '../../contract/change.ts';
import { lines, sh } from '../../shell/script.ts';
import type { SystemdArgs } from './arguments.ts';
import { managerOf } from './step.ts';

/** What is asked of systemd itself: to start anew, or to read all its files anew. */
export function planManager(wanted: SystemdArgs): readonly Change[] {
  const changes: Change[] = [];
  if (wanted.daemon_reexec) changes.push(change(wanted, 're-execute systemd', 'daemon-reexec'));
  if (wanted.daemon_reload && wanted.name === undefined)
    changes.push(change(wanted, 'let systemd read its files anew', 'daemon-reload'));
  return changes;
}

function change(wanted: SystemdArgs, what: string, verb: string): Change {
  const { systemctl, files } = managerOf(wanted);
  return {
    what,
    diff: { before: null, after: null },
    touches: [files],
    apply: lines([
      sh`[ -d /run/systemd/system ] || { echo 'this host is not run by systemd' >&2; exit 1; }`,
      sh`${systemctl} ${verb}`,
    ]),
    // Files that an undo puts back are to be read as well; nothing else has changed.
    undo: sh`${systemctl} daemon-reload`,
  };
}
