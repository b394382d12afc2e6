import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = join(import.meta.dirname, '..', '..', 'engine', 'cli', 'main.ts');

/** Runs a command line of fettle's, from the sources; `state` is where it keeps its records. */
export async function fettle(words: readonly string[], state: string): Promise<Ended> {
  const running = startFettle(words, state);
  const [stdout, stderr, [code]] = await Promise.all([
    text(running.stdout),
    text(running.stderr),
    once(running, 'exit') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** Starts a command line of fettle's, for whoever ends it by itself. */
export function startFettle(words: readonly string[], state: string) {
  return spawn(process.execPath, ['--import', 'tsx', main, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FETTLE_STATE: state, NO_COLOR: '1' },
  });
}

/** Removes the journals that runs have left on this machine, where tasks were delegated to it and root made them. */
export function forgetRuns(state: string): void {
  const folder = join(state, 'runs');
  for (const run of existsSync(folder) ? readdirSync(folder) : [])
    rmSync(join('/var/lib/fettle', run), { recursive: true, force: true });
}
