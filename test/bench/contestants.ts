import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fleet } from './fleet.ts';

const top = join(import.meta.dirname, '..', '..');
/** Where the playbooks and scripts lie. */
export const work = join(import.meta.dirname, 'work');

/** The built program. */
export const fettleProgram = join(top, 'dist', 'cli', 'main.js');

/** Which of the two works is done. */
export type Work = 'thirty' | 'mixed';

/** A run that has ended; its status was 0. */
export interface Ran {
  readonly seconds: number;
  /** Of fettle: how often it spoke to each host, and how its tasks ended there. */
  readonly hosts?: readonly HostRun[];
}

export interface HostRun {
  readonly host: string;
  readonly sends: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** One way to do the work on the first hosts of a fleet. */
export interface Contestant {
  readonly name: string;
  /** Logs in and does nothing of the work. */
  readonly idle?: true;
  /** So slow that one repetition must do. */
  readonly slow?: true;
  run(fleet: Fleet, hosts: number, work: Work): Promise<Ran>;
}

/** fettle, with its defaults: fifty forks, run record kept. */
export const fettle: Contestant = {
  name: 'fettle',
  async run(fleet, hosts, which) {
    const state = await mkdtemp(join(fleet.folder, 'state-'));
    const limit = hosts === fleet.names.length ? [] : ['-l', fleet.names.slice(0, hosts).join(',')];
    const words = ['run', join(work, `${which}.yml`), '-i', fleet.inventory, ...limit];
    const seconds = await timed(process.execPath, [fettleProgram, ...words], { FETTLE_STATE: state });
    return { seconds, hosts: await hostRuns(state) };
  },
};

/** The same work written by hand, sent by the OpenSSH client, fifty at a time. */
export const byHand: Contestant = {
  name: 'by hand',
  run: (fleet, hosts, which) => overSsh(fleet, hosts, `sh -s <${join(work, `${which}.sh`)}`),
};

/** What it costs to log in and do nothing. */
export const sshTrue: Contestant = {
  name: 'ssh host true',
  idle: true,
  run: (fleet, hosts) => overSsh(fleet, hosts, 'true </dev/null'),
};

/** ansible-playbook with pipelining, fifty forks and no facts, on the very same playbook. */
export const ansible: Contestant = {
  name: 'ansible-playbook',
  slow: true,
  async run(fleet, hosts, which) {
    const limit = fleet.names.slice(0, hosts).join(',');
    const words = ['-i', fleet.inventory, '-l', limit, join(work, `${which}.yml`)];
    return { seconds: await timed('ansible-playbook', words, { ANSIBLE_CONFIG: fleet.ansibleConfig }) };
  },
};

/** `fettle --version`. */
export function fettleVersion(): Promise<number> {
  return timed(process.execPath, [fettleProgram, '--version']);
}

async function overSsh(fleet: Fleet, hosts: number, command: string): Promise<Ran> {
  const names = fleet.names.slice(0, hosts).join('\n');
  const each = `exec ssh -F ${fleet.sshConfig} "$0" ${command}`;
  return { seconds: await timed('xargs', ['-P', '50', '-n', '1', 'sh', '-c', each], {}, `${names}\n`) };
}

/** Seconds from start to exit. Throws, with what was said, unless the status is 0. */
export async function timed(
  program: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
): Promise<number> {
  const start = process.hrtime.bigint();
  const child = spawn(program, words, { env: { ...process.env, ...environment } });
  const said: Buffer[] = [];
  child.stdout.on('data', (data: Buffer) => said.push(data));
  child.stderr.on('data', (data: Buffer) => said.push(data));
  child.stdin.end(input);
  const exit = once(child, 'exit').then((status) => ({ status, end: process.hrtime.bigint() }));
  await once(child, 'close');
  const { status, end } = await exit;
  if (status[0] !== 0)
    throw new Error(`${[program, ...words].join(' ')} ended with ${status}:\n${Buffer.concat(said)}`);
  return Number(end - start) / 1e9;
}

/** Reads the run record, so that the measured run itself need say no more than it does for anyone. */
export async function hostRuns(state: string): Promise<readonly HostRun[]> {
  const [run = ''] = await readdir(join(state, 'runs'));
  const text = await readFile(join(state, 'runs', run, 'events.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.includes('"host_ended"'))
    .map((line) => JSON.parse(line) as HostRun);
}
