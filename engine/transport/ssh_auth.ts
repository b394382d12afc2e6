import type { AnyAuthMethod, ParsedKey, Prompt, SignCallback, SigningRequestOptions } from 'ssh2';
import type { Secret } from '../shell/secret.ts';
import { fingerprint } from './host_key.ts';
import type { AgentKey, IdentityFile, KeyRing } from './ssh_keys.ts';
import { loadSsh } from './ssh_library.ts';
import type { Way } from './ssh_way.ts';

interface Candidate {
  readonly method: 'publickey' | 'password' | 'keyboard-interactive';
  readonly label: string;
  readonly attempt: AnyAuthMethod;
}

/** One login: what is tried next, and what to tell if nothing fits. */
export class Login {
  /** What was tried, in order. */
  readonly tried: string[] = [];
  /** Keys that could not be. */
  readonly passedOver: string[] = [];
  /** Methods that the host would still take; empty before its first refusal. */
  offered: readonly string[] = [];
  /** A question of the host's that only a person can answer. */
  question: string | undefined;
  readonly #candidates: Candidate[];
  readonly #user: string;
  #asked = false;
  #passwordRefused = false;

  private constructor(user: string) {
    this.#user = user;
    this.#candidates = [];
  }

  /** Lines up keys of files and agent, then the password, as ssh would. */
  static async prepare(
    way: Way,
    secrets: { readonly password?: Secret | undefined; readonly passphrase?: Secret | undefined },
    ring: KeyRing,
  ): Promise<Login> {
    const login = new Login(way.user);
    for (const method of way.methods) {
      if (method === 'publickey') await login.#addKeys(way, secrets.passphrase, ring);
      else if (secrets.password) login.#addPassword(method, secrets.password.reveal());
    }
    return login;
  }

  /** The next attempt, or false where there is none; given the methods that the host still takes. */
  next(methods: readonly string[] | null): AnyAuthMethod | false {
    if (methods) this.offered = methods;
    const last = this.tried.at(-1);
    // A second method with the same wrong password would count twice against the account.
    if (last === 'password' && methods?.includes('password')) this.#passwordRefused = true;
    for (let candidate = this.#candidates.shift(); candidate; candidate = this.#candidates.shift()) {
      if (methods && !methods.includes(candidate.method)) continue;
      if (this.#passwordRefused && candidate.method === 'keyboard-interactive') continue;
      this.tried.push(candidate.label);
      return candidate.attempt;
    }
    if (methods !== null || this.#asked) return false;
    this.#asked = true;
    return { type: 'none', username: this.#user };
  }

  async #addKeys(way: Way, passphrase: Secret | undefined, ring: KeyRing): Promise<void> {
    const files = await Promise.all(way.identityFiles.map((file) => ring.file(file, passphrase)));
    const agentKeys = way.agent === null ? [] : await ring.agent(way.agent);
    const taken = new Set<AgentKey>();
    for (const file of files) {
      const held = 'public' in file ? agentKeys.find((key) => key.public.equals(file.public)) : undefined;
      if (held) taken.add(held);
      if (held && file.kind !== 'key') await this.#addAgentKey(held, way.agent ?? '');
      else this.#addFile(file);
    }
    if (way.identitiesOnly) return;
    for (const key of agentKeys) if (!taken.has(key)) await this.#addAgentKey(key, way.agent ?? '');
  }

  #addFile(file: IdentityFile): void {
    if (file.kind === 'key') {
      this.#candidates.push({
        method: 'publickey',
        label: `key ${file.file} ${fingerprint(file.public)}`,
        attempt: { type: 'publickey', username: this.#user, key: file.key },
      });
    } else if (file.kind !== 'absent') this.passedOver.push(`${file.file}: ${file.why}`);
  }

  async #addAgentKey(key: AgentKey, socket: string): Promise<void> {
    this.#candidates.push({
      method: 'publickey',
      label: `key ${key.label}`,
      attempt: { type: 'agent', username: this.#user, agent: await oneKeyAgent(key, socket) },
    });
  }

  #addPassword(method: 'password' | 'keyboard-interactive', password: string): void {
    const username = this.#user;
    let answered = false;
    this.#candidates.push({
      method,
      label: method,
      attempt:
        method === 'password'
          ? { type: 'password', username, password }
          : {
              type: 'keyboard-interactive',
              username,
              prompt: (_name, _instructions, _language, prompts: Prompt[], finish) => {
                const unknown =
                  prompts.find(({ echo }) => echo === true) ?? (answered ? prompts[0] : undefined);
                if (unknown) this.question ??= unknown.prompt.trim();
                else answered ||= prompts.length > 0;
                finish(unknown ? [] : prompts.map(() => password));
              },
            },
    });
  }
}

/** An agent that shows one key of another: so that each counts as an attempt of its own. */
async function oneKeyAgent({ key }: AgentKey, socket: string) {
  const { BaseAgent, createAgent } = await loadSsh();
  const agent = createAgent(socket);
  return new (class extends BaseAgent {
    override getIdentities(callback: Parameters<typeof agent.getIdentities>[0]): void {
      callback(undefined, [key]);
    }
    override sign(
      publicKey: ParsedKey | Buffer | string,
      data: Buffer,
      options: SigningRequestOptions | SignCallback,
      callback?: SignCallback,
    ): void {
      if (typeof options === 'function') agent.sign(publicKey, data, options);
      else agent.sign(publicKey, data, options, callback);
    }
  })();
}
