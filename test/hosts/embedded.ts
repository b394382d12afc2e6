import { mkdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { createServer, type Server as NetServer } from 'node:net';
import ssh2 from 'ssh2';
import type { AuthContext, ClientInfo, Connection, ServerChannel } from 'ssh2';
import { endMarked } from './marked_processes.ts';
import { FaultSwitch, type Fault } from './faults.ts';
import { newKey, sameKey, type Key } from './keys.ts';
import { runOnChannel, type ChannelRun } from './embedded_channel.ts';
import { hostAccount, type Account } from './account.ts';
import type { ReachableHost } from './client_files.ts';

/** An SSH server in this process: real protocol, real `sh`, one scratch folder as its home; no root, nothing installed. */
export interface EmbeddedHost extends ReachableHost {
  readonly folder: string;
  /** Breaks the host in one way until healed by null. */
  fault(fault: Fault | null): void;
  /** Ends its connections and every process that was started through it. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  readonly name: string;
  /** Becomes HOME and the working directory; made if absent. Its parents must be passable for `account.user`. */
  readonly folder: string;
  /** Public key that may log in, one line of OpenSSH's. */
  readonly authorizedKey: string;
  /** Sessions that a connection may hold at a time; OpenSSH's default where absent. */
  readonly maxSessions?: number;
}

/** Starts a host on a free port of 127.0.0.1; its shells never run as root. */
export async function startEmbeddedHost(options: EmbeddedOptions): Promise<EmbeddedHost> {
  const account = await hostAccount();
  await mkdir(options.folder, { recursive: true });
  await account.give(options.folder);
  const server = new EmbeddedServer(options, account);
  const port = await server.listen();
  return {
    name: options.name,
    address: '127.0.0.1',
    port,
    user: account.user,
    hostKey: server.key.publicLine,
    folder: options.folder,
    fault: (fault) => server.faults.set(fault),
    close: () => server.close(),
  };
}

class EmbeddedServer {
  readonly key: Key = newKey();
  readonly faults = new FaultSwitch();
  readonly #options: EmbeddedOptions;
  readonly #account: Account;
  /** By the client's port, which is what ssh2 tells of a connection. */
  readonly #sockets = new Map<number, Socket>();
  readonly #listener: NetServer;

  constructor(options: EmbeddedOptions, account: Account) {
    this.#options = options;
    this.#account = account;
    const ssh = new ssh2.Server({ hostKeys: [this.key.privateText], ident: 'fettle-embedded-host' });
    this.#listener = createServer({ noDelay: true }, (socket) => {
      const port = socket.remotePort ?? 0;
      this.#sockets.set(port, socket);
      socket.on('close', () => this.#sockets.delete(port));
      ssh.injectSocket(socket);
    });
    ssh.on('connection', (connection: Connection, info: ClientInfo) => {
      this.#serve(connection, this.#sockets.get(info.port));
    });
  }

  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(0, '127.0.0.1', () => {
        const address = this.#listener.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#listener.close(resolve));
    for (const socket of this.#sockets.values()) socket.destroy();
    await closed;
    await endMarked(this.#account.marker);
  }

  #serve(connection: Connection, socket: Socket | undefined): void {
    let sessions = 0;
    connection.setMaxListeners(0);
    connection.on('error', () => connection.end());
    connection.on('authentication', (context) => this.#authenticate(context));
    connection.on('session', (accept, reject) => {
      if (sessions >= (this.#options.maxSessions ?? 10)) return reject();
      sessions += 1;
      const session = accept();
      session.on('close', () => {
        sessions -= 1;
      });
      session.on('pty', (_accept, refuse) => refuse?.());
      session.on('env', (_accept, refuse) => refuse?.());
      const run = (channel: ServerChannel, command: string | null) => {
        if (this.faults.is('hang-at-exec')) return;
        this.#run({ connection, session, channel, command, drop: () => socket?.destroySoon() });
      };
      session.on('exec', (take, _refuse, info) => run(take(), info.command));
      session.on('shell', (take) => run(take(), null));
    });
  }

  #authenticate(context: AuthContext): void {
    const wanted = context.username === this.#account.user && !this.faults.is('refuse-key');
    const known = wanted && context.method === 'publickey' && sameKey(context, this.#options.authorizedKey);
    if (known) context.accept();
    else context.reject(['publickey']);
  }

  #run(parts: Omit<ChannelRun, 'faults' | 'spawnOptions'>): void {
    const spawnOptions = this.#account.spawnOptions(this.#options.folder);
    runOnChannel({ ...parts, faults: this.faults, spawnOptions });
  }
}
