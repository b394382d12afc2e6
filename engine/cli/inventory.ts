import { FettleError } from '../errors.ts';
import { inventoryGraph, inventoryHost, inventoryJson, inventoryList } from '../load/inventory_output.ts';
import { readInventory } from './controller.ts';
import { exitStatus } from './exit.ts';
import { withoutPasswords } from './mask_passwords.ts';
import type { InventoryOptions } from './options.ts';

/** `fettle inventory list|graph|host` */
export async function inventory(
  [view = '', name]: readonly string[],
  options: InventoryOptions,
): Promise<number> {
  const { inventory: read } = await readInventory(options, []);
  if (view === 'list') process.stdout.write(`${inventoryJson(withoutPasswords(inventoryList(read)))}\n`);
  else if (view === 'graph') process.stdout.write(`${inventoryGraph(read, name)}\n`);
  else if (view === 'host' && name !== undefined)
    process.stdout.write(`${inventoryJson(withoutPasswords(inventoryHost(read, name)))}\n`);
  else {
    const summary = view === 'host' ? 'which host?' : `there is no view ${view}`;
    throw new FettleError('usage', {
      summary,
      next: 'write fettle inventory list, graph [GROUP] or host NAME',
    });
  }
  return exitStatus.fine;
}
