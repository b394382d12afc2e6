import { describe, expect, test } from 'vitest';
import { loadInventory } from '../../engine/load/inventory_load.ts';
import {
  inventoryGraph,
  inventoryHost,
  inventoryJson,
  inventoryList,
} from '../../engine/load/inventory_output.ts';
import { selectHosts } from '../../engine/load/pattern.ts';
import { hasAnsible, runAnsible, scratch } from './inventory_scratch.ts';

const small = 'inventory/small/hosts';
const yaml = 'inventory/yaml/hosts.yml';

test('the INI sample as a tree', async () => {
  expect(inventoryGraph(await loadInventory([small]))).toBe(`@all:
  |--@ungrouped:
  |  |--bastion
  |--@production:
  |  |--@karaf:
  |  |  |--node01.example.com
  |  |  |--node02.example.com
  |  |  |--node03.example.com
  |  |--@balancer:
  |  |  |--lb-a.example.com
  |  |  |--lb-b.example.com
  |  |--@database:
  |  |  |--db1.example.com
  |  |  |--db2.example.com`);
});

test('a host of the INI sample, with its variables from every layer', async () => {
  const inventory = await loadInventory([small]);
  expect(inventoryHost(inventory, 'node01.example.com')).toMatchObject({
    ansible_user: 'ops',
    karaf_home: '/opt/karaf',
    karaf_role: 'leader',
    stage: 'production',
  });
  const from = [...(inventory.hosts.get('node01.example.com')?.vars ?? [])].map(([name, { from, at }]) => [
    name,
    `${from} ${at.file}:${at.line}:${at.column}`,
  ]);
  expect(Object.fromEntries(from)).toMatchObject({
    ansible_user: 'group production inventory/small/hosts:29:1',
    ntp_servers: 'group_vars/all inventory/small/group_vars/all.yml:5:3',
    karaf_home: 'group_vars/karaf inventory/small/group_vars/karaf/main.yml:2:13',
    karaf_role: 'host_vars/node01.example.com inventory/small/host_vars/node01.example.com.yml:2:13',
  });
  expect(inventory.hosts.get('node01.example.com')?.groups).toEqual(['all', 'production', 'karaf']);
});

test("the patterns of the samples' page", async () => {
  const inventory = await loadInventory([small]);
  expect(selectHosts(inventory, 'production:!database:!balancer[0]')).toEqual([
    'node01.example.com',
    'node02.example.com',
    'node03.example.com',
    'lb-b.example.com',
  ]);
  expect(selectHosts(inventory, '~node0[12]')).toEqual(['node01.example.com', 'node02.example.com']);
});

test('unknown names of a host or group to show', async () => {
  const inventory = await loadInventory([yaml]);
  expect(() => inventoryHost(inventory, 'web1.example.com')).toThrow('no host `web1.example.com`');
  expect(() => inventoryGraph(inventory, 'wbe')).toThrow('no group `wbe`');
  expect(inventoryHost(inventory, 'localhost')).toMatchObject({ ansible_connection: 'local' });
});

describe.runIf(hasAnsible)('the same as ansible-inventory (needs ansible-core)', () => {
  test.each([small, yaml])('%s', async (source) => {
    const folder = scratch({});
    const args = ['-i', `${process.cwd()}/${source}`, '--list'];
    const theirs = runAnsible('ansible-inventory', args, folder);
    expect(inventoryJson(inventoryList(await loadInventory([source])))).toBe(theirs.trimEnd());
  });
});
