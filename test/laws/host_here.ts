import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { childChannel } from '../../engine/transport/child_channel.ts';
import { localTransport } from '../../engine/transport/local.ts';
import { openSession } from '../../engine/transport/session.ts';
import type { Session, Target, Transport } from '../../engine/transport/transport.ts';
import { shellEnvironment, type ShellName } from '../facts/look.ts';
import type { Sandbox } from './sandbox.ts';

/** How to reach the host of a test. */
export interface Way {
  readonly shell: ShellName;
  /** The folder that is the host's root directory, where it is not this machine's. */
  readonly inside?: string;
  /** Where strace writes what the host's shell and its programs do. */
  readonly trace?: string;
  /** Gets every byte that goes to the host's shell and comes from it. */
  readonly heard?: (bytes: Buffer) => void;
}

export const strace = '/usr/bin/strace';

/** A session on this machine with a given shell and the tools that come with it. */
export async function openHere(sandbox: Sandbox, way: Way): Promise<Session> {
  const shell = way.shell === 'busybox' ? '/bin/busybox sh' : `/bin/${way.shell}`;
  const target: Target = { name: 'here', transport: 'local', shell };
  const reached = way.inside === undefined ? here(sandbox, way) : insideOf(way.inside);
  const transport = way.heard ? overheard(reached, way.heard) : reached;
  return openSession(await transport.connect(target), target);
}

function here({ home, programs }: Sandbox, { shell, trace }: Way): Transport {
  const env = { PATH: `${programs}:${shellEnvironment(shell)['PATH'] ?? ''}`, HOME: home };
  if (trace === undefined) return localTransport(env);
  const watch = ['-f', '-y', '-qq', '-s', '4096', '-e', 'trace=%file,%desc', '-o', trace];
  return through((command) => spawn(strace, [...watch, '/bin/sh', '-c', command], { env, stdio: 'pipe' }));
}

/** A root directory of its own, in which /proc and /dev/null are the machine's; a host name of its own, as long as the session lasts. */
function insideOf(root: string): Transport {
  const enter =
    'mount --bind /proc "$1/proc" && mount --bind /dev/null "$1/dev/null" && exec chroot "$1" /bin/sh -c "$2"';
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/' };
  return through((command) =>
    spawn('unshare', ['-m', '-u', '/bin/sh', '-c', enter, 'enter', root, command], { env, stdio: 'pipe' }),
  );
}

function through(start: (command: string) => ChildProcessWithoutNullStreams): Transport {
  return {
    name: 'local',
    connect: async () => ({
      user: userInfo().username,
      exec: async (command) => childChannel(start(command)),
      close: async () => undefined,
    }),
  };
}

function overheard(transport: Transport, heard: (bytes: Buffer) => void): Transport {
  const listen = (stream: Readable): Readable => {
    stream.on('data', heard);
    return stream.pipe(new PassThrough());
  };
  return {
    ...transport,
    connect: async (target) => {
      const connection = await transport.connect(target);
      return {
        ...connection,
        exec: async (command, options) => {
          const channel = await connection.exec(command, options);
          return {
            ...channel,
            stdout: listen(channel.stdout),
            stderr: listen(channel.stderr),
            write: (data) => {
              heard(Buffer.from(data));
              return channel.write(data);
            },
          };
        },
      };
    },
  };
}

/** Brings a shell of this machine with its libraries into a root directory. */
export function bringShell(root: string, shell: ShellName): void {
  if (shell === 'busybox') return;
  const libraries = spawnSync('ldd', [`/bin/${shell}`], { encoding: 'utf8' }).stdout.match(/\/\S+/g) ?? [];
  for (const path of [`/bin/${shell}`, ...libraries]) {
    const at = join(root, path);
    if (existsSync(at)) continue;
    mkdirSync(dirname(at), { recursive: true });
    copyFileSync(path, at);
  }
}
