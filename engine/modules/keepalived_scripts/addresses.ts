import type { Analysis } from './analysis.ts';

/** The virtual addresses that this node may come to hold, each once and without its prefix: who holds one is MASTER. */
export function addressesOf({ now: [own] }: Analysis): readonly string[] {
  const found = (own?.statements ?? [])
    .filter(({ block }) => /^virtual_ipaddress(_excluded)?$/.test(block?.keyword ?? ''))
    .map(({ keyword }) => keyword.replace(/\/.*/, ''));
  return [...new Set(found)];
}
