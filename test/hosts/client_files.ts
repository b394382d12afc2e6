import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a client must know of a host to reach it. */
export interface ReachableHost {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Its public host key, "ssh-ed25519 AAAA…". */
  readonly hostKey: string;
  /** More variables for its line in the inventory. */
  readonly vars?: Readonly<Record<string, string>>;
}

/** Where the files for a client lie. */
export interface ClientFiles {
  readonly inventory: string;
  readonly knownHosts: string;
  readonly privateKey: string;
}

/** A host's line for known_hosts. */
export function knownHostsLine(host: ReachableHost): string {
  const where = host.port === 22 ? host.address : `[${host.address}]:${host.port}`;
  return `${where} ${host.hostKey}`;
}

/** Writes a private key, known_hosts and an inventory with which `fettle run -i` works at once. */
export async function writeClientFiles(
  folder: string,
  privateKey: string,
  groups: Readonly<Record<string, readonly ReachableHost[]>>,
): Promise<ClientFiles> {
  const files: ClientFiles = {
    inventory: join(folder, 'inventory.ini'),
    knownHosts: join(folder, 'known_hosts'),
    privateKey: join(folder, 'id_ed25519'),
  };
  await mkdir(folder, { recursive: true });
  await writeFile(files.privateKey, privateKey, { mode: 0o600 });
  await chmod(files.privateKey, 0o600);
  const hosts = Object.values(groups).flat();
  await writeFile(files.knownHosts, hosts.map((host) => `${knownHostsLine(host)}\n`).join(''));
  await writeFile(files.inventory, inventoryText(groups, files));
  return files;
}

function inventoryText(
  groups: Readonly<Record<string, readonly ReachableHost[]>>,
  files: ClientFiles,
): string {
  const sections = Object.entries(groups).map(
    ([group, hosts]) => `[${group}]\n${hosts.map((host) => `${inventoryLine(host)}\n`).join('')}`,
  );
  const common = [
    '[all:vars]',
    `ansible_ssh_private_key_file=${files.privateKey}`,
    `ansible_ssh_common_args='-o UserKnownHostsFile=${files.knownHosts} -o IdentitiesOnly=yes'`,
  ];
  return `${sections.join('\n')}\n${common.join('\n')}\n`;
}

function inventoryLine(host: ReachableHost): string {
  const vars = {
    ansible_host: host.address,
    ansible_port: String(host.port),
    ansible_user: host.user,
    ...host.vars,
  };
  return [host.name, ...Object.entries(vars).map(([name, value]) => `${name}=${value}`)].join(' ');
}
