import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { childChannel } from './child_channel.ts';
import type { Transport } from './transport.ts';

/** This machine, without any connection: each channel is a child process; `script` gives it a terminal. */
export function localTransport(environment: NodeJS.ProcessEnv): Transport {
  return {
    name: 'local',
    connect: async () => ({
      user: userInfo().username,
      exec: async (command, options) => {
        const args = options?.pty ? ['-q', '-c', command, '/dev/null'] : ['-c', command];
        return childChannel(
          spawn(options?.pty ? 'script' : '/bin/sh', args, { env: environment, stdio: 'pipe' }),
        );
      },
      close: async () => undefined,
    }),
  };
}
