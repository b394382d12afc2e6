import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Image, MachineKind } from './image.ts';

/** What a machine is started with. */
export interface QemuOptions {
  readonly image: Image;
  readonly kind: MachineKind;
  /** Its disk, which it writes. */
  readonly disk: string;
  /** Takes what it writes to its serial console. */
  readonly log: string;
  /** The port of 127.0.0.1 that leads to its port 22. */
  readonly port: number;
  readonly from: 'power-on' | 'snapshot';
}

/** A running emulator. */
export interface Qemu {
  readonly pid: number;
  /** How it ended, or null while it runs. */
  ended(): string | null;
  /** Gives a command to its monitor, and what that printed. */
  monitor(command: string): Promise<string>;
  quit(): Promise<void>;
}

/** The name of the state that each machine starts from. */
export const snapshotName = 'ready';

/** Starts the emulator, which ends with this process; a snapshot wants the very machine that it was taken of. */
export function startQemu({ image, kind, disk, log, port, from }: QemuOptions): Qemu {
  const words = [
    ...['-name', `fettle-${kind}`, '-nodefaults', '-no-user-config', '-display', 'none'],
    ...['-machine', 'pc', '-accel', 'tcg,thread=multi', '-smp', '2', '-m', '1024'],
    // GRUB stands where a kernel would, so that there is one disk and no boot sector.
    ...['-kernel', image.bootLoader(kind)],
    ...['-device', 'virtio-blk-pci,drive=root,addr=4'],
    ...['-drive', `file=${disk},format=qcow2,if=none,id=root,cache=unsafe,discard=unmap`],
    ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:22`],
    ...['-device', 'virtio-net-pci,netdev=net,addr=5,romfile=', '-device', 'virtio-rng-pci,addr=6'],
    ...['-serial', `file:${log}`, '-qmp', 'stdio'],
    ...(from === 'snapshot' ? ['-loadvm', snapshotName] : []),
  ];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...words], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  if (child.pid === undefined) throw new Error('qemu-system-x86_64 could not be started');
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
  const ask = monitorOf(child);
  return {
    pid: child.pid,
    ended: () =>
      (child.exitCode ?? child.signalCode) === null
        ? null
        : `${child.exitCode ?? child.signalCode} ${complaint}`,
    monitor: (command) => ask('human-monitor-command', { 'command-line': command }),
    async quit() {
      const over = once(child, 'exit');
      await Promise.race([ask('quit'), over]);
      await over;
    },
  };
}

/** Speaks QMP, one command after the other. */
function monitorOf(child: ChildProcess): (command: string, args?: object) => Promise<string> {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('the emulator has no monitor');
  stdin.on('error', () => undefined);
  const waiting: { resolve(answer: string): void; reject(error: Error): void }[] = [];
  createInterface({ input: stdout }).on('line', (line) => {
    const said = JSON.parse(line) as { return?: unknown; error?: { desc: string } };
    if ('return' in said) waiting.shift()?.resolve(typeof said.return === 'string' ? said.return : '');
    if (said.error !== undefined) waiting.shift()?.reject(new Error(said.error.desc));
  });
  child.once('exit', () =>
    waiting.splice(0).forEach(({ reject }) => reject(new Error('the emulator has ended'))),
  );
  const ask = (execute: string, args: object = {}) =>
    new Promise<string>((resolve, reject) => {
      waiting.push({ resolve, reject });
      stdin.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    });
  // A machine that ends before it is asked anything says so by its exit status.
  ask('qmp_capabilities').catch(() => undefined);
  return ask;
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function freeLoopbackPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
