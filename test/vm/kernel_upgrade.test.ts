import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle } from '../playbooks/fettle.ts';
import { type Machine, startMachine } from './machine.ts';
import { vmMissing } from './requirements.ts';

const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'kernel-upgrade', 'playbook.yml');

const title = 'kernel-upgrade on a machine with several kernels (needs QEMU)';

// A boot takes half a minute where nothing else runs, several times that where much does.
describe.runIf(vmMissing() === null)(title, { timeout: 900_000 }, () => {
  let machine: Machine;
  let folder: string;
  let inventory: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fettle-kernel-vm-'));
    machine = await startMachine('kernels');
    inventory = (await machine.inventory(folder)).inventory;
    await writeFile(join(folder, 'more.ini'), '[kernel_upgrade]\nkernels\n');
  });

  afterAll(async () => {
    await machine?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (variables: Readonly<Record<string, unknown>>, ...more: readonly string[]) => {
    const { old } = machine.kernels;
    const all = {
      affected_from: old,
      min_boot_mb: 1,
      reboot_seconds: 600,
      // The bug of this machine is its old kernel.
      probe: `case $(uname -r) in ${old}) echo bad;; *) echo good;; esac`,
      ...variables,
    };
    const words = ['-i', inventory, '-i', join(folder, 'more.ini'), '-e', JSON.stringify(all), ...more];
    return fettle(['run', playbook, '--timeout', '60', ...words], join(folder, 'state'));
  };
  /** The connection that was kept ended with the boot. */
  const told = async (command: string) => {
    await machine.exec('true').catch(() => undefined);
    return machine.run(command);
  };
  const defaultOf = (environment: string) => /^saved_entry=(.*)$/m.exec(environment)?.[1];
  const variables = () => told('grub-editenv /boot/grub/grubenv list');

  test('where the new kernel panics, the old one runs again and stays the default', async () => {
    const { old, broken } = machine.kernels;
    const ended = await run({ wanted_kernel: broken, affected_before: broken });
    expect(ended.stdout).toContain(`the host came back with the kernel ${old}, expected ${broken}`);
    expect(ended.code).toBe(2);
    expect(await machine.console()).toContain('Kernel panic - not syncing');
    expect((await told('uname -r')).trim()).toBe(old);
    expect(defaultOf(await variables())).toContain(`>gnulinux-${old}-advanced-`);
    expect(await variables()).not.toMatch(/^next_entry=./m);
  });

  test('a kernel that comes up is proven, becomes the default, and is left alone the next time', async () => {
    const { old, newer } = machine.kernels;
    const wanted = { wanted_kernel: newer, affected_before: newer };
    const ended = await run(wanted);
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect((await told('uname -r')).trim()).toBe(newer);
    expect(defaultOf(await variables())).toContain(`>gnulinux-${newer}-advanced-`);
    expect(await machine.run(`dpkg-query -W -f '\${db:Status-Abbrev}' linux-image-${old}`)).toBe('ii ');

    const second = await run(wanted);
    expect(second, second.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain('nothing to do');
    expect(second.stdout).not.toContain('changed');
  });
});
