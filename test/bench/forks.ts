import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Counts the processes that a host started while `run` went on, those of sshd for the login included.
 * The kernel numbers the processes of a pid namespace one after another, so the difference of two new ones tells.
 */
export async function countForks<Result>(
  files: string,
  run: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly forks: number }> {
  const before = await newProcess(files);
  const result = await run();
  return { result, forks: (await newProcess(files)) - before - 1 };
}

async function newProcess(files: string): Promise<number> {
  const init = /^\/proc\/(\d+)\/root$/.exec(files)?.[1] ?? '';
  const { stdout } = await execute('nsenter', ['--target', init, '--pid', 'sh', '-c', 'echo $$']);
  return Number(stdout);
}
