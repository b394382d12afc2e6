import { knownRuns, readRunRecord } from '../journal/run_record.ts';
import type { Event } from '../run/events.ts';
import { exitStatus } from './exit.ts';
import { runsFolder } from './state_folder.ts';

/** `fettle runs` */
export async function runs(): Promise<number> {
  const folder = runsFolder(process.env);
  for (const run of knownRuns(folder))
    process.stdout.write(`${line(run, readRunRecord(folder, run) as readonly Event[])}\n`);
  return exitStatus.fine;
}

function line(run: string, events: readonly Event[]): string {
  const started = events.find((event) => event.event === 'run_started');
  const ended = events.findLast((event) => event.event === 'run_ended');
  const changes = events.filter((event) => event.event === 'change_ended' && event.made).length;
  const hosts = new Set(events.flatMap((event) => (event.event === 'host_ended' ? [event.host] : []))).size;
  const end = ended ? `exit ${ended.exit}` : 'cut short';
  return `${run}  ${end}  ${hosts} hosts  ${changes} changes  ${started?.check ? 'check of ' : ''}${started?.playbooks.join(' ') ?? ''}`;
}
