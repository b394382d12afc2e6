import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Script } from '../../engine/shell/script.ts';
import { shellCommand, shellEnvironment, type ShellName } from '../facts/look.ts';

export interface Acted {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script from a file, as an ACT frame does; `through` stands before the shell (strace). */
export function act(
  shell: ShellName,
  script: Script,
  environment: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Acted {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-act-'));
  try {
    const file = join(folder, 's');
    writeFileSync(file, script.text);
    const [program = '', ...rest] = [...through, ...shellCommand(shell), file];
    const env = { ...shellEnvironment(shell), FETTLE_STAGE: join(folder, 'stage'), ...environment };
    const ended = spawnSync(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
    return { code: ended.status ?? -1, stdout: ended.stdout, stderr: ended.stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
