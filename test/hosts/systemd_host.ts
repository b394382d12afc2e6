import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Lab } from './lab.ts';
import type { LabHost } from './lab_host.ts';

const execute = promisify(execFile);

/** What a login came to. */
export interface Login {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A host of the lab with systemd, from within and by a login of its own. */
export interface SystemdHost {
  /** Runs a shell script as root in the host's namespaces, without a login. */
  run(script: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Logs in with the OpenSSH client over a new connection, with the lab's key. */
  login(user: string, command: string): Promise<Login>;
  /** The process that is 1 there, as this machine numbers it. */
  first(): Promise<number>;
}

export function systemdHost(lab: Lab, host: LabHost): SystemdHost {
  const first = () => firstProcess(host.group);
  return {
    first,
    async run(script) {
      const enter = ['-t', String(await first()), '-m', '-u', '-i', '-p', '--', 'sh', '-ec', script];
      return (await execute('nsenter', enter)).stdout;
    },
    write: async (path, text) => writeFile(join(await host.files(), path), text),
    async login(user, command) {
      const options = ['-F', 'none', '-i', lab.privateKey, '-p', String(host.port)];
      const words = ['BatchMode=yes', 'IdentitiesOnly=yes', `UserKnownHostsFile=${lab.knownHosts}`];
      const all = [...options, ...words.flatMap((word) => ['-o', word]), `${user}@${host.address}`, command];
      return execute('ssh', all).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: Login) => ({ code: error.code, stdout: error.stdout, stderr: error.stderr }),
      );
    },
  };
}

/** The process that is 1 on the host: the last of the line from the host's group. */
export async function firstProcess(group: number): Promise<number> {
  for (let pid = group; ; ) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    if (/^NSpid:.*\t1$/m.test(status) && (await isSystemd(pid))) return pid;
    const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
    pid = Number(children[0]);
  }
}

/** The supervisor is 1 of a namespace as well. */
async function isSystemd(pid: number): Promise<boolean> {
  return (await readFile(`/proc/${pid}/comm`, 'utf8')) === 'systemd\n';
}
