import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeClientFiles, type ClientFiles, type ReachableHost } from '../hosts/client_files.ts';

/** Who logs in: a user with /bin/sh and no start-up files of its own, who may sudo without a password. */
export const loginUser = 'ops';

/** One way to reach hosts, written out for every program that is compared. */
export interface Fleet extends ClientFiles {
  /** Where all of this lies, and what the programs leave behind. */
  readonly folder: string;
  readonly names: readonly string[];
  /** For the OpenSSH client: every host by its name, one key exchange, nothing of the user's own configuration. */
  readonly sshConfig: string;
  /** For ansible-playbook: pipelining, fifty forks. */
  readonly ansibleConfig: string;
}

/** Writes what the programs need to reach these hosts. */
export async function writeFleet(
  folder: string,
  hosts: readonly ReachableHost[],
  privateKey: string,
): Promise<Fleet> {
  const reached = hosts.map((host) => ({ ...host, user: loginUser }));
  const files = await writeClientFiles(folder, privateKey, { fleet: reached });
  const sshConfig = join(folder, 'ssh_config');
  const ansibleConfig = join(folder, 'ansible.cfg');
  await writeFile(sshConfig, sshConfigText(reached, files));
  await writeFile(ansibleConfig, ansibleConfigText(folder));
  return { ...files, folder, names: hosts.map((host) => host.name), sshConfig, ansibleConfig };
}

// OpenSSH's default exchange (sntrup761) costs its client 60 ms a login; curve25519 costs 11 ms, and fettle uses it too.
function sshConfigText(hosts: readonly ReachableHost[], files: ClientFiles): string {
  const each = hosts.map(
    (host) => `Host ${host.name}\n  HostName ${host.address}\n  Port ${host.port}\n  User ${host.user}\n`,
  );
  return `${each.join('')}Host *
  IdentityFile ${files.privateKey}
  IdentitiesOnly yes
  UserKnownHostsFile ${files.knownHosts}
  KexAlgorithms curve25519-sha256
  BatchMode yes
  LogLevel ERROR
`;
}

function ansibleConfigText(folder: string): string {
  return `[defaults]
forks = 50
gathering = explicit
interpreter_python = /usr/bin/python3
retry_files_enabled = False
local_tmp = ${folder}/ansible
[ssh_connection]
pipelining = True
ssh_args = -F none -o ControlMaster=auto -o ControlPersist=60s -o KexAlgorithms=curve25519-sha256
control_path_dir = ${folder}/c
`;
}
