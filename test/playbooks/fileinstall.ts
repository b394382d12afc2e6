import { isDeepStrictEqual } from 'node:util';
import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readFelixProperties } from './felix_properties.ts';
import { FeatureFlag } from './feature_flag.ts';

export interface WatchOptions {
  /** The folder with the .cfg files, as this process reaches it. */
  readonly etc: string;
  /** The same folder as the host calls it; `etc` where absent. */
  readonly etcOnHost?: string;
  readonly log: string;
  /** The configuration and key that the application takes its flag from. */
  readonly pid: string;
  readonly flag: string;
  /** felix.fileinstall.poll; 1,000 where absent. */
  readonly poll?: number;
  /** Which version's words stand in the log. */
  readonly version?: '3.6.8' | '3.7.4';
}

/**
 * A stand-in for Karaf's Felix fileinstall and one application: not the real program, but a watcher that follows
 * the documented rules of its Scanner, DirectoryWatcher and ConfigInstaller. A change is another name, time, length or
 * writability (the real one takes their CRC) that is the same on two scans in a row; a configuration whose properties
 * are equal is not updated; a dash in the name makes it an instance of a factory.
 */
export class FileinstallWatcher {
  readonly #options: WatchOptions;
  readonly #application: FeatureFlag;
  readonly #last = new Map<string, string>();
  readonly #taken = new Map<string, string>();
  readonly #configurations = new Map<string, ReadonlyMap<string, string>>();
  #running: Promise<void> = Promise.resolve();
  #lines: string[] = [];
  #wake: () => void = () => undefined;
  #stopped = false;

  private constructor(options: WatchOptions) {
    this.#options = options;
    this.#application = new FeatureFlag(options.flag, (level, text) => {
      this.#note(
        level,
        `CM Configuration Updater (Update: pid=${options.pid})`,
        '88 - com.example.feature - 1.0.0',
        text,
      );
    });
  }

  /** Starts watching; resolves when what is there has been taken in. */
  static async start(options: WatchOptions): Promise<FileinstallWatcher> {
    const watcher = new FileinstallWatcher(options);
    await watcher.#scan();
    await watcher.#scan();
    watcher.#running = watcher.#run();
    return watcher;
  }

  /** What the application takes its flag to be. */
  get flag(): boolean {
    return this.#application.on;
  }

  /** What ConfigAdmin holds under a PID. */
  configuration(pid: string): ReadonlyMap<string, string> | undefined {
    return this.#configurations.get(`${pid.replace('~', '-')}.cfg`);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#running;
  }

  /** Goes on after `stop` with the configurations that it knew, as ConfigAdmin keeps them. */
  async again(): Promise<void> {
    this.#stopped = false;
    this.#last.clear();
    this.#taken.clear();
    await this.#scan();
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#options.poll ?? 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (!this.#stopped) await this.#scan();
    }
  }

  async #scan(): Promise<void> {
    const names = (await readdir(this.#options.etc)).filter((name) => /^.*\.(cfg|config)$/.test(name)).sort();
    for (const name of names) {
      const signature = await signatureOf(join(this.#options.etc, name));
      const settled = signature === this.#last.get(name);
      this.#last.set(name, signature);
      if (!settled || signature === this.#taken.get(name)) continue;
      this.#taken.set(name, signature);
      this.#take(name, readFelixProperties(await readFile(join(this.#options.etc, name))));
    }
    for (const name of [...this.#taken.keys()].filter((taken) => !names.includes(taken))) this.#drop(name);
    await this.#writeLog();
  }

  #take(name: string, properties: ReadonlyMap<string, string>): void {
    const before = this.#configurations.get(name);
    if (before !== undefined && isDeepStrictEqual(before, properties)) return;
    this.#configurations.set(name, properties);
    this.#say(before === undefined ? 'Creating' : 'Updating', name);
    if (name === `${this.#options.pid}.cfg`) this.#application.updated(properties);
  }

  #drop(name: string): void {
    for (const map of [this.#last, this.#taken, this.#configurations]) map.delete(name);
    this.#say('Deleting', name);
    if (name === `${this.#options.pid}.cfg`) this.#application.updated(null);
  }

  #say(verb: string, name: string): void {
    const { version = '3.7.4', etc, etcOnHost = etc } = this.#options;
    const pid = name.replace(/\.(cfg|config)$/, '').replace('-', '~');
    const text = version === '3.6.8' ? `from ${name}` : `{${pid}} from ${join(etcOnHost, name)}`;
    const bundle = `15 - org.apache.felix.fileinstall - ${version}`;
    this.#note('INFO', `fileinstall-${etcOnHost}`, bundle, `${verb} configuration ${text}`);
  }

  #note(level: string, thread: string, bundle: string, text: string): void {
    const time = new Date().toISOString().replace('Z', '').replace('.', ',');
    const logger = bundle.split(' - ')[1]?.split('.').at(-1) ?? '';
    this.#lines.push(`${time} | ${level.padEnd(5)} | ${thread} | ${logger} | ${bundle} | ${text}\n`);
  }

  async #writeLog(): Promise<void> {
    const text = this.#lines.join('');
    this.#lines = [];
    if (text !== '') await appendFile(this.#options.log, text);
  }
}

async function signatureOf(path: string): Promise<string> {
  const { mtimeMs, size, mode } = await stat(path);
  return [Math.trunc(mtimeMs), size, (mode & 0o222) !== 0].join(' ');
}
