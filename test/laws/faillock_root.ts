import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from './law_case.ts';
import { bringPrograms } from './programs.ts';

/** A root with pam_faillock. A module that reads faillock.conf has that file's name in it; more is not looked at. */
export const faillockRoot: Readonly<Record<string, Entry>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
  'etc/pam.d': 'folder',
  'etc/security': 'folder',
  'lib/x86_64-linux-gnu/security/pam_faillock.so': 'constructed: /etc/security/faillock.conf\n',
};

/** The same as EL7 has it: pam_faillock takes arguments alone. */
export const oldFaillockRoot: Readonly<Record<string, Entry>> = {
  'etc/passwd': faillockRoot['etc/passwd'] as string,
  'usr/lib64/security/pam_faillock.so': 'constructed: even_deny_root\n',
};

/** Brings this machine's faillock(8), and failures of alice's: `struct tally` of Linux-PAM's faillock.h, 64 bytes each. */
export function bringFailures(root: string, count: number, folder = 'run/faillock'): void {
  bringPrograms(root, ['/usr/sbin/faillock']);
  mkdirSync(join(root, folder), { recursive: true });
  const rows = Array.from({ length: count }, (_, index) => {
    const row = Buffer.alloc(64);
    row.write('192.0.2.7', 'latin1');
    // TALLY_STATUS_VALID and TALLY_STATUS_RHOST.
    row.writeUInt16LE(3, 54);
    row.writeBigUInt64LE(BigInt(1_790_000_000 + index), 56);
    return row;
  });
  const tally = join(root, folder, 'alice');
  writeFileSync(tally, Buffer.concat(rows));
  // faillock(8) sets these even when it is only asked.
  chmodSync(tally, 0o660);
  chownSync(tally, 1000, 0);
}
