import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startLab, type Lab, type LabSize } from '../hosts/lab.ts';
import { fettle } from '../playbooks/fettle.ts';

const execute = promisify(execFile);

/** A lab of one host and what a test does with it. */
export interface OneHost {
  readonly lab: Lab;
  /** Runs a command as root on the host, with text on its standard input; gives what it printed. */
  ssh(command: string, input?: string): Promise<string>;
  /** Runs tasks with fettle; gives what it said, and the name of the run where one was recorded. */
  play(tasks: readonly object[], ...words: readonly string[]): Promise<Played>;
  undo(run: string, ...words: readonly string[]): Promise<Played>;
  stop(): Promise<void>;
}

export interface Played {
  readonly code: number | null;
  readonly said: string;
  readonly run: string;
}

/** Starts one Debian host and runs a furnishing script of the lab's on it. */
export async function oneHost(size: LabSize, furnish: string | null): Promise<OneHost> {
  const scratch = await mkdtemp(join(tmpdir(), 'fettle-packages-'));
  const state = join(scratch, 'state');
  const lab = await startLab(size);
  const host = lab.hosts[0];
  if (!host) throw new Error('the lab has no host');
  const options = [
    'StrictHostKeyChecking=yes',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    `UserKnownHostsFile=${lab.knownHosts}`,
  ];
  const login = [
    '-F',
    'none',
    '-i',
    lab.privateKey,
    '-p',
    String(host.port),
    ...options.flatMap((one) => ['-o', one]),
  ];
  const ssh: OneHost['ssh'] = async (command, input = '') => {
    const running = execute('ssh', [...login, `root@${host.address}`, command], { maxBuffer: 1 << 26 });
    running.child.stdin?.end(input);
    return (await running).stdout.trim();
  };
  const runs = () => readdir(join(state, 'runs')).catch((): string[] => []);
  const told = async (words: readonly string[]): Promise<Played> => {
    const before = new Set(await runs());
    const { code, stdout, stderr } = await fettle(words, state);
    return { code, said: `${stdout}${stderr}`, run: (await runs()).find((name) => !before.has(name)) ?? '' };
  };
  const stop = async () => {
    await lab.stop();
    await rm(scratch, { recursive: true, force: true });
  };
  if (furnish !== null) {
    const script = await readFile(join(import.meta.dirname, '..', 'hosts', 'lab', furnish), 'utf8');
    await ssh('sh -s', script).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
  }
  return {
    lab,
    ssh,
    play: async (tasks, ...words) => {
      const playbook = join(scratch, 'playbook.yml');
      await writeFile(playbook, JSON.stringify([{ hosts: host.name, tasks }]));
      return told(['run', playbook, '-i', lab.inventory, ...words]);
    },
    undo: (run, ...words) => told(['undo', run, '-i', lab.inventory, ...words]),
    stop,
  };
}
