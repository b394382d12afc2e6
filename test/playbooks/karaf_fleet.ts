import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeClientFiles } from '../hosts/client_files.ts';
import { newKey } from '../hosts/keys.ts';
import { fettle, type Ended } from './fettle.ts';
import { flag, pid, startKarafHost, type KarafHost, type KarafOptions } from './karaf_host.ts';

const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'karaf-flag', 'playbook.yml');

/** The variables of most runs. */
export const wanted = { pid, flag, wanted: 'FALSE', application_line: 'Configuration updated, flag=false' };

/** Hosts on which something like Karaf runs, and runs of karaf-flag on all of them. */
export interface KarafFleet {
  readonly hosts: readonly KarafHost[];
  /** A folder that goes with the fleet. */
  readonly scratch: string;
  /** Where the records of its runs are. */
  readonly state: string;
  run(variables?: Readonly<Record<string, unknown>>, ...more: string[]): Promise<Ended>;
  /** Runs with exactly these words beside playbook and inventory. */
  runWith(...words: string[]): Promise<Ended>;
  /** Takes the last run back. */
  undo(): Promise<Ended>;
  close(): Promise<void>;
}

/** Starts a host for each configuration; null where it has none yet. */
export async function startKarafFleet(
  configurations: readonly (string | null)[],
  options: Pick<KarafOptions, 'version'> = {},
): Promise<KarafFleet> {
  const scratch = await mkdtemp(join(tmpdir(), 'fettle-karaf-'));
  await chmod(scratch, 0o711);
  const state = join(scratch, 'state');
  const key = newKey();
  const all = { ...options, scratch, authorizedKey: key.publicLine, poll: 50 };
  const hosts = await Promise.all(
    configurations.map((configuration, index) =>
      startKarafHost({ ...all, name: `app${index + 1}`, configuration }),
    ),
  );
  const karaf = hosts.map((host) => ({ ...host.ssh, vars: { karaf_etc: host.etc } }));
  const { inventory } = await writeClientFiles(scratch, key.privateText, { karaf });
  const runWith = (...words: string[]) => fettle(['run', playbook, '-i', inventory, ...words], state);
  return {
    hosts,
    scratch,
    state,
    runWith,
    run: (variables = wanted, ...more) => runWith('-e', JSON.stringify(variables), ...more),
    async undo() {
      const made = (await readdir(join(state, 'runs'))).sort().at(-1) ?? '';
      return fettle(['undo', made, '-i', inventory], state);
    },
    async close() {
      await Promise.all(hosts.map((host) => host.close()));
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
