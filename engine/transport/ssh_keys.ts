import { readFile } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import type { Secret } from '../shell/secret.ts';
import { fingerprint } from './host_key.ts';
import { loadSsh } from './ssh_library.ts';

/** What an identity file came to. */
export type IdentityFile =
  | { readonly kind: 'key'; readonly file: string; readonly key: ParsedKey; readonly public: Buffer }
  /** Only the public half can be read: the agent may have the other. */
  | { readonly kind: 'public'; readonly file: string; readonly public: Buffer; readonly why: string }
  | { readonly kind: 'unusable'; readonly file: string; readonly why: string }
  | { readonly kind: 'absent'; readonly file: string };

/** A key that an agent holds. */
export interface AgentKey {
  readonly key: ParsedKey;
  readonly public: Buffer;
  readonly label: string;
}

/** Private keys and agents of the controller, each read once for a run. */
export class KeyRing {
  readonly #files = new Map<string, Promise<IdentityFile>>();
  readonly #agents = new Map<string, Promise<readonly AgentKey[]>>();

  /** An identity file; decrypting a key takes long, so that each is done once. */
  async file(file: string, passphrase: Secret | undefined): Promise<IdentityFile> {
    const id = `${file}\n${passphrase?.reveal() ?? ''}`;
    const present = this.#files.get(id);
    if (present) return await present;
    const identity = readIdentity(file, passphrase);
    this.#files.set(id, identity);
    return await identity;
  }

  /** The keys of the agent behind a socket; none where it does not answer. */
  async agent(socket: string): Promise<readonly AgentKey[]> {
    const present = this.#agents.get(socket);
    if (present) return await present;
    const keys = listAgent(socket);
    this.#agents.set(socket, keys);
    return await keys;
  }
}

async function readIdentity(file: string, passphrase: Secret | undefined): Promise<IdentityFile> {
  const { utils } = await loadSsh();
  const text = await readFile(file).catch((error: NodeJS.ErrnoException) => error);
  const beside = await publicHalf(`${file}.pub`);
  if (text instanceof Error) {
    if (beside) return { kind: 'public', file, public: beside, why: 'only its .pub is here' };
    if (text.code === 'ENOENT') return { kind: 'absent', file };
    return { kind: 'unusable', file, why: text.message };
  }
  const parsed = utils.parseKey(text, passphrase?.reveal());
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) {
    const why = reasonOf(key?.message ?? '', passphrase !== undefined);
    return beside ? { kind: 'public', file, public: beside, why } : { kind: 'unusable', file, why };
  }
  const own = key.getPublicSSH();
  return key.isPrivateKey()
    ? { kind: 'key', file, key, public: own }
    : { kind: 'public', file, public: own, why: 'it is a public key' };
}

function reasonOf(message: string, hasPassphrase: boolean): string {
  if (/no passphrase/i.test(message)) return 'encrypted, and no passphrase is known';
  if (hasPassphrase && /integrity|passphrase|decrypt|bad/i.test(message))
    return 'the passphrase does not fit';
  if (/unsupported/i.test(message))
    return 'of a kind that fettle does not know (a security key or certificate, say)';
  return 'no private key that fettle can read';
}

async function publicHalf(file: string): Promise<Buffer | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const base64 = text.trim().split(/\s+/)[1];
  return base64 === undefined ? null : Buffer.from(base64, 'base64');
}

async function listAgent(socket: string): Promise<readonly AgentKey[]> {
  const { createAgent } = await loadSsh();
  const keys = await new Promise<readonly ParsedKey[]>((resolve) => {
    createAgent(socket).getIdentities((error, found) => {
      resolve(
        error || !found ? [] : (found as ParsedKey[]).filter((key) => typeof key.getPublicSSH === 'function'),
      );
    });
  });
  return keys.map((key) => {
    const blob = key.getPublicSSH();
    return { key, public: blob, label: `${key.comment || key.type} ${fingerprint(blob)} of the agent` };
  });
}
