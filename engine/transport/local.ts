import { spawn } from 'node:child_process';
import { userInfo } from 'node:os';
import { childChannel } from './child_channel.ts';
import type { Transport } from './transport.ts';

/** This machine, without any connection: each channel is a child process. */
export function localTransport(environment: NodeJS.ProcessEnv): Transport {
  return {
    name: 'local',
    connect: async () => ({
      user: userInfo().username,
      exec: async (command) =>
        childChannel(spawn('/bin/sh', ['-c', command], { env: environment, stdio: 'pipe' })),
      close: async () => undefined,
    }),
  };
}
