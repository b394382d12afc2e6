import { execFile } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { ReachableHost } from '../hosts/client_files.ts';
import type { LabHost } from '../hosts/lab_host.ts';

const execute = promisify(execFile);

/**
 * As many hosts as wanted out of one: another sshd on it answers on every loopback address. They share its files, so each
 * is to be given a folder of its own there. It goes with the host.
 */
export async function manyOf(host: LabHost, count: number): Promise<readonly ReachableHost[]> {
  const port = await freePort();
  const init = /^\/proc\/(\d+)\/root$/.exec(await host.files())?.[1] ?? '';
  const options = ['ListenAddress=0.0.0.0', `Port=${port}`, 'MaxStartups=1000', 'MaxSessions=100'];
  const sshd = ['/usr/sbin/sshd', ...options.flatMap((option) => ['-o', option])];
  await execute('nsenter', [
    '--target',
    init,
    '--mount',
    '--uts',
    '--ipc',
    '--pid',
    '--root',
    '--wd',
    ...sshd,
  ]);
  return Array.from({ length: count }, (_, index) => ({
    name: `host${String(index + 1).padStart(4, '0')}`,
    address: `127.${200 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
    port,
    user: host.user,
    hostKey: host.hostKey,
  }));
}

/** A port that nothing listens on, on any address. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
