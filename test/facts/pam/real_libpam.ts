import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ReturnCode } from '../../../engine/facts/pam/returns.ts';
import { bringPrograms } from '../../laws/programs.ts';
import { canEnterRoots, constructRoot, type Entry } from '../root.ts';

const pamtester = '/usr/bin/pamtester';
const modules = ['/lib/x86_64-linux-gnu/security', '/lib/aarch64-linux-gnu/security'].find((folder) =>
  existsSync(folder),
);

/** Whether real stacks can be tried: root, Debian's package pamtester and its modules. */
export const hasLibpam = canEnterRoots && existsSync(pamtester) && modules !== undefined;

/** What is asked of libpam: the service, the user, the operations, and the password that is given. */
export interface Asked {
  readonly service: string;
  readonly user: string;
  readonly operations: string;
  readonly password?: string;
}

/** A root in which Debian's libpam reads the given files; the modules that are named are installed. */
export function libpamRoot(
  folder: string,
  entries: Readonly<Record<string, Entry>>,
  installed: readonly string[],
): string {
  const root = constructRoot(folder, entries);
  const files = installed.map((name) => `${modules}/${name}`);
  bringPrograms(root, [pamtester, ...files]);
  mkdirSync(join(root, 'var/run/faillock'), { recursive: true });
  return root;
}

/** Puts the operations to libpam, one after the other in one batch, each with its own process; what the last returned. */
export function askLibpam(root: string, asked: readonly Asked[]): readonly (ReturnCode | string)[] {
  const script = asked.map(command).join('\n');
  return runInLibpamRoot(root, script).map(codeOf);
}

/** What libpam returned to each, and how many failures are on record before and after it. */
export function tryWithTally(
  root: string,
  asked: readonly (Asked & { readonly failures: number })[],
): readonly { readonly code: ReturnCode | string; readonly before: number; readonly after: number }[] {
  const size = (user: string) => `wc -c 2>/dev/null </var/run/faillock/${user} || echo 0`;
  const script = asked.map((one) => {
    const fails = Array(one.failures).fill(
      command({ service: 'count', user: one.user, operations: 'authenticate' }),
    );
    return [
      `rm -f /var/run/faillock/*; { ${['true', ...fails].join('; ')}; } >/dev/null`,
      size(one.user),
      command(one),
      size(one.user),
    ].join('\n');
  });
  const rows = runInLibpamRoot(root, script.join('\n'));
  return asked.map((_, index) => {
    const [before, code = '', after] = rows.slice(3 * index, 3 * index + 3);
    return { code: codeOf(code), before: Number(before), after: Number(after) };
  });
}

function command({ service, user, operations, password = '' }: Asked): string {
  // Modules talk to the user on both streams; what failed is said on the second alone.
  return `printf '%s\\n' '${password}' | pamtester ${service} ${user} ${operations} 2>&1 >/dev/null | { grep -o 'pamtester: .*' || echo success; }`;
}

function runInLibpamRoot(root: string, script: string): readonly string[] {
  writeFileSync(join(root, 'tmp/batch'), `PATH=/usr/bin:/bin\n${script}\n`);
  // Nothing of /dev but this: what libpam would log stays here.
  const enter =
    'mount --bind /proc "$1/proc" && mount --bind /dev/null "$1/dev/null" && exec chroot "$1" /bin/busybox sh /tmp/batch';
  const { stdout } = spawnSync('unshare', ['-m', 'sh', '-c', enter, 'enter', root], {
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  return stdout.trimEnd().split('\n');
}

/** Writes service files into a root. */
export function putServices(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, 'etc/pam.d', name)), { recursive: true });
    writeFileSync(join(root, 'etc/pam.d', name), text, 'latin1');
  }
}

// pam_strerror(3).
const said: Readonly<Record<string, ReturnCode>> = {
  'Critical error - immediate abort': 'abort',
  'Initialization failure': 'abort',
  'Failed to load module': 'open_err',
  'Symbol not found': 'symbol_err',
  'Error in service module': 'service_err',
  'System error': 'system_err',
  'Memory buffer error': 'buf_err',
  'Permission denied': 'perm_denied',
  'Authentication failure': 'auth_err',
  'Insufficient credentials to access authentication data': 'cred_insufficient',
  'Authentication service cannot retrieve authentication info': 'authinfo_unavail',
  'User not known to the underlying authentication module': 'user_unknown',
  'Have exhausted maximum number of retries for service': 'maxtries',
  'Authentication token is no longer valid; new one required': 'new_authtok_reqd',
  'User account has expired': 'acct_expired',
  'Cannot make/remove an entry for the specified session': 'session_err',
  'Authentication service cannot retrieve user credentials': 'cred_unavail',
  'User credentials expired': 'cred_expired',
  'Failure setting user credentials': 'cred_err',
  'No module specific data is present': 'no_module_data',
  'Bad item passed to pam_*_item()': 'bad_item',
  'Conversation error': 'conv_err',
  'Authentication token manipulation error': 'authtok_err',
  'Authentication information cannot be recovered': 'authtok_recover_err',
  'Authentication token lock busy': 'authtok_lock_busy',
  'Authentication token aging disabled': 'authtok_disable_aging',
  'Failed preliminary check by password service': 'try_again',
  'The return value should be ignored by PAM dispatch': 'ignore',
  'Module is unknown': 'module_unknown',
  'Authentication token expired': 'authtok_expired',
  'Conversation is waiting for event': 'conv_again',
  'Application needs to call libpam again': 'incomplete',
};

function codeOf(line: string): ReturnCode | string {
  if (line === 'success') return line;
  const text = line.replace(/^pamtester: /, '');
  return said[text] ?? line;
}
