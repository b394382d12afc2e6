import type { Position } from '../errors.ts';

/** A variable's raw value as the file says (templates not yet rendered) and where. */
export interface InventoryValue {
  readonly value: unknown;
  readonly at: Position;
  /** Which layer it comes from: "group all", "host web1", "group_vars/web". */
  readonly from: string;
}

export interface InventoryGroup {
  readonly name: string;
  readonly children: readonly string[];
  readonly hosts: readonly string[];
  readonly vars: ReadonlyMap<string, InventoryValue>;
}

export interface InventoryHost {
  readonly name: string;
  /** All groups it is in, parents first, `all` first of all; Ansible's merge order. */
  readonly groups: readonly string[];
  /** Group and host variables merged in Ansible's order. */
  readonly vars: ReadonlyMap<string, InventoryValue>;
}

/** All inventories of a run, merged. */
export interface Inventory {
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  readonly groups: ReadonlyMap<string, InventoryGroup>;
  /** What `localhost` is where no host bears that name; see findHost. */
  readonly localhost?: InventoryHost;
}
