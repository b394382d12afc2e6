import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Action, ActionResult, Run } from '../../engine/contract/module.ts';
import { lines, sh, type Script } from '../../engine/shell/script.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { shellCommand, shellEnvironment, type ShellName } from '../facts/look.ts';
import { probeHere } from './harness.ts';

/** What an action came to on a local shell: skipped with its guard's reason, or run. */
export type Acted = { readonly skipped: string } | (ActionResult & { readonly skipped?: never });

/** Asks an action's guard and runs it on a local shell as an ACT frame does. */
export function actHere<Args>(
  shell: ShellName,
  action: Action<Args>,
  args: Args,
  environment: Readonly<Record<string, string>> = {},
): Acted {
  const skipped = action.guard ? probeHere(shell, action.guard(args)) : null;
  if (skipped !== null) return { skipped };
  return runHere(shell, action.run(args, { host: 'h' }), environment);
}

/** Runs what an action wants to run on a local shell. */
export function runHere(
  shell: ShellName,
  run: Run,
  environment: Readonly<Record<string, string>> = {},
): ActionResult {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-run-'));
  try {
    const stage = join(folder, 'stage');
    mkdirSync(stage);
    const stdin = run.stdin?.kind === 'bytes' ? run.stdin.bytes : Buffer.alloc(0);
    (run.sends ?? []).forEach((blob, index) => {
      const staged = join(stage, `1.${index}`);
      if (blob.kind === 'file') copyFileSync(blob.path, staged);
      else writeFileSync(staged, blob.bytes instanceof Secret ? blob.bytes.reveal() : blob.bytes);
    });
    const script = lines([sh`export FETTLE_IN="$FETTLE_STAGE"/1.`, run.script]);
    return run.result(
      scriptHere(shell, script, folder, stdin, {
        ...environment,
        FETTLE_STAGE: stage,
        FETTLE_SAVE: join(folder, 'save'),
      }),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function scriptHere(
  shell: ShellName,
  script: Script,
  folder: string,
  stdin: Buffer | Secret,
  environment: Readonly<Record<string, string>>,
) {
  const file = join(folder, 's');
  writeFileSync(file, script.text);
  const [program, ...args] = shellCommand(shell);
  const result = spawnSync(program, [...args, file], {
    env: { ...shellEnvironment(shell), ...environment },
    input: stdin instanceof Secret ? stdin.reveal() : stdin,
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20_000,
  });
  return {
    code: result.status ?? 128,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.error !== undefined,
  };
}
