import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { FettleError } from '../errors.ts';
import { HostKeys } from './host_key.ts';
import { Login } from './ssh_auth.ts';
import { clientConnection, logIn } from './ssh_client.ts';
import { SshConfig } from './ssh_config.ts';
import { KeyRing } from './ssh_keys.ts';
import { dialCommand, dialError, dialTcp } from './ssh_socket.ts';
import { jumpTarget, wayTo, type Way, type WayDefaults } from './ssh_way.ts';
import type { Connection, Target, Transport } from './transport.ts';

export interface SshOptions extends WayDefaults {
  /** `-F` for every host. */
  readonly sshConfigFile?: string;
}

/** Hosts behind more jump hosts than this are taken for a circle. */
const maximalDepth = 8;

/** SSH over node-ssh and ssh2; what is read of the controller's files is read once for all hosts. */
export function sshTransport(options: SshOptions): Transport {
  const hostKeys = new HostKeys();
  const keyRing = new KeyRing();
  const configs = new Map<string | undefined, SshConfig>();
  const jumps = new Jumps();

  const configOf = (file: string | undefined): SshConfig => {
    const present = configs.get(file);
    if (present) return present;
    const { home, environment } = options;
    const config = new SshConfig({ home, environment, ...(file === undefined ? {} : { file }) });
    configs.set(file, config);
    return config;
  };

  const connect = async (
    target: Target,
    depth: number,
  ): Promise<Connection & { readonly client: Client }> => {
    const file = target.options?.['ConfigFile'] ?? options.sshConfigFile;
    const wish = {
      ...(target.user === undefined ? {} : { user: target.user }),
      ...(target.port === undefined ? {} : { port: target.port }),
    };
    const way = wayTo(target, await configOf(file).settings(target.address ?? target.name, wish), options);
    if (depth > maximalDepth)
      throw new FettleError('unreachable', {
        summary: `${way.who} lies behind more than ${maximalDepth} jump hosts`,
        next: 'See whether the ProxyJump lines of ssh_config go round in a circle.',
      });
    const login = await Login.prepare(way, target, keyRing);
    const { socket, release } = await dial(target, way, depth);
    try {
      const loggedIn = await logIn(way, socket, login, hostKeys);
      return { ...clientConnection(way, loggedIn, release), client: loggedIn.client };
    } catch (error) {
      release();
      throw error;
    }
  };

  const dial = async (
    target: Target,
    way: Way,
    depth: number,
  ): Promise<{ socket: Duplex; release: () => void }> => {
    const last = way.jumps.at(-1);
    if (last !== undefined) {
      const before = way.jumps.slice(0, -1);
      const jump = jumpTarget(last, before, target);
      const hold = await jumps.hold([...way.jumps, jump.options?.['ConfigFile'] ?? ''].join(','), () =>
        connect(jump, depth + 1),
      );
      const socket = await forward(hold.client, way, jump.name).catch((error: unknown) => {
        hold.release();
        throw error;
      });
      return { socket, release: hold.release };
    }
    if (way.proxyCommand !== null)
      return { socket: dialCommand(way.proxyCommand, options.environment), release: () => undefined };
    return { socket: await dialTcp(way), release: () => undefined };
  };

  return { name: 'ssh', connect: (target) => connect(target, 0) };
}

async function forward(client: Client, way: Way, through: string): Promise<Duplex> {
  return await new Promise<Duplex>((resolve, reject) => {
    const refuse = (error: Error): void => {
      const why = dialError(way, error);
      reject(new FettleError('unreachable', { ...why, summary: `${why.message}, through ${through}` }));
    };
    try {
      client.forwardOut('127.0.0.1', 0, way.host, way.port, (error, stream) =>
        error ? refuse(error) : resolve(stream),
      );
    } catch (error) {
      refuse(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

interface Held {
  readonly connection: Promise<Connection & { readonly client: Client }>;
  users: number;
}

/** Connections to jump hosts, shared by all hosts behind them and closed with the last. */
class Jumps {
  readonly #held = new Map<string, Held>();

  async hold(
    key: string,
    connect: () => Promise<Connection & { readonly client: Client }>,
  ): Promise<{ client: Client; release: () => void }> {
    const held = this.#held.get(key) ?? { connection: connect(), users: 0 };
    this.#held.set(key, held);
    held.users += 1;
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      held.users -= 1;
      if (held.users > 0) return;
      this.#forget(key, held);
      held.connection.then((connection) => connection.close()).catch(() => undefined);
    };
    try {
      const { client } = await held.connection;
      client.once('close', () => this.#forget(key, held));
      return { client, release };
    } catch (error) {
      this.#forget(key, held);
      throw error;
    }
  }

  #forget(key: string, held: Held): void {
    if (this.#held.get(key) === held) this.#held.delete(key);
  }
}
