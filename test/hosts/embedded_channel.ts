import { spawn, type SpawnOptionsWithoutStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Connection, ServerChannel } from 'ssh2';
import type { FaultSwitch, Passage } from './faults.ts';

export interface ChannelRun {
  /** Null starts a shell that reads its commands from the channel. */
  readonly command: string | null;
  readonly channel: ServerChannel;
  readonly session: NodeJS.EventEmitter;
  readonly connection: Connection;
  readonly faults: FaultSwitch;
  readonly spawnOptions: SpawnOptionsWithoutStdio;
  /** Cuts the connection. */
  drop(): void;
}

/** Runs a command on a channel as sshd does: own process group, signals passed on, hung up when the connection ends. */
export function runOnChannel(run: ChannelRun): void {
  const { channel, connection } = run;
  const child = spawn('sh', run.command === null ? [] : ['-c', run.command], {
    ...run.spawnOptions,
    detached: true,
  });
  const signal = (name: NodeJS.Signals) => {
    if (child.pid !== undefined && child.exitCode === null) sendToGroup(child.pid, name);
  };
  const strike = (then: Passage['then']) => {
    if (then === 'kill-shell') signal('SIGKILL');
    if (then === 'drop') run.drop();
  };

  channel.pipe(child.stdin);
  child.stdin.on('error', () => channel.resume());
  channel.on('error', () => undefined);
  forward(child.stdout, channel, run.faults, strike);
  forward(child.stderr, channel.stderr, run.faults, strike);

  const hangUp = () => signal('SIGHUP');
  connection.once('close', hangUp);
  run.session.on('signal', (_accept: unknown, _reject: unknown, info: { readonly name: string }) => {
    signal(`SIG${info.name}` as NodeJS.Signals);
  });
  child.on('error', () => {
    channel.exit(127);
    channel.end();
  });
  child.on('close', (code, name) => {
    connection.off('close', hangUp);
    if (name === null) channel.exit(code ?? 0);
    else channel.exit(name.replace(/^SIG/, ''));
    channel.end();
  });
}

function forward(
  from: Readable,
  to: Writable,
  faults: FaultSwitch,
  strike: (then: Passage['then']) => void,
): void {
  from.on('data', (chunk: Buffer) => {
    const { bytes, then } = faults.pass(chunk);
    if (!to.write(bytes)) {
      from.pause();
      to.once('drain', () => from.resume());
    }
    if (then !== 'go-on') from.removeAllListeners('data').pause();
    strike(then);
  });
}

function sendToGroup(leader: number, name: NodeJS.Signals): void {
  try {
    process.kill(-leader, name);
  } catch {
    // The group is gone already.
  }
}
