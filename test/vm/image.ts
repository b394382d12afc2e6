import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { endScript } from '../hosts/lab.ts';
import { loginTo, reachable } from './login.ts';
import { freeLoopbackPort, snapshotName, startQemu } from './qemu.ts';

const execute = promisify(execFile);

export type MachineKind = 'selinux' | 'kernels';

const kinds: readonly MachineKind[] = ['selinux', 'kernels'];

/** Releases as `uname -r` gives them. */
export interface Kernels {
  /** Installed, running, and the only one when a machine starts. */
  readonly old: string;
  /** Newer, in the repository. */
  readonly newer: string;
  /** Newer still, in the repository; it panics before there is a root file system. */
  readonly broken: string;
}

/** What all machines start from, below the user's cache folder. */
export interface Image {
  readonly kernels: Kernels;
  readonly hostKey: string;
  readonly privateKey: string;
  /** Where running machines keep what is theirs. */
  readonly runs: string;
  /** What all disks are copies of. */
  readonly disk: string;
  /** A copy-on-write disk with the state of a machine that has just booted. */
  snapshot(kind: MachineKind): string;
  /** GRUB, which is where kinds differ: it ends each kernel's command line. */
  bootLoader(kind: MachineKind): string;
}

/** The image for this version of the build scripts; the first call builds it, which takes some minutes. */
export async function machineImage(): Promise<Image> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'fettle');
  const folder = join(cache, `vm-${await digest()}`);
  await mkdir(cache, { recursive: true, mode: 0o700 });
  if (!(await exists(folder))) {
    const release = await locked(`${folder}.lock`);
    // Another may have built it meanwhile.
    try {
      if (!(await exists(folder))) await build(folder);
    } finally {
      await release();
    }
  }
  return imageIn(folder);
}

/** Waits for a lock, which lasts until it is released or this process dies. */
async function locked(file: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo mine; read -r _'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const over = once(holder, 'exit');
  await Promise.race([once(holder.stdout, 'data'), over]);
  return async () => {
    holder.stdin.end();
    await over;
  };
}

/** Of everything that decides what the image is like. */
async function digest(): Promise<string> {
  const scripts = await readdir(join(import.meta.dirname, 'image'), { recursive: true, withFileTypes: true });
  const files = scripts
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hash = createHash('sha256');
  for (const file of [...files.toSorted(), join(import.meta.dirname, 'qemu.ts'), '/etc/os-release']) {
    hash.update(basename(file)).update('\0');
    hash.update(await readFile(file)).update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}

/** Builds beside the final place and moves there what is complete; the leash removes what is not. */
async function build(folder: string): Promise<void> {
  const partial = await mkdtemp(`${folder}.`);
  const leash = spawn('sh', [endScript, partial], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const over = once(leash, 'exit');
  try {
    const script = join(import.meta.dirname, 'image', 'build.sh');
    // In its own mount and pid namespace: whatever it mounts or starts goes with it.
    const own = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', script, partial];
    // What the programs leave behind when they are killed goes with the folder.
    const TMPDIR = join(partial, 'tmp');
    await mkdir(TMPDIR);
    const env = { ...process.env, TMPDIR };
    const building = spawn('unshare', own, { detached: true, env, stdio: ['ignore', 'inherit', 'inherit'] });
    leash.stdin.write(`${building.pid}\n`);
    const [code] = (await once(building, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${script} ended with ${code}`);
    const image = await imageIn(partial);
    for (const kind of kinds) await takeSnapshot(image, kind, (pid) => leash.stdin.write(`${pid}\n`));
    // A copy of the disk lies elsewhere: it finds what is below it by the whole path.
    const below = ['-u', '-b', join(folder, 'root.raw'), '-F', 'raw'];
    for (const kind of kinds) await execute('qemu-img', ['rebase', '-q', ...below, image.snapshot(kind)]);
    await rm(TMPDIR, { recursive: true });
    await rename(partial, folder);
  } finally {
    leash.stdin.end();
    await over;
  }
}

/** Boots a kind of machine once and keeps its state. */
async function takeSnapshot(image: Image, kind: MachineKind, started: (pid: number) => void): Promise<void> {
  const disk = image.snapshot(kind);
  await execute('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', 'root.raw', '-F', 'raw', disk]);
  const [port, log] = [await freeLoopbackPort(), join(image.runs, `${kind}.console`)];
  const qemu = startQemu({ image, kind, disk, log, port, from: 'power-on' });
  started(qemu.pid);
  const client = await loginTo(reachable(image, kind, port), image.privateKey, qemu.ended);
  await client.run('systemctl is-system-running --wait; sync');
  client.close();
  const said = await qemu.monitor(`savevm ${snapshotName}`);
  if (said !== '') throw new Error(`savevm: ${said}`);
  await qemu.quit();
}

async function imageIn(folder: string): Promise<Image> {
  const [kernels, hostKey, privateKey] = await Promise.all(
    ['kernels.json', 'host_key.pub', 'id_ed25519'].map((name) => readFile(join(folder, name), 'utf8')),
  );
  return {
    kernels: JSON.parse(kernels ?? '') as Kernels,
    hostKey: hostKey?.trim() ?? '',
    privateKey: privateKey ?? '',
    runs: join(folder, 'runs'),
    disk: join(folder, 'root.raw'),
    snapshot: (kind) => join(folder, `${kind}.qcow2`),
    bootLoader: (kind) => join(folder, `${kind}.grub`),
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
