import type { Duplex } from 'node:stream';
import type { Client, ClientChannel, ClientErrorExtensions, ConnectConfig } from 'ssh2';
import { FettleError, LoginRefused } from '../errors.ts';
import { algorithmsFor } from './ssh_algorithms.ts';
import type { Login } from './ssh_auth.ts';
import type { HostKeys } from './host_key.ts';
import { loadNodeSsh } from './ssh_library.ts';
import type { Way } from './ssh_way.ts';
import type { Channel, Connection, Over } from './transport.ts';

type SshError = Error & ClientErrorExtensions & { code?: string | number };

/** A logged-in client and why it ended, once it has. */
export interface LoggedIn {
  readonly client: Client;
  readonly lost: () => Error | undefined;
}

/** Shakes hands over a socket, checks the host's key and logs in. Rejects with a FettleError `unreachable`. */
export async function logIn(way: Way, socket: Duplex, login: Login, hostKeys: HostKeys): Promise<LoggedIn> {
  const { NodeSSH } = await loadNodeSsh();
  const refusal: { error?: FettleError } = {};
  const config: ConnectConfig = {
    sock: socket,
    username: way.user,
    readyTimeout: way.loginTimeout * 1000,
    keepaliveInterval: way.keepalive.seconds * 1000,
    // sshd answers none before the login is done, which may take as long as PAM likes.
    keepaliveCountMax: Math.max(way.keepalive.count, Math.ceil(way.loginTimeout / way.keepalive.seconds)),
    algorithms: algorithmsFor(way, hostKeys.knownTypes(way.hostKey)),
    hostVerifier: (key: Buffer) => {
      const error = hostKeys.check(way.hostKey, key);
      if (error) refusal.error = error;
      return error === null;
    },
    authHandler: (methods, _partial, next) => {
      // The types have no `false`, by which ssh2 is told that nothing is left.
      next(login.next(methods) as Parameters<typeof next>[0]);
    },
    ...(way.forwardAgent && way.agent !== null ? { agent: way.agent, agentForward: true } : {}),
  };
  const ssh = new NodeSSH();
  return await new Promise((resolve, reject) => {
    let problem: SshError | undefined;
    let isIn = false;
    const fail = (error: SshError): void => {
      if (isIn) return;
      socket.destroy();
      reject(refusal.error ?? loginError(way, error, login));
    };
    // node-ssh also rejects where one key of an agent fails, though ssh2 goes on with the next.
    ssh
      .connect(config as Parameters<typeof ssh.connect>[0])
      .catch((error: SshError) => ssh.connection === null && fail(error));
    const client = ssh.connection;
    if (!client) return;
    client.on('error', (error: SshError) => {
      if (error.level === 'agent' || /^Error signing/.test(error.message)) return;
      problem ??= error;
      fail(error);
    });
    client.on('close', () => {
      problem ??= new Error('the host closed it');
      fail(problem);
    });
    client.on('change password', () =>
      fail(Object.assign(new Error('password expired'), { code: 'EXPIRED' })),
    );
    client.once('ready', () => {
      isIn = true;
      resolve({ client, lost: () => problem });
    });
  });
}

/** The seam's connection over a client. */
export function clientConnection(way: Way, { client, lost }: LoggedIn, whenClosed: () => void): Connection {
  client.setMaxListeners(0);
  client.once('close', whenClosed);
  return {
    user: way.user,
    exec: async (command, options) =>
      await new Promise<Channel>((resolve, reject) => {
        const gone = lost();
        const refuse = (error: Error): void => reject(channelError(way, lost() ?? gone, error));
        try {
          client.exec(
            command,
            options?.pty ? { pty: { term: 'dumb', modes: { ECHO: 0 } } } : {},
            (error, stream) => {
              if (error) refuse(error);
              else resolve(streamChannel(stream, lost));
            },
          );
        } catch (error) {
          refuse(error instanceof Error ? error : new Error(String(error)));
        }
      }),
    close: async () => {
      client.end();
    },
  };
}

function streamChannel(stream: ClientChannel, lost: () => Error | undefined): Channel {
  const over = new Promise<Over>((resolve) => {
    let end: Over | undefined;
    stream.once('exit', (code: number | null, signal?: string) => {
      end = signal === undefined ? { code } : { code, signal: signal.replace(/^SIG/, '') };
    });
    stream.once('close', () => {
      const error = lost();
      resolve(end ?? (error ? { code: null, error } : { code: null }));
    });
  });
  stream.on('error', () => undefined);
  return {
    stdout: stream,
    stderr: stream.stderr,
    over,
    write: async (data) => {
      await new Promise<void>((resolve) => stream.write(data, () => resolve()));
    },
    end: () => stream.end(),
    destroy: () => stream.destroy(),
  };
}

function loginError(way: Way, error: SshError, login: Login): FettleError {
  const unreachable = (summary: string, detail: string | undefined, next: string): FettleError =>
    new FettleError('unreachable', { summary, detail, next, cause: error });
  if (error.code === 'EXPIRED')
    return new LoginRefused({
      summary: `The password of ${way.user} on ${way.who} has expired`,
      next: 'Log in by hand and set a new one.',
      cause: error,
    });
  if (error.level === 'client-authentication' || /Too many authentication failures/i.test(error.message))
    return new LoginRefused({
      summary: `${way.who} does not let ${way.user} log in`,
      detail: loginDetail(error, login),
      next: nextForLogin(login),
      cause: error,
    });
  // So sshd ends a login that PAM's account modules refuse: without a word (auth2.c, do_pam_account).
  if (login.tried.length > 0 && error.level === undefined && error.code === undefined)
    return new LoginRefused({
      summary: `${way.who} closed the connection when ${way.user} had shown who it is`,
      detail: loginDetail(error, login),
      next: 'See sshd’s log on the host: PAM’s account modules, a locked or expired account, MaxAuthTries.',
      cause: error,
    });
  if (error.level === 'client-timeout')
    return unreachable(
      `${way.who} did not finish the login of ${way.user} within ${way.loginTimeout} s`,
      login.tried.length > 0 ? `Tried: ${login.tried.join(', ')}` : undefined,
      'See the host: a slow name server (UseDNS), PAM, or a firewall that holds packets back.',
    );
  if (error.level === 'handshake')
    return unreachable(
      `${way.who} and fettle have no common ground to shake hands on`,
      error.message,
      'Allow the host’s older algorithms in ssh_config (KexAlgorithms, HostKeyAlgorithms, Ciphers), or give it newer ones.',
    );
  return unreachable(
    `The connection to ${way.who} broke before the login was done`,
    error.message,
    'See sshd’s log on the host: MaxStartups, AllowUsers, hosts.deny.',
  );
}

function loginDetail(error: SshError, login: Login): string {
  const parts = [
    login.offered.length > 0 ? `It takes: ${login.offered.join(', ')}.` : `It said: ${error.message}.`,
    login.tried.length > 0 ? `Tried: ${login.tried.join(', ')}.` : 'There was nothing to try.',
    ...(login.passedOver.length > 0 ? [`Passed over: ${login.passedOver.join('; ')}.`] : []),
    ...(login.question === undefined ? [] : [`It asked “${login.question}”, which fettle cannot answer.`]),
  ];
  return parts.join(' ');
}

function nextForLogin(login: Login): string {
  const ways: string[] = [];
  if (login.offered.includes('publickey') || login.offered.length === 0)
    ways.push('give the key with --private-key or ansible_ssh_private_key_file, or load it into the agent');
  if (login.offered.some((method) => method !== 'publickey')) ways.push('give the password with -k');
  const next = ways.join(', or ');
  return next === '' ? 'See sshd’s log on the host.' : `${next.charAt(0).toUpperCase()}${next.slice(1)}.`;
}

function channelError(way: Way, gone: Error | undefined, error: Error): FettleError {
  if (gone)
    return new FettleError('unreachable', {
      summary: `The connection to ${way.who} broke`,
      detail: gone.message,
      next: 'See whether the host is up and the network holds, then run again.',
      cause: gone,
    });
  return new FettleError('unreachable', {
    summary: `${way.who} refused another channel`,
    detail: error.message,
    next: 'Each identity needs one: raise MaxSessions in its sshd_config, or see whether a ForceCommand or PermitTTY stands in the way.',
    cause: error,
  });
}
