import { spawn } from 'node:child_process';
import { connect as connectSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { FettleError } from '../errors.ts';
import type { Way } from './ssh_way.ts';

/** Opens a TCP connection. Rejects with a FettleError of kind `unreachable` that says what stood in the way. */
export async function dialTcp(way: Way): Promise<Duplex> {
  const { host, port, family, connectTimeout } = way;
  return await new Promise<Duplex>((resolve, reject) => {
    const socket = connectSocket({
      host,
      port,
      noDelay: true,
      ...(family === 0 ? { autoSelectFamilyAttemptTimeout: 2000 } : { family }),
    });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(timedOut(way));
    }, connectTimeout * 1000);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(dialError(way, error));
    });
  });
}

/** Runs ssh_config's ProxyCommand and speaks through it. */
export function dialCommand(command: string, environment: NodeJS.ProcessEnv): Duplex {
  const child = spawn('/bin/sh', ['-c', `exec ${command}`], {
    env: environment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const socket = new Duplex({
    read: () => child.stdout.resume(),
    // A command that is gone takes no more; what it said about it comes with `close`.
    write: (bytes: Buffer, _encoding, done) => child.stdin.write(bytes, () => done()),
    final: (done) => child.stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  let said = '';
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (bytes: Buffer) => {
    if (!socket.push(bytes)) child.stdout.pause();
  });
  child.stderr.on('data', (bytes: Buffer) => (said = (said + bytes.toString()).slice(-2000)));
  child.once('error', (error) => socket.destroy(error));
  child.once('close', (code) => {
    if (code === 0) socket.push(null);
    else socket.destroy(new Error(`ProxyCommand ended with status ${code ?? 'unknown'}: ${said.trim()}`));
  });
  return socket;
}

/** Why a host's port could not be reached, by the operating system's code. */
export function dialError(way: Way, error: NodeJS.ErrnoException): FettleError {
  const place = `${way.host} port ${way.port}`;
  const unreachable = (summary: string, next: string): FettleError =>
    new FettleError('unreachable', { summary, detail: error.message, next, cause: error });
  switch (error.code) {
    case 'ENOTFOUND':
    case 'EAI_NONAME':
      return unreachable(
        `The name “${way.host}” of ${way.who} is not known`,
        'Correct ansible_host, or set HostName in ssh_config.',
      );
    case 'EAI_AGAIN':
      return unreachable(
        `The name server does not answer for “${way.host}”`,
        'See whether DNS works from here.',
      );
    case 'ECONNREFUSED':
      return unreachable(
        `${way.who} refused the connection at ${place}`,
        'See whether sshd runs there, and whether ansible_port is right.',
      );
    case 'ETIMEDOUT':
      return timedOut(way);
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
      return unreachable(`There is no way to ${place} for ${way.who}`, 'See routes, VPN and firewall.');
    default:
      return unreachable(`${way.who} could not be reached at ${place}`, 'See whether the host is up.');
  }
}

/** The time limit for reaching a host has passed. */
export function timedOut(way: Way): FettleError {
  return new FettleError('unreachable', {
    summary: `${way.who} did not answer at ${way.host} port ${way.port} within ${way.connectTimeout} s`,
    next: 'See whether the host is up and a firewall lets us through; ansible_timeout or ConnectTimeout gives it longer.',
  });
}
