import type { Readable } from 'node:stream';
import type { Script } from '../shell/script.ts';
import type { Secret } from '../shell/secret.ts';

/** Where a host is and how to log in, all variables and ssh_config resolved by the transport. */
export interface Target {
  /** The host's name in the inventory. */
  readonly name: string;
  readonly transport: 'ssh' | 'local';
  /** Address, user, port as the inventory says; absent where ssh_config or the defaults decide. */
  readonly address?: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: Secret;
  readonly privateKeyFile?: string;
  /** No key of ssh_config's is offered beside it. */
  readonly isKeyAlone?: true;
  readonly passphrase?: Secret;
  /** Options in ssh_config's words from ansible_ssh_common_args and ansible_ssh_extra_args, already parsed. */
  readonly options?: Readonly<Record<string, string>>;
  /** Seconds until a connection counts as failed; 10 where absent. */
  readonly connectTimeout?: number;
  /** Seconds for handshake and login after that; 30 where absent. */
  readonly loginTimeout?: number;
  /** The shell on the host; /bin/sh where absent. */
  readonly shell?: string;
}

/** As whom a shell works; null is the login user. */
export interface Identity {
  /** Unique for (method, user). "login" for the login user. */
  readonly key: string;
  readonly become: Become | null;
}

export interface Become {
  readonly method: 'sudo' | 'su' | 'doas';
  readonly user: string;
  readonly password?: Secret;
  /** Path of the program, where not the method's name. */
  readonly executable?: string;
  readonly flags?: readonly string[];
}

/** Bytes to stage: `name` is a plain file name within the staging folder. */
export interface Staged {
  readonly name: string;
  readonly data: Buffer | Secret | { readonly path: string; readonly size: number };
}

/** Read-only text written by fettle itself: cheap, without a time limit on the host. */
export interface LookFrame {
  readonly kind: 'look';
  /** Named when it hangs. */
  readonly name: string;
  readonly script: Script;
}

/** A change, or text of the user's: a process session of its own, a time limit on the host, survives the controller. */
export interface ActFrame {
  readonly kind: 'act';
  readonly name: string;
  readonly script: Script;
  /** Seconds. */
  readonly timeout: number;
  /** Staged before it, found under `$FETTLE_STAGE/NAME`. */
  readonly staged?: readonly Staged[];
  /** The staged name that becomes its standard input; /dev/null where absent. */
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string | Secret>>;
}

export type Frame = LookFrame | ActFrame;

export interface FrameResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly code: number;
  /** Ended by its time limit. */
  readonly timedOut: boolean;
  /** Output beyond the cap was dropped. */
  readonly truncated: boolean;
}

/** A long-lived shell on a host under one identity. */
export interface Shell {
  /**
   * Sends frames in one go and gives their results in order.
   * Rejects with a FettleError of kind `unreachable` where the connection or the shell is lost.
   */
  send(frames: readonly Frame[]): Promise<readonly FrameResult[]>;
}

/** One connection to a host and its shells. */
export interface Session {
  readonly target: Target;
  /** The user that logged in. */
  readonly user: string;
  /** The shell of an identity, opened when first asked for. */
  shell(identity: Identity): Promise<Shell>;
  /** How many sends have been made, over all shells. */
  readonly sends: number;
  close(): Promise<void>;
}

/** A channel that runs one command: the seam between a transport and the wire. */
export interface Channel {
  /** Resolves when the bytes are taken (back-pressure). */
  write(data: Buffer | string): Promise<void>;
  end(): void;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the command or the connection is over; never rejects. */
  readonly over: Promise<Over>;
  /** Ends it at once. */
  destroy(): void;
}

export interface Over {
  readonly code: number | null;
  readonly signal?: string;
  /** Where the connection itself broke. */
  readonly error?: Error;
}

/** A logged-in connection. */
export interface Connection {
  readonly user: string;
  exec(command: string, options?: { readonly pty?: boolean }): Promise<Channel>;
  close(): Promise<void>;
}

/** A way to reach hosts. Rejects with a FettleError of kind `unreachable`. */
export interface Transport {
  readonly name: string;
  connect(target: Target): Promise<Connection>;
}
