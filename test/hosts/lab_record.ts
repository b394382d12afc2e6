import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientFiles } from './client_files.ts';

/** What is kept of a running lab so that a later command can end it. */
export interface LabRecord extends Partial<ClientFiles> {
  /** The machine's boot that the process ids belong to. */
  readonly boot: string;
  readonly hosts: readonly RecordedHost[];
}

export interface RecordedHost {
  readonly name: string;
  readonly where: string;
  /** The process group and when its leader was started, so that a number used anew is not mistaken for it. */
  readonly group: number;
  readonly since: string;
}

/** Where the lab of `npm run hosts` keeps its files: /var/lib/fettle-lab or `$FETTLE_LAB_STATE`. */
export const stateFolder = process.env['FETTLE_LAB_STATE'] ?? '/var/lib/fettle-lab';

const file = join(stateFolder, 'lab.json');

/** Reads the record; null where no lab has been started. */
export async function readRecord(): Promise<LabRecord | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as LabRecord);
}

export async function writeRecord(record: LabRecord): Promise<void> {
  await mkdir(stateFolder, { recursive: true });
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
}

export async function thisBoot(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** When a process was started, in ticks since the boot; null where there is none. */
export async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

/** Whether a recorded host still runs. */
export async function runs(record: LabRecord, host: RecordedHost): Promise<boolean> {
  return record.boot === (await thisBoot()) && host.since === (await startOf(host.group));
}
