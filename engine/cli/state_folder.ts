import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the records of runs lie: `$FETTLE_STATE`, else the user's state folder. */
export function runsFolder(environment: NodeJS.ProcessEnv): string {
  const state = environment['XDG_STATE_HOME'] ?? join(environment['HOME'] ?? homedir(), '.local', 'state');
  return join(environment['FETTLE_STATE'] ?? join(state, 'fettle'), 'runs');
}
