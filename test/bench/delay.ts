import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { ReachableHost } from '../hosts/client_files.ts';

const execute = promisify(execFile);
const top = join(import.meta.dirname, '..', '..');

/** Hosts behind a forwarder that adds to every round trip. */
export interface Delayed {
  readonly hosts: readonly ReachableHost[];
  /** How often the talk has turned from host to client since the last call, over all connections. */
  turns(): Promise<number>;
  stop(): Promise<void>;
}

/** Puts a forwarder in front of each host: it holds back half of `milliseconds` each way. */
export async function delayed(hosts: readonly ReachableHost[], milliseconds: number): Promise<Delayed> {
  const targets = hosts.map((host) => `${host.address}:${host.port}`);
  const program = join(import.meta.dirname, 'forwarder.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', program, String(milliseconds), ...targets], {
    cwd: top,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => ((await lines.next()).value as string | undefined) ?? '';
  const ports = (await next()).split(' ').map(Number);
  return {
    hosts: hosts.map((host, index) => ({ ...host, address: '127.0.0.1', port: ports[index] ?? 0 })),
    turns: async () => {
      child.stdin.write('turns\n');
      return Number(await next());
    },
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}

/** Whether this kernel can delay what passes a network interface. */
export async function hasNetem(): Promise<boolean> {
  return execute('unshare', withNetem(1, ['true'])).then(
    () => true,
    () => false,
  );
}

/** Words for `unshare` that run a command in a network of its own, where every round trip takes this much longer. */
export function withNetem(milliseconds: number, command: readonly string[]): readonly string[] {
  const delay = `tc qdisc add dev lo root netem delay ${milliseconds / 2}ms limit 100000`;
  return ['--net', 'sh', '-ec', `ip link set lo up; ${delay}; exec "$@"`, 'sh', ...command];
}
