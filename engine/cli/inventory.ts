import { FettleError } from '../errors.ts';
import type { Inventory, InventoryHost, InventoryValue } from '../load/inventory.ts';
import { inventoryGraph, inventoryHost, inventoryJson, inventoryList } from '../load/inventory_output.ts';
import { visible } from '../report/visible.ts';
import { noInventory, readInventory } from './controller.ts';
import { exitStatus } from './exit.ts';
import type { ExtraVariable } from './extra_variables.ts';
import { withoutPasswords } from './mask_passwords.ts';
import type { InventoryOptions } from './options.ts';

/** `fettle inventory list|graph|host` */
export async function inventory(
  [view = '', name]: readonly string[],
  options: InventoryOptions,
): Promise<number> {
  const show = viewOf(view, name);
  const { inventory: read, sources, extra } = await readInventory(options, []);
  if (sources.length === 0) throw noInventory();
  process.stdout.write(`${show(withExtra(read, extra))}\n`);
  return exitStatus.fine;
}

/** Every host with the variables of `-e`, as they win in a run. */
function withExtra(read: Inventory, extra: ReadonlyMap<string, ExtraVariable>): Inventory {
  const given = [...extra].map(([name, { value, file }]): [string, InventoryValue] => [
    name,
    { value, at: { file, line: 1, column: 1 }, from: file },
  ]);
  const added = (host: InventoryHost): InventoryHost => ({
    ...host,
    vars: new Map([...host.vars, ...given]),
  });
  return { ...read, hosts: new Map([...read.hosts].map(([name, host]) => [name, added(host)])) };
}

function viewOf(view: string, name: string | undefined): (read: Inventory) => string {
  if (view === 'graph') return (read) => visible(inventoryGraph(read, name));
  if (view === 'list' && name === undefined)
    return (read) => inventoryJson(withoutPasswords(inventoryList(read)));
  if (view === 'host' && name !== undefined)
    return (read) => inventoryJson(withoutPasswords(inventoryHost(read, name)));
  const wrong: Readonly<Record<string, string>> = {
    host: 'which host?',
    list: `the list is of all hosts, not of ${name}`,
  };
  throw new FettleError('usage', {
    summary: wrong[view] ?? `there is no view ${view}`,
    next: 'write fettle inventory list, graph [GROUP] or host NAME',
  });
}
