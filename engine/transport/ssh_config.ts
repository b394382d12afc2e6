import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { FettleError } from '../errors.ts';
import { blockFits, readSshConfig, type ConfigBlock } from './ssh_config_file.ts';

/** Options by lower-case name; several values only where an option may be given several times. */
export type SshSettings = ReadonlyMap<string, readonly string[]>;

export interface SshConfigPlace {
  readonly home: string;
  /** `-F`: read in place of the user's and the system's file. */
  readonly file?: string;
  readonly systemFile?: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Options that change where fettle connects or how it logs in; without any of them ssh need not be asked. */
const relevant =
  /^(hostname|user|port|identityfile|identitiesonly|identityagent|proxyjump|proxycommand|(user|global)knownhostsfile|stricthostkeychecking|hostkeyalias|connecttimeout|serveralive.*|preferredauthentications|(pubkey|password|kbdinteractive|challengeresponse)authentication|hostkeyalgorithms|kexalgorithms|ciphers|macs|addressfamily|forwardagent|canonical.*)$/;
/** ssh prints these with their tokens left in; any other with a token is told for one host only. */
const expanded = new Set(['identityfile', 'proxycommand', 'hostkeyalias']);
const several = new Set(['identityfile']);

/** The user's ssh_config: asked of ssh itself, once for all hosts that the same blocks fit. */
export class SshConfig {
  readonly #place: SshConfigPlace;
  readonly #blocks: readonly ConfigBlock[];
  /** Whether an answer holds for one host only: `Match`, or names built from the host's. */
  readonly #perHost: boolean;
  readonly #answers = new Map<string, Promise<SshSettings>>();

  constructor(place: SshConfigPlace) {
    const { home, file, systemFile = '/etc/ssh/ssh_config' } = place;
    this.#place = place;
    const own = readSshConfig(file ?? join(home, '.ssh/config'), home, join(home, '.ssh'));
    const system = file === undefined ? readSshConfig(systemFile, home, dirname(systemFile)) : [];
    this.#blocks = [...own, ...system].filter(isRelevant);
    this.#perHost = this.#blocks.some(
      ({ isMatch, options }) =>
        isMatch ||
        options.some(
          ([name, value]) => /^canonical/.test(name) || (value.includes('%') && !expanded.has(name)),
        ),
    );
  }

  /** What the configuration says for a host as the user names it. */
  async settings(
    host: string,
    wish: { readonly user?: string; readonly port?: number },
  ): Promise<SshSettings> {
    const fitting = this.#blocks.filter((block) => block.isMatch || blockFits(block, host));
    if (fitting.length === 0) return new Map();
    const key = this.#perHost
      ? `${host}\n${wish.user ?? ''}\n${wish.port ?? ''}`
      : fitting.map((block) => this.#blocks.indexOf(block)).join(' ');
    const present = this.#answers.get(key);
    if (present) return await present;
    const answer = this.#ask(host, wish, fitting);
    this.#answers.set(key, answer);
    return await answer;
  }

  async #ask(
    host: string,
    wish: { readonly user?: string; readonly port?: number },
    fitting: readonly ConfigBlock[],
  ): Promise<SshSettings> {
    const { file, environment } = this.#place;
    const args = ['-G', ...(file === undefined ? [] : ['-F', file])];
    if (wish.user !== undefined) args.push('-l', wish.user);
    if (wish.port !== undefined) args.push('-p', String(wish.port));
    const { code, stdout, stderr } = await run('ssh', [...args, host], environment);
    if (code === 'ENOENT') return plainSettings(fitting);
    if (code !== 0)
      throw new FettleError('unreachable', {
        summary: `ssh cannot read its configuration for ${host}`,
        detail: stderr.trim(),
        next: `Try: ssh ${[...args, host].join(' ')}`,
      });
    return collect(
      stdout.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
      host,
    );
  }
}

/** Without an ssh to ask, plain `Host` blocks are read as they stand. */
function plainSettings(blocks: readonly ConfigBlock[]): SshSettings {
  return collect(
    blocks.filter(({ isMatch }) => !isMatch).flatMap(({ options }) => options),
    null,
  );
}

function collect(pairs: readonly (readonly [string, string])[], host: string | null): SshSettings {
  const settings = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const present = settings.get(name);
    if (!present) settings.set(name, [value]);
    else if (several.has(name)) present.push(value);
  }
  // ssh repeats the host's own name where no HostName is set; the answer is for other hosts too.
  if (host !== null && settings.get('hostname')?.[0] === host.toLowerCase()) settings.delete('hostname');
  return settings;
}

function isRelevant({ options }: ConfigBlock): boolean {
  return options.some(([name]) => relevant.test(name));
}

interface Ran {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ran> {
  return await new Promise((resolve) => {
    execFile(program, args, { env: environment, timeout: 10_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr });
    });
  });
}
