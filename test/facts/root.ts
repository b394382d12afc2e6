import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fact } from '../../engine/contract/fact.ts';
import { quote, type Script } from '../../engine/shell/script.ts';
import { emptied } from './look.ts';

/** Whether a root of the test's own can be entered: chroot and a private /proc need root. */
export const canEnterRoots = process.getuid?.() === 0 && existsSync('/bin/busybox');

/** What lies at a path of a constructed root: a file's text, a program's, a link's target, or a folder. */
export type Entry = string | { readonly program: string } | { readonly link: string } | 'folder';

/** A root folder that holds busybox, its tools and the given entries. */
export function constructRoot(folder: string, entries: Readonly<Record<string, Entry>>): string {
  emptied(folder);
  for (const name of ['bin', 'dev', 'etc', 'proc', 'run', 'sys', 'tmp', 'var']) mkdirSync(join(folder, name));
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  spawnSync('chroot', [folder, '/bin/busybox', '--install', '-s', '/bin']);
  writeFileSync(join(folder, 'dev/null'), '');
  for (const [path, entry] of Object.entries(entries)) {
    const at = join(folder, path);
    mkdirSync(entry === 'folder' ? at : dirname(at), { recursive: true });
    if (entry === 'folder') continue;
    // Written through, a link of busybox's would lead to the machine's own busybox.
    rmSync(at, { force: true });
    if (typeof entry === 'string') writeFileSync(at, entry);
    else if ('link' in entry) symlinkSync(entry.link, at);
    else {
      writeFileSync(at, entry.program);
      chmodSync(at, 0o755);
    }
  }
  return folder;
}

/** Runs a script with a constructed root as its root, /proc being the machine's. */
export function runInRoot(root: string, script: Script): { stdout: Buffer; stderr: string; status: number } {
  const frame = `( umask 077; LC_ALL=C; export LC_ALL; eval ${quote(script.text)} ) </dev/null`;
  const enter =
    'mount --bind /proc "$1/proc" && mount --bind /dev/null "$1/dev/null" && exec chroot "$1" /bin/busybox sh -s';
  const result = spawnSync('unshare', ['-m', 'sh', '-c', enter, 'enter', root], {
    input: frame,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  return { stdout: result.stdout, stderr: result.stderr.toString('utf8'), status: result.status ?? 1 };
}

/** Puts questions to a fact within a constructed root. */
export function lookInRoot<Subject, Answer>(
  root: string,
  fact: Fact<Subject, Answer>,
  subjects: readonly Subject[],
): readonly Answer[] {
  const { stdout, status } = runInRoot(root, fact.ask(subjects));
  return fact.parse(stdout, subjects, status);
}
