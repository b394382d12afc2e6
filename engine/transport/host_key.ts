import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { FettleError } from '../errors.ts';
import { quote } from '../shell/script.ts';
import { keyType, type Known, type KnownHost, KnownHosts, nameInKnownHosts } from './known_hosts.ts';

/** As whom a host must show itself. */
export interface HostKeyPolicy {
  /** For messages: the host's name in the inventory, or "jump host NAME". */
  readonly who: string;
  readonly host: string;
  readonly port: number;
  /** HostKeyAlias: looked up in its place, without a port. */
  readonly alias: string | undefined;
  /** The user's files first; a new key goes into the first. */
  readonly files: readonly string[];
  readonly systemFiles: readonly string[];
  /** Takes the key of a host that is not known, never one that has changed. */
  readonly acceptNew: boolean;
}

/** Checks host keys against known_hosts files, each set of which is read once. */
export class HostKeys {
  readonly #read = new Map<string, KnownHosts>();

  /** The key types that are known for the host. */
  knownTypes(policy: HostKeyPolicy): readonly string[] {
    return this.#find(policy).keys.map(({ type }) => type);
  }

  /** Gives null where the key is the host's own, else why it is refused. */
  check(policy: HostKeyPolicy, blob: Buffer): FettleError | null {
    const key = blob.toString('base64');
    const known = this.#find(policy);
    const revoked = known.revoked.find((entry) => entry.key === key);
    if (revoked) return refuseRevoked(policy, blob, revoked);
    if (known.keys.some((entry) => entry.key === key)) return null;
    if (known.keys.length > 0) return refuseChanged(policy, blob, known.keys);
    if (!policy.acceptNew) return refuseUnknown(policy, blob, known.authorities.length > 0);
    return this.#accept(policy, blob);
  }

  #find(policy: HostKeyPolicy): Known {
    const hosts = this.#hosts(policy);
    const known = hosts.find(nameOf(policy));
    if (known.keys.length > 0 || policy.alias !== undefined || policy.port === 22) return known;
    // As ssh does: a key that is known for the host without its port is taken too.
    const bare = hosts.find(policy.host);
    return { ...known, keys: bare.keys, revoked: [...known.revoked, ...bare.revoked] };
  }

  #hosts({ files, systemFiles }: HostKeyPolicy): KnownHosts {
    const all = [...files, ...systemFiles];
    const present = this.#read.get(all.join('\n'));
    if (present) return present;
    const hosts = new KnownHosts(all);
    this.#read.set(all.join('\n'), hosts);
    return hosts;
  }

  #accept(policy: HostKeyPolicy, blob: Buffer): FettleError | null {
    const file = policy.files[0];
    if (file === undefined) return refuseUnknown(policy, blob, false);
    const entry = { names: nameOf(policy), type: keyType(blob), key: blob.toString('base64') };
    try {
      appendLine(file, `${entry.names} ${entry.type} ${entry.key}`);
    } catch (cause) {
      return new FettleError('unreachable', {
        summary: `The key of ${policy.who} cannot be added to ${file}`,
        detail: cause instanceof Error ? cause.message : undefined,
        cause,
      });
    }
    this.#hosts(policy).add({ ...entry, marker: null, file, line: 0 });
    return null;
  }
}

/** A key as ssh shows it: SHA256 and base64 without padding. */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

function nameOf({ alias, host, port }: HostKeyPolicy): string {
  return alias === undefined ? nameInKnownHosts(host, port) : alias.toLowerCase();
}

function refuseUnknown(policy: HostKeyPolicy, blob: Buffer, hasAuthority: boolean): FettleError {
  const file = policy.files[0] ?? '~/.ssh/known_hosts';
  const scan = `ssh-keyscan -p ${policy.port} -t ${scanType(blob)} ${quote(policy.host)} >> ${quote(file)}`;
  return new FettleError('unreachable', {
    summary: `The host key of ${policy.who} is not known`,
    detail:
      `${keyType(blob)} ${fingerprint(blob)}, looked for as ${nameOf(policy)} in ${policy.files.join(', ')}` +
      (hasAuthority ? '; there is a @cert-authority for it, but fettle cannot check host certificates' : ''),
    next: `Compare the fingerprint with the host's own, then: ${scan} (or, for all hosts that are new: fettle run … --accept-new)`,
  });
}

function refuseChanged(policy: HostKeyPolicy, blob: Buffer, known: readonly KnownHost[]): FettleError {
  const places = known.map(
    (entry) => `${entry.type} ${fingerprint(Buffer.from(entry.key, 'base64'))} (${entry.file}:${entry.line})`,
  );
  const file = known[0]?.file ?? '';
  return new FettleError('unreachable', {
    summary: `The host key of ${policy.who} has changed: someone may be listening in`,
    detail: `It showed ${keyType(blob)} ${fingerprint(blob)}; known: ${places.join(', ')}`,
    next: `If the host was installed anew, compare the fingerprint, then: ssh-keygen -R ${quote(nameOf(policy))} -f ${quote(file)}`,
  });
}

function refuseRevoked(policy: HostKeyPolicy, blob: Buffer, entry: KnownHost): FettleError {
  return new FettleError('unreachable', {
    summary: `The host key of ${policy.who} is revoked`,
    detail: `${keyType(blob)} ${fingerprint(blob)} is marked @revoked in ${entry.file}:${entry.line}`,
    next: 'Give the host a new key; this one must not be trusted any more.',
  });
}

function scanType(blob: Buffer): string {
  const type = keyType(blob);
  if (type === 'ssh-rsa') return 'rsa';
  return type.startsWith('ecdsa') ? 'ecdsa' : 'ed25519';
}

function appendLine(file: string, line: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const unfinished = /[^\n]$/.test(textOf(file));
  appendFileSync(file, `${unfinished ? '\n' : ''}${line}\n`, { mode: 0o600 });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
