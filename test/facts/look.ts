import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Fact } from '../../engine/contract/fact.ts';
import { quote, type Script } from '../../engine/shell/script.ts';

/** The shells that every script must run on, each with the tools that come with it. */
export const shells = ['dash', 'bash', 'busybox'] as const;
export type ShellName = (typeof shells)[number];

/** The command line of a shell. */
export function shellCommand(shell: ShellName): [string, ...string[]] {
  return shell === 'busybox' ? ['busybox', 'sh'] : [shell];
}

const tools = busyboxTools();

/** The environment in which a shell finds its tools. */
export function shellEnvironment(shell: ShellName): Record<string, string> {
  if (shell !== 'busybox') return { PATH: process.env['PATH'] ?? '/usr/bin:/bin:/usr/sbin:/sbin' };
  return { PATH: tools };
}

/** Puts questions to a fact as a LOOK frame does. */
export function look<Subject, Answer>(
  shell: ShellName,
  fact: Fact<Subject, Answer>,
  subjects: readonly Subject[],
): readonly Answer[] {
  const { stdout, status } = lookRaw(shell, fact.ask(subjects));
  return fact.parse(stdout, subjects, status);
}

/** Runs a read-only script as a LOOK frame does. */
export function lookRaw(
  shell: ShellName,
  script: Script,
): { stdout: Buffer; stderr: string; status: number } {
  const frame = `( umask 077; LC_ALL=C; export LC_ALL; eval ${quote(script.text)} ) </dev/null`;
  const [program, ...args] = shellCommand(shell);
  const result = spawnSync(program, args, {
    input: frame,
    env: shellEnvironment(shell),
    maxBuffer: 64 * 1024 * 1024,
    timeout: 20_000,
  });
  return { stdout: result.stdout, stderr: result.stderr.toString('utf8'), status: result.status ?? 1 };
}

const strace = '/usr/bin/strace';

/** Whether forks can be counted here. */
export const canCountForks = existsSync(strace);

/** How many processes a script starts, the shell itself not counted. */
export function countForks(shell: ShellName, script: Script): number {
  const frame = `( umask 077; LC_ALL=C; export LC_ALL; eval ${quote(script.text)} ) </dev/null`;
  const result = spawnSync(
    strace,
    ['-f', '-qq', '-e', 'trace=clone,clone3,fork,vfork', ...shellCommand(shell)],
    {
      input: frame,
      env: shellEnvironment(shell),
      maxBuffer: 64 * 1024 * 1024,
      timeout: 20_000,
      encoding: 'utf8',
    },
  );
  return (
    result.stderr.match(/(clone3?|v?fork)\([^\n]*= \d+$|(clone3?|v?fork) resumed[^\n]*= \d+$/gm)?.length ?? 0
  );
}

const scratches: string[] = [];
// Here and not where one is asked for, which may be within a test.
afterAll(() => {
  for (const folder of scratches) rmSync(folder, { recursive: true, force: true });
});

/** A scratch folder that goes away after the tests of the file that asks for it. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-test-'));
  scratches.push(folder);
  return folder;
}

/** An empty folder within a scratch folder. */
export function emptied(folder: string): string {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    rmSync(Buffer.concat([Buffer.from(`${folder}/`), name]), { recursive: true, force: true });
  }
  return folder;
}

// Links to every busybox tool, so that no GNU tool is found.
function busyboxTools(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-busybox-'));
  const list = spawnSync('busybox', ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  for (const tool of list) symlinkSync('/bin/busybox', join(folder, tool));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
