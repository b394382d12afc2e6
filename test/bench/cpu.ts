import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Seconds of CPU that the two sides have used. Unlike the time on the clock they hardly depend on what else runs. */
export interface Cpu {
  readonly controller: number;
  readonly hosts: number;
}

/** Two groups of processes whose CPU time the kernel adds up, children included (cgroup v2). */
export interface CpuGroups {
  /** What this process starts from now on belongs to that side; `neither` is where it came from. */
  enter(side: keyof Cpu | 'neither'): Promise<void>;
  read(): Promise<Cpu>;
  /** All processes but this one must have ended. */
  remove(): Promise<void>;
}

/** Makes the groups; null where the kernel offers none. */
export async function makeCpuGroups(): Promise<CpuGroups | null> {
  const top = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'].find((path) =>
    existsSync(join(path, 'cgroup.controllers')),
  );
  const own = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8'))?.[1];
  if (top === undefined || own === undefined) return null;
  const folder = join(top, `fettle-bench-${process.pid}`);
  const folders = { controller: join(folder, 'controller'), hosts: join(folder, 'hosts') };
  const enter: CpuGroups['enter'] = async (side) => {
    const into = side === 'neither' ? join(top, own) : folders[side];
    await writeFile(join(into, 'cgroup.procs'), String(process.pid));
  };
  await mkdir(folders.controller, { recursive: true });
  await mkdir(folders.hosts);
  return {
    enter,
    read: async () => ({
      controller: await used(folders.controller),
      hosts: await used(folders.hosts),
    }),
    remove: async () => {
      await enter('neither');
      for (const path of [folders.controller, folders.hosts, folder]) await rmdir(path);
    },
  };
}

async function used(folder: string): Promise<number> {
  const text = await readFile(join(folder, 'cpu.stat'), 'utf8');
  return Number(/^usage_usec (\d+)$/m.exec(text)?.[1]) / 1e6;
}
