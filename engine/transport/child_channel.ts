import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Channel, Over } from './transport.ts';

/** A process of this machine's as a channel. */
export function childChannel(child: ChildProcessWithoutNullStreams): Channel {
  const over = new Promise<Over>((resolve) => {
    child.once('error', (error) => resolve({ code: null, error }));
    child.once('close', (code, signal) =>
      resolve(signal === null ? { code } : { code, signal: signal.replace(/^SIG/, '') }),
    );
  });
  // A write after the process has ended fails; that it has ended is told by `over`.
  child.stdin.on('error', () => undefined);
  return {
    stdout: child.stdout,
    stderr: child.stderr,
    over,
    write: async (data) => {
      await new Promise<void>((resolve) => child.stdin.write(data, () => resolve()));
    },
    end: () => child.stdin.end(),
    // As with a channel of ssh's: what runs is not killed, it finds its pipes broken.
    destroy: () => {
      child.unref();
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
    },
  };
}
