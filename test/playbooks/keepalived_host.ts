import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { LabHost } from '../hosts/lab_host.ts';
import { firstProcess } from '../hosts/systemd_host.ts';

const execute = promisify(execFile);

/** A host whose real keepalived runs as a service, in a network of its own. */
export interface KeepalivedHost {
  /** A file of the host. */
  read(path: string): Promise<string>;
  write(path: string, text: string, mode?: number): Promise<void>;
  /** Runs a shell script as root on the host, with all that root may do on this machine. */
  run(script: string): Promise<string>;
}

/** Keeps the daemon from the machine's network: a unit cannot make one there by itself. */
const ownNetwork = '[Service]\nNetworkNamespacePath=/run/netns/lab\n';

const makeNetwork = `ip netns add lab
ip -n lab link set lo up
ip -n lab link add vr0 type veth peer name vr1
ip -n lab link set vr1 up
ip -n lab link set vr0 up
ip -n lab addr add 192.0.2.1/24 dev vr0`;

/** Starts keepalived on a host of the lab with the given files; those below a `scripts` folder may be executed. */
export async function startKeepalived(
  host: LabHost,
  files: Readonly<Record<string, string>>,
): Promise<KeepalivedHost> {
  const root = await host.files();
  const own: KeepalivedHost = {
    read: (path) => readFile(join(root, path), 'utf8'),
    async write(path, text, mode = 0o644) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
      await chmod(join(root, path), mode);
    },
    async run(script) {
      const first = await firstProcess(host.group);
      const enter = ['-t', String(first), '-m', '-u', '-i', '-p', '--', 'sh', '-ec', script];
      return (await execute('nsenter', enter)).stdout;
    },
  };
  for (const [path, text] of Object.entries(files)) {
    await own.write(path, text, path.includes('/scripts/') ? 0o755 : 0o644);
  }
  await own.write('/etc/systemd/system/keepalived.service.d/lab.conf', ownNetwork);
  await own.run(`${makeNetwork}\nsystemctl daemon-reload\nsystemctl start keepalived`);
  return own;
}
