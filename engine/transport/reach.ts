import { homedir } from 'node:os';
import { localTransport } from './local.ts';
import { openSession } from './session.ts';
import type { Session, Target, Transport } from './transport.ts';

export interface ReachOptions {
  /** Takes the keys of hosts that are not known, never one that has changed. */
  readonly acceptNew: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** The user's home folder; found out where absent. */
  readonly home?: string;
  /** In place of ssh_config's UserKnownHostsFile. */
  readonly knownHostsFiles?: readonly string[];
  /** In place of ~/.ssh/config and the system's. */
  readonly sshConfigFile?: string;
  /** Seconds; 10 where absent. */
  readonly connectTimeout?: number;
  /** Seconds for handshake and login; 30 where absent. */
  readonly loginTimeout?: number;
}

/** The ways to all hosts of a run. */
export interface Transports {
  /** Connects and gives the session. Rejects with a FettleError of kind `unreachable`. */
  connect(target: Target): Promise<Session>;
}

/** Makes them; what they read of the controller's files and agents is read once. */
export function createTransports(options: ReachOptions): Transports {
  const local = localTransport(options.environment);
  let ssh: Promise<Transport> | undefined;
  return {
    async connect(target) {
      if (target.transport === 'ssh') ssh ??= loadSshTransport(options);
      const transport = target.transport === 'ssh' && ssh ? await ssh : local;
      return openSession(await transport.connect(target), target);
    },
  };
}

async function loadSshTransport(options: ReachOptions): Promise<Transport> {
  const { sshTransport } = await import('./ssh.ts');
  return sshTransport({
    home: options.home ?? options.environment['HOME'] ?? homedir(),
    environment: options.environment,
    acceptNew: options.acceptNew,
    connectTimeout: options.connectTimeout,
    loginTimeout: options.loginTimeout,
    knownHostsFiles: options.knownHostsFiles,
    ...(options.sshConfigFile === undefined ? {} : { sshConfigFile: options.sshConfigFile }),
  });
}
