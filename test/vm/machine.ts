import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Said, TestClient } from '../hosts/client.ts';
import { writeClientFiles, type ClientFiles, type ReachableHost } from '../hosts/client_files.ts';
import { endScript } from '../hosts/lab.ts';
import { machineImage, type Kernels, type MachineKind } from './image.ts';
import { loginTo, reachable } from './login.ts';
import { freeLoopbackPort, startQemu } from './qemu.ts';

export type { Kernels, MachineKind } from './image.ts';

/** A running virtual machine; it goes when it is closed, and also when this process dies. */
export interface Machine {
  readonly kind: MachineKind;
  /** The releases (`uname -r`) that it has and may get; the package of each is `linux-image-RELEASE`. */
  readonly kernels: Kernels;
  /** Where its SSH server is reached; the user is root. */
  readonly host: ReachableHost;
  /** Writes inventory, known_hosts and key into a folder: group `vm`, host name = kind. */
  inventory(folder: string): Promise<ClientFiles>;
  /** Runs a shell command as root over one SSH connection that is kept; its code is null where the connection broke. */
  exec(command: string): Promise<Said>;
  /** The same, giving what it printed; throws when the command fails. */
  run(command: string): Promise<string>;
  /** What the machine has written to its serial console since it started. */
  console(): Promise<string>;
  close(): Promise<void>;
}

/** Starts a machine as it was right after its first boot; it can be written to freely, the cached image never is. */
export async function startMachine(kind: MachineKind): Promise<Machine> {
  const image = await machineImage();
  const folder = await mkdtemp(join(image.runs, `${kind}-`));
  const leash = spawn('sh', [endScript, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const over = once(leash, 'exit');
  let client: TestClient | null = null;
  const close = async () => {
    client?.close();
    leash.stdin.end();
    await over;
  };
  try {
    const disk = join(folder, 'disk.qcow2');
    const log = join(folder, 'console');
    await copyFile(image.snapshot(kind), disk, constants.COPYFILE_FICLONE);
    const port = await freeLoopbackPort();
    const qemu = startQemu({ image, kind, disk, log, port, from: 'snapshot' });
    leash.stdin.write(`${qemu.pid}\n`);
    const host = reachable(image, kind, port);
    const login = () => loginTo(host, image.privateKey, qemu.ended);
    client = await login();
    // The open disk needs no name: nothing of it can be left.
    await rm(disk);
    const exec = async (command: string): Promise<Said> => {
      client ??= await login();
      try {
        return await client.run(command);
      } catch (error) {
        client.close();
        client = null;
        return { code: null, signal: null, stdout: '', stderr: String(error) };
      }
    };
    const run = async (command: string) => {
      const said = await exec(command);
      if (said.code !== 0)
        throw new Error(`${command}: ended with ${said.code}\n${said.stdout}${said.stderr}`);
      return said.stdout;
    };
    // The clock stands where the snapshot was taken.
    await run(`date -u -s @${Math.floor(Date.now() / 1000)} >/dev/null`);
    return {
      kind,
      kernels: image.kernels,
      host,
      inventory: (into) => writeClientFiles(into, image.privateKey, { vm: [host] }),
      exec,
      run,
      console: () => readFile(log, 'latin1'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
