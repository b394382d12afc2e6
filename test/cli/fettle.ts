import { runProgram } from '../../engine/cli/program.ts';

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line within this process; `environment` is set for its time, and the folder. One at a time. */
export async function fettle(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  folder = process.cwd(),
): Promise<Said> {
  const from = process.cwd();
  const said = { stdout: '', stderr: '' };
  const [stdout, stderr] = [process.stdout.write, process.stderr.write];
  const before = { ...process.env };
  const take = (name: 'stdout' | 'stderr') =>
    ((text: string | Uint8Array) => {
      said[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
      return true;
    }) as typeof process.stdout.write;
  process.stdout.write = take('stdout');
  process.stderr.write = take('stderr');
  Object.assign(process.env, { NO_COLOR: '1', ...environment });
  process.chdir(folder);
  try {
    return { code: await runProgram(words), ...said };
  } finally {
    process.chdir(from);
    process.stdout.write = stdout;
    process.stderr.write = stderr;
    for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
    Object.assign(process.env, before);
  }
}
