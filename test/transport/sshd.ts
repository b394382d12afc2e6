import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { canMakeUsers, makeUser } from './users.ts';

export const sshdPath = '/usr/sbin/sshd';

/** A real OpenSSH server on loopback with keys of its own in a folder of its own. */
export interface Sshd {
  readonly folder: string;
  readonly port: number;
  /** A user with /bin/sh and no start-up files, where one can be made; root's own may be slow. */
  readonly user: string;
  /** The private key that logs in. */
  readonly key: string;
  /** A known_hosts file that knows the server. */
  readonly knownHosts: string;
  /** The server's public key line without a comment. */
  readonly hostKey: string;
  stop(): Promise<void>;
}

/** Starts one; `lines` are added to its configuration. */
export async function startSshd(lines: readonly string[] = []): Promise<Sshd> {
  // sshd's own folder, which the init script would make.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const folder = mkdtempSync(join(tmpdir(), 'fettle-sshd-'));
  chmodSync(folder, 0o755);
  const file = (name: string): string => join(folder, name);
  makeKey(file('host_key'));
  makeKey(file('key'));
  writeFileSync(file('authorized_keys'), readFileSync(file('key.pub')));
  const port = await freePort();
  const hostKey = readFileSync(file('host_key.pub'), 'utf8').split(' ').slice(0, 2).join(' ').trim();
  writeFileSync(file('known_hosts'), `[127.0.0.1]:${port} ${hostKey}\n`);
  const config = [
    ...lines,
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${file('host_key')}`,
    `AuthorizedKeysFile ${file('authorized_keys')}`,
    `PidFile ${file('pid')}`,
    'UsePAM no',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'LogLevel VERBOSE',
    'MaxStartups 200',
  ];
  writeFileSync(file('sshd_config'), `${config.join('\n')}\n`);
  const user = canMakeUsers ? makeUser() : null;
  const server = spawn(sshdPath, ['-D', '-f', file('sshd_config'), '-E', file('log')], { stdio: 'ignore' });
  await answers(port, server, file('log'));
  return {
    folder,
    port,
    user: user?.name ?? userInfo().username,
    key: file('key'),
    knownHosts: file('known_hosts'),
    hostKey,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      if (server.exitCode === null && server.kill()) await ended;
      rmSync(folder, { recursive: true, force: true });
      user?.remove();
    },
  };
}

/** Makes a key pair. */
export function makeKey(file: string, type = 'ed25519', passphrase = ''): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', passphrase, '-f', file, '-C', 'test'], {
    stdio: 'pipe',
  });
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function answers(port: number, server: ChildProcess, log: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (server.exitCode !== null) throw new Error(`sshd ended: ${readFileSync(log, 'utf8')}`);
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
      setTimeout(() => socket.destroy(), 200);
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('sshd did not start');
}
