import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where the records of runs lie: `$FETTLE_STATE`, else the user's state folder. What is set to nothing counts as not set, and
 * a folder that is not absolute too (XDG Base Directory Specification): `undo` looks for them from anywhere.
 */
export function runsFolder(environment: NodeJS.ProcessEnv): string {
  const home =
    [environment['HOME'], homedir(), '/'].find((one) => one !== undefined && isAbsolute(one)) ?? '/';
  const given = environment['XDG_STATE_HOME'] ?? '';
  const state = isAbsolute(given) ? given : join(home, '.local', 'state');
  return join(environment['FETTLE_STATE'] || join(state, 'fettle'), 'runs');
}
