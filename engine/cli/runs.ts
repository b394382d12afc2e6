import { FettleError } from '../errors.ts';
import { knownRuns, readRunRecord } from '../journal/run_record.ts';
import { count } from '../report/lines.ts';
import { visibleName } from '../report/visible.ts';
import type { Event } from '../run/events.ts';
import { exitStatus } from './exit.ts';
import { runsFolder } from './state_folder.ts';

/** `fettle runs` */
export async function runs(): Promise<number> {
  const folder = runsFolder(process.env);
  for (const run of knownRuns(folder)) process.stdout.write(`${visibleName(lineOf(folder, run))}\n`);
  return exitStatus.fine;
}

/** One record that cannot be read does not hide the others. */
function lineOf(folder: string, run: string): string {
  try {
    return line(run, readRunRecord(folder, run) as readonly Event[]);
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    return `${run}  ${error.message}`;
  }
}

function line(run: string, events: readonly Event[]): string {
  const started = events.find((event) => event.event === 'run_started');
  const ended = events.findLast((event) => event.event === 'run_ended');
  const changes = events.filter((event) => event.event === 'change_ended' && event.made).length;
  const hosts = new Set(events.flatMap((event) => (event.event === 'host_ended' ? [event.host] : []))).size;
  const end = ended ? `exit ${ended.exit}` : 'cut short';
  return `${run}  ${end}  ${count(hosts, 'host')}  ${count(changes, 'change')}  ${started?.check ? 'check of ' : ''}${started?.playbooks.join(' ') ?? ''}`;
}
