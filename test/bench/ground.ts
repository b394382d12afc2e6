import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from '../hosts/lab.ts';
import type { LabHost } from '../hosts/lab_host.ts';
import type { ReachableHost } from '../hosts/client_files.ts';
import { makeCpuGroups, type CpuGroups } from './cpu.ts';
import { delayed } from './delay.ts';
import { writeFleet, type Fleet } from './fleet.ts';
import { pythonRoot } from './python_root.ts';

/** Hosts and how to look at their files without any of the programs that are measured. */
export interface Ground {
  readonly fleet: Fleet;
  readonly hosts: readonly LabHost[];
  /** The turns of the talk since the last call, where something counts them. */
  readonly turns?: () => Promise<number>;
  readonly cpu: CpuGroups | null;
}

/** Starts hosts for as long as `use` takes; with python3 on them where Ansible is to be measured. */
export async function withGround(
  count: number,
  withPython: boolean,
  use: (ground: Ground) => Promise<void>,
): Promise<void> {
  const debianRoot = withPython ? { debianRoot: await pythonRoot() } : {};
  const cpu = await makeCpuGroups();
  try {
    await cpu?.enter('hosts');
    const lab = await startLab({ debian: count, ...debianRoot });
    try {
      await cpu?.enter('controller');
      await withFleet(lab.privateKey, lab.hosts, (fleet) => use({ fleet, hosts: lab.hosts, cpu }));
    } finally {
      await lab.stop();
    }
  } finally {
    await cpu?.remove();
  }
}

/** The same hosts behind a forwarder that makes every round trip longer. */
export async function withForwarder(
  { fleet, hosts, cpu }: Ground,
  milliseconds: number,
  use: (ground: Ground) => Promise<void>,
): Promise<void> {
  await cpu?.enter('neither');
  const slow = await delayed(hosts, milliseconds);
  await cpu?.enter('controller');
  try {
    await withFleet(fleet.privateKey, slow.hosts, (behind) =>
      use({ fleet: behind, hosts, cpu, turns: slow.turns }),
    );
  } finally {
    await slow.stop();
  }
}

async function withFleet(
  privateKey: string,
  hosts: readonly ReachableHost[],
  use: (fleet: Fleet) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-bench-'));
  try {
    await use(await writeFleet(folder, hosts, await readFile(privateKey, 'utf8')));
  } finally {
    await rm(folder, { recursive: true });
  }
}
