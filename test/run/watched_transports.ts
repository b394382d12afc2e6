import { localTransport } from '../../engine/transport/local.ts';
import type { Transports } from '../../engine/transport/reach.ts';
import { openSession } from '../../engine/transport/session.ts';
import { sshTransport } from '../../engine/transport/ssh.ts';
import type { Frame, Identity, Session } from '../../engine/transport/transport.ts';

/** Sees what goes to hosts; what it does comes between two sends. */
export interface Watch {
  readonly before?: (send: SeenSend) => Promise<void> | void;
  readonly after?: (send: SeenSend) => Promise<void> | void;
}

export interface SeenSend {
  readonly host: string;
  readonly identity: Identity;
  /** Which send to that host it is, from 1. */
  readonly number: number;
  readonly frames: readonly Frame[];
}

/** Limits that are short in tests. */
export interface Limits {
  /** Seconds of silence after which a question counts as hung, on one host. */
  readonly stall?: { readonly host: string; readonly seconds: number };
  readonly connectTimeout?: number;
}

/** The usual ways to hosts, watched; shells of this machine have `home` for HOME. */
export function watchedTransports(home: string, watch: Watch, limits: Limits = {}): Transports {
  const environment = { ...process.env, HOME: home };
  const local = localTransport(environment);
  const { connectTimeout, stall } = limits;
  const ssh = sshTransport({
    home,
    environment: {},
    acceptNew: false,
    connectTimeout,
    knownHostsFiles: undefined,
  });
  return {
    async connect(target) {
      const transport = target.transport === 'ssh' ? ssh : local;
      const limit = stall?.host === target.name ? { stall: stall.seconds } : {};
      return watched(openSession(await transport.connect(target), target, limit), watch);
    },
  };
}

function watched(session: Session, { before, after }: Watch): Session {
  let number = 0;
  return {
    target: session.target,
    user: session.user,
    get sends() {
      return session.sends;
    },
    close: () => session.close(),
    async shell(identity) {
      const shell = await session.shell(identity);
      return {
        async send(frames) {
          const send: SeenSend = { host: session.target.name, identity, number: ++number, frames };
          await before?.(send);
          const results = await shell.send(frames);
          await after?.(send);
          return results;
        },
      };
    },
  };
}
