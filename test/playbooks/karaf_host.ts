import { chown, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedHost, type EmbeddedHost } from '../hosts/embedded.ts';
import { FileinstallWatcher, type WatchOptions } from './fileinstall.ts';

/** The configuration and the key that its application reads. */
export const pid = 'com.example.feature';
export const flag = 'feature.enabled';

/** A host on which something like Karaf runs. */
export interface KarafHost {
  readonly ssh: EmbeddedHost;
  /** Karaf's etc folder. */
  readonly etc: string;
  /** What runs as Karaf there. */
  readonly karaf: FileinstallWatcher;
  /** What the application on it takes its flag to be. */
  flag(): boolean;
  configuration(): Promise<string>;
  log(): Promise<string>;
  /** Stops what runs as Karaf; the host itself stays. */
  stopKaraf(): Promise<void>;
  /** Starts it again, with the configurations that it knew. */
  startKaraf(): Promise<void>;
  close(): Promise<void>;
}

export interface KarafOptions extends Pick<WatchOptions, 'poll' | 'version'> {
  readonly name: string;
  /** The folder below which the host's own lies. */
  readonly scratch: string;
  readonly authorizedKey: string;
  /** Null where there is none yet. */
  readonly configuration: string | null;
}

/** Starts a host whose Karaf has the given configuration. */
export async function startKarafHost(options: KarafOptions): Promise<KarafHost> {
  const { name, scratch, authorizedKey, configuration, ...watching } = options;
  const ssh = await startEmbeddedHost({ name, folder: join(scratch, name), authorizedKey });
  const karaf = join(ssh.folder, 'karaf');
  const etc = join(karaf, 'etc');
  const file = join(etc, `${pid}.cfg`);
  const log = join(karaf, 'data', 'log', 'karaf.log');

  const { uid, gid } = await stat(ssh.folder);
  for (const folder of [karaf, etc, join(karaf, 'data'), join(karaf, 'data', 'log')]) {
    await mkdir(folder);
    await chown(folder, uid, gid);
  }
  await writeFile(log, '');
  if (configuration !== null) {
    await writeFile(file, configuration, 'latin1');
    await chown(file, uid, gid);
  }

  const watcher = await FileinstallWatcher.start({ ...watching, etc, log, pid, flag });
  return {
    ssh,
    etc,
    karaf: watcher,
    flag: () => watcher.flag,
    configuration: () => readFile(file, 'latin1'),
    log: () => readFile(log, 'utf8'),
    stopKaraf: () => watcher.stop(),
    startKaraf: () => watcher.again(),
    close: async () => {
      await watcher.stop();
      await ssh.close();
    },
  };
}
