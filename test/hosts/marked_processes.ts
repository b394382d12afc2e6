import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Ends every process whose environment holds the marker, also those that left their process group:
 * a change outlives its connection by design, the host that it ran on does not.
 */
export async function endMarked(marker: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const pids = await marked(marker);
    if (pids.length === 0) return;
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`processes of an embedded host would not end: ${(await marked(marker)).join(', ')}`);
}

/** The ids of the processes whose environment holds the marker. */
export async function marked(marker: string): Promise<readonly number[]> {
  return process.platform === 'linux' ? markedInProc(marker) : markedByPs(marker);
}

async function markedInProc(marker: string): Promise<readonly number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
      return environment.split('\0').includes(marker) ? [Number(name)] : [];
    }),
  );
  return found.flat();
}

async function markedByPs(marker: string): Promise<readonly number[]> {
  const { stdout } = await execute('ps', ['-A', '-E', '-ww', '-o', 'pid=,command=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(marker))
    .map((line) => Number.parseInt(line, 10));
}
