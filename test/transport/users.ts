import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Whether users can be made and removed here. */
export const canMakeUsers = userInfo().uid === 0 && existsSync('/usr/sbin/useradd');

/** A user that exists for one test file. */
export interface ThrowAway {
  readonly name: string;
  readonly password: string;
  remove(): void;
}

/** Makes one with a password and /bin/sh. */
export function makeUser(): ThrowAway {
  const name = `ft${randomBytes(4).toString('hex')}`;
  const password = `p${randomBytes(6).toString('hex')} $'"\\ä`;
  execFileSync('useradd', ['-m', '-s', '/bin/sh', name], { stdio: 'pipe' });
  execFileSync('chpasswd', [], { input: `${name}:${password}\n`, stdio: 'pipe' });
  return {
    name,
    password,
    remove: () => void execFileSync('userdel', ['-r', '-f', name], { stdio: 'pipe' }),
  };
}

/**
 * Puts lines into a file of their own in /etc/sudoers.d; gives what takes them out again. A sudo of another test may
 * be reading the folder: the file comes whole, and stays, empty, until all tests are over (`test/sudoers.ts`),
 * since sudo passes over what stands behind a file that goes away while it reads.
 */
export function allowSudo(user: string, lines: readonly string[]): () => void {
  const file = `/etc/sudoers.d/${user}`;
  const put = (text: string): void => {
    // sudo passes over names with a dot.
    writeFileSync(`${file}.new`, text, { mode: 0o440 });
    renameSync(`${file}.new`, file);
  };
  put(`${lines.join('\n')}\n`);
  return () => put('');
}

/** Adds lines to doas.conf; gives what puts it back. */
export function allowDoas(lines: readonly string[]): () => void {
  const file = '/etc/doas.conf';
  const before = existsSync(file) ? readFileSync(file) : null;
  writeFileSync(file, `${before?.toString() ?? ''}${lines.join('\n')}\n`, { mode: 0o400 });
  return () => (before === null ? rmSync(file, { force: true }) : writeFileSync(file, before));
}
