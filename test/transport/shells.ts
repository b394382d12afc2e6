import { existsSync } from 'node:fs';

/** The shells that a host may have, as `exec` takes them; those that this machine has. */
export const shells = [
  ['dash', '/bin/dash'],
  ['bash', '/bin/bash'],
  ['busybox ash', '/usr/bin/busybox sh'],
  ['ksh', '/bin/ksh'],
  ['mksh', '/bin/mksh'],
] as const;

/** Whether a shell of the list is installed. */
export function hasShell(command: string): boolean {
  return existsSync(command.split(' ')[0] ?? '');
}
