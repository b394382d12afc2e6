import type { Statement } from './statements.ts';
import type { Text } from './text.ts';
import { wordsOf } from './words.ts';

/** A statement that has keepalived run something. */
export interface Use {
  readonly statement: Statement;
  readonly keyword: string;
  /** The command's words, which the value holds; what is run comes first. */
  readonly words: readonly Text[];
  /** Words after the value: user and group. */
  readonly runAs: readonly string[];
}

/** The keywords that take a script, and the blocks that they stand in. (keepalived.conf(5), install_keyword in the sources) */
const places: Readonly<Record<string, readonly string[]>> = {
  script: ['vrrp_script'],
  misc_path: ['MISC_CHECK'],
  notify: ['vrrp_instance', 'vrrp_sync_group'],
  notify_master: ['vrrp_instance', 'vrrp_sync_group'],
  notify_backup: ['vrrp_instance', 'vrrp_sync_group'],
  notify_fault: ['vrrp_instance', 'vrrp_sync_group'],
  notify_stop: ['vrrp_instance', 'vrrp_sync_group'],
  notify_deleted: ['vrrp_instance'],
  notify_master_rx_lower_pri: ['vrrp_instance'],
  notify_up: ['real_server', 'sorry_server'],
  notify_down: ['real_server', 'sorry_server'],
  quorum_up: ['virtual_server'],
  quorum_down: ['virtual_server'],
  startup_script: ['global_defs'],
  shutdown_script: ['global_defs'],
  notify_fifo_script: ['global_defs'],
  vrrp_notify_fifo_script: ['global_defs'],
  lvs_notify_fifo_script: ['global_defs'],
};

/** What a statement runs; null where it runs nothing, or cannot be read. */
export function useOf(statement: Statement): Use | null {
  const { keyword, block, words } = statement;
  const isScript = Object.hasOwn(places, keyword) && places[keyword]?.includes(block?.keyword ?? '');
  const [, value, ...rest] = words ?? [];
  if (!isScript || !value) return null;
  const inner = wordsOf(value);
  if (!inner || inner.length === 0) return null;
  return { statement, keyword, words: inner, runAs: rest.map((word) => word.chars) };
}

/** Whether its exit status decides something. */
export function isCheck({ keyword }: Use): boolean {
  return keyword === 'script' || keyword === 'misc_path';
}
