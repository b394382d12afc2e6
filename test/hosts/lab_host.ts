import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ReachableHost } from './client_files.ts';
import { newKey } from './keys.ts';
import type { HostKind } from './lab_root.ts';

const execute = promisify(execFile);
const scripts = join(import.meta.dirname, 'lab');

/** A host in namespaces of its own. */
export interface LabHost extends ReachableHost {
  readonly kind: HostKind;
  /** The process group that holds all of it; ends with it. */
  readonly group: number;
  /** The host's files as this machine sees them: `${await host.files()}/etc/hostname`. */
  files(): Promise<string>;
  /** Seconds that it is away whenever it reboots. */
  bootsIn(seconds: number): Promise<void>;
  /** Whether it comes back at all: one that stays down does so until it is told otherwise. */
  staysDown(down: boolean): Promise<void>;
}

export interface LabHostOptions {
  readonly kind: HostKind;
  readonly name: string;
  readonly base: string;
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  /** Public key of root and ops. */
  readonly authorizedKey: string;
  /** The crypted password of dev. */
  readonly devPassword: string;
}

/** Starts a host; `started` is told its process group at once. It answers on its port when this resolves. */
export async function startLabHost(
  options: LabHostOptions,
  started: (group: number) => void,
): Promise<LabHost> {
  const { kind, name, folder, address, port } = options;
  for (const part of ['upper', 'work', 'root']) await mkdir(join(folder, part), { recursive: true });
  const hostKey = await furnish(options);
  const log = await open(join(folder, 'log'), 'a');
  const child = spawn(...supervisor(options), {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  child.unref();
  await log.close();
  const group = child.pid;
  if (group === undefined) throw new Error(`${name}: sh could not be started`);
  started(group);
  await answering(options, () => child.exitCode === null);
  return {
    kind,
    name,
    address,
    port,
    hostKey,
    group,
    user: 'root',
    files: async () => (kind === 'systemd' ? `/proc/${group}/root${folder}/root` : filesOf(group)),
    bootsIn: (seconds) => writeFile(join(folder, 'boot_time'), String(seconds)),
    staysDown: (down) =>
      down ? writeFile(join(folder, 'down'), '') : rm(join(folder, 'down'), { force: true }),
  };
}

function supervisor({ kind, base, folder, name, address, port }: LabHostOptions): [string, string[]] {
  if (kind === 'systemd')
    return [
      'unshare',
      // What nspawn starts outlives it: it goes with its pid namespace.
      ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh'].concat(
        join(scripts, 'supervise_systemd.sh'),
        base,
        folder,
        name,
      ),
    ];
  return ['sh', [join(scripts, 'supervise.sh'), base, folder, name, address, String(port)]];
}

/** Writes what is the host's own into its layer; gives its public host key. */
async function furnish(options: LabHostOptions): Promise<string> {
  const upper = join(options.folder, 'upper');
  const put = async (path: string, text: string | Buffer, mode: number, owner = 0) => {
    const full = join(upper, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, text);
    await chmod(full, mode);
    await chown(full, owner, owner);
  };
  await put('etc/hostname', `${options.name}\n`, 0o644);
  await put('etc/hosts', `127.0.0.1 localhost\n${options.address} ${options.name}\n`, 0o644);
  for (const { home, id } of [
    { home: 'root', id: 0 },
    { home: 'home/ops', id: 1000 },
  ]) {
    await put(join(home, '.ssh/authorized_keys'), `${options.authorizedKey}\n`, 0o600, id);
    for (const folder of [home, join(home, '.ssh')]) {
      await chmod(join(upper, folder), 0o700);
      await chown(join(upper, folder), id, id);
    }
  }
  const shadow = await readFile(join(options.base, 'etc/shadow'), 'utf8');
  await put(
    'etc/shadow',
    shadow.replace(/^dev:[^:]*/m, () => `dev:${options.devPassword}`),
    0o600,
  );

  const key = newKey();
  await put('etc/ssh/ssh_host_ed25519_key', key.privateText, 0o600);
  if (options.kind === 'busybox') await convertForDropbear(upper);
  if (options.kind === 'debian') await put('usr/sbin/shutdown', shutdown, 0o755);
  if (options.kind === 'systemd')
    await put(
      'etc/ssh/sshd_config.d/listen.conf',
      `ListenAddress ${options.address}\nPort ${options.port}\n`,
      0o644,
    );
  return key.publicLine;
}

/** The smallest system has none. It answers at once and reboots a moment later, as init systems do. */
const shutdown = `#!/usr/bin/perl
use Config;
die "shutdown: cannot do @ARGV\\n" unless "@ARGV[0 .. 2]" eq '-r -- now';
open(my $log, '>', '/var/log/shutdown'); print $log "$ARGV[3]\\n"; close($log);
exit if fork;
select(undef, undef, undef, 0.3);
syscall($Config{archname} =~ /x86_64/ ? 169 : 142, 0xfee1dead, 672274793, 0x01234567, 0);
`;

async function convertForDropbear(upper: string): Promise<void> {
  const from = join(upper, 'etc/ssh/ssh_host_ed25519_key');
  const to = join(upper, 'etc/dropbear/dropbear_ed25519_host_key');
  await mkdir(dirname(to), { recursive: true });
  await execute('dropbearconvert', ['openssh', 'dropbear', from, to]);
}

/** Waits for the SSH server's first line. */
async function answering(options: LabHostOptions, lives: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await greets(options.address, options.port))) {
    if (Date.now() > end || !lives()) {
      const log = await readFile(join(options.folder, 'log'), 'utf8');
      throw new Error(`${options.name} did not come up on ${options.address}:${options.port}\n${log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const tell = (greeted: boolean) => {
      socket.destroy();
      resolve(greeted);
    };
    socket.once('data', (data: Buffer) => tell(data.toString('latin1').startsWith('SSH-2.0-')));
    socket.once('error', () => tell(false));
    socket.setTimeout(2000, () => tell(false));
  });
}

/** The group leader's child is unshare, and its child is process 1 of the host. */
async function filesOf(group: number): Promise<string> {
  const unshare = await onlyChild(group);
  return `/proc/${await onlyChild(unshare)}/root`;
}

async function onlyChild(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return Number.parseInt(children, 10);
}
