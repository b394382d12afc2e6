import type { BatchSize } from '../load/playbook.ts';

/** The hosts of a play in batches, as `serial` says; the last size holds for all that follow. A share is at least one host. */
export function batchesOf(
  hosts: readonly string[],
  serial: readonly BatchSize[],
): readonly (readonly string[])[] {
  if (serial.length === 0) return hosts.length === 0 ? [] : [hosts];
  const batches: (readonly string[])[] = [];
  for (let from = 0; from < hosts.length; ) {
    const size = serial[Math.min(batches.length, serial.length - 1)] as BatchSize;
    const count = 'hosts' in size ? size.hosts : Math.max(1, Math.floor((hosts.length * size.percent) / 100));
    batches.push(hosts.slice(from, from + count));
    from += count;
  }
  return batches;
}
