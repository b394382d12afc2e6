import { spawn, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeClientFiles, type ClientFiles } from './client_files.ts';
import { newKey } from './keys.ts';
import { freePort, nextTestAddress } from './lab_address.ts';
import { startLabHost, type LabHost } from './lab_host.ts';
import { labRoot, type HostKind } from './lab_root.ts';

const execute = promisify(execFile);

/** How many hosts of which kind. */
export interface LabSize {
  readonly debian: number;
  readonly busybox?: number;
  readonly systemd?: number;
  /** The root of the Debian hosts, where it is not the one that all labs share. */
  readonly debianRoot?: string;
  /** The same for those that systemd runs. */
  readonly systemdRoot?: string;
}

/** Running hosts and what a client needs for them. */
export interface Hosts extends ClientFiles {
  readonly hosts: readonly LabHost[];
  /** The password of the user `dev`, who may sudo with it. */
  readonly devPassword: string;
}

/** Hosts that go when they are stopped, and also when this process dies. */
export interface Lab extends Hosts {
  stop(): Promise<void>;
}

/** Starts hosts for a test: root, Linux and the programs of `labMissing` are needed. */
export async function startLab(size: LabSize): Promise<Lab> {
  const folder = await mkdtemp(join(tmpdir(), 'fettle-lab-'));
  await chmod(folder, 0o755);
  const leash = spawn('sh', [endScript, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  const over = once(leash, 'exit');
  const stop = async () => {
    leash.stdin.end();
    await over;
  };
  try {
    const hosts = await startHosts(size, folder, nextTestAddress, (group) => {
      leash.stdin.write(`${group}\n`);
    });
    return { ...hosts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The script that ends hosts: its argument is their folder, its input their process groups. */
export const endScript = join(import.meta.dirname, 'lab', 'end.sh');

/** Starts hosts side by side below a folder; `started` is told each process group as soon as there is one. */
export async function startHosts(
  size: LabSize,
  folder: string,
  address: (n: number) => string,
  started: (group: number, name: string, where: string) => void,
): Promise<Hosts> {
  const key = newKey();
  const devPassword = randomBytes(9).toString('base64url');
  const crypted = await crypt(devPassword);
  const start = async (kind: HostKind, n: number, name: string) => {
    const own = address(n);
    const options = {
      kind,
      name,
      base: ownRoot(kind, size) ?? (await labRoot(kind)),
      folder: join(folder, 'hosts', name),
      address: own,
      port: await freePort(own),
      authorizedKey: key.publicLine,
      devPassword: crypted,
    };
    return startLabHost(options, (group) => started(group, name, `${own}:${options.port}`));
  };
  const debian = numbers(size.debian).map((n) => start('debian', n, `debian${n}`));
  const busybox = numbers(size.busybox ?? 0).map((n) => start('busybox', size.debian + n, `busybox${n}`));
  const before = size.debian + (size.busybox ?? 0);
  const systemd = numbers(size.systemd ?? 0).map((n) => start('systemd', before + n, `systemd${n}`));
  const settled = await Promise.allSettled([...debian, ...busybox, ...systemd]);
  const hosts = settled.map((host) => {
    if (host.status === 'rejected') throw host.reason;
    return host.value;
  });
  const files = await writeClientFiles(folder, key.privateText, {
    debian: hosts.filter((host) => host.kind === 'debian'),
    busybox: hosts.filter((host) => host.kind === 'busybox'),
    systemd: hosts.filter((host) => host.kind === 'systemd'),
  });
  return { ...files, hosts, devPassword };
}

function ownRoot(kind: HostKind, { debianRoot, systemdRoot }: LabSize): string | undefined {
  return { debian: debianRoot, systemd: systemdRoot, busybox: undefined }[kind];
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

/** The password as /etc/shadow holds it. */
async function crypt(password: string): Promise<string> {
  const salt = randomBytes(6).toString('hex');
  const program = `chomp(my $word = <STDIN>); print crypt($word, '$6$${salt}$')`;
  const running = execute('perl', ['-e', program]);
  running.child.stdin?.end(`${password}\n`);
  return (await running).stdout;
}
