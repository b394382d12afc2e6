import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | null;
  /** The names as written: a comma list of patterns, or `|1|salt|hash`. */
  readonly names: string;
  readonly type: string;
  /** The key in base64. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

/** What the files say of one name. */
export interface Known {
  readonly keys: readonly KnownHost[];
  readonly revoked: readonly KnownHost[];
  readonly authorities: readonly KnownHost[];
}

/** Several known_hosts files, read once; names are then found without going over plain lines again. */
export class KnownHosts {
  readonly #plain = new Map<string, KnownHost[]>();
  readonly #patterns: KnownHost[] = [];

  constructor(files: readonly string[]) {
    for (const file of files) for (const entry of parseKnownHosts(readText(file), file)) this.add(entry);
  }

  /** Adds a line, as if it had been read. */
  add(entry: KnownHost): void {
    if (/[*?!]|^\|/.test(entry.names)) this.#patterns.push(entry);
    else for (const name of entry.names.toLowerCase().split(',')) this.#addPlain(name, entry);
  }

  /** Every line for a name: a host, or `[host]:port`. */
  find(name: string): Known {
    const wanted = name.toLowerCase();
    const found = [
      ...(this.#plain.get(wanted) ?? []),
      ...this.#patterns.filter((entry) => matchesNames(entry.names, wanted)),
    ];
    return {
      keys: found.filter(({ marker }) => marker === null),
      revoked: found.filter(({ marker }) => marker === 'revoked'),
      authorities: found.filter(({ marker }) => marker === 'cert-authority'),
    };
  }

  #addPlain(name: string, entry: KnownHost): void {
    const present = this.#plain.get(name);
    if (present) present.push(entry);
    else this.#plain.set(name, [entry]);
  }
}

/** The lines of a known_hosts file; comments, blank and broken lines are passed over, as ssh does. */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((raw, index) => {
    const words = raw.trim().split(/[ \t]+/);
    const first = words[0] ?? '';
    if (first === '' || first.startsWith('#')) return [];
    if (first.startsWith('@') && first !== '@revoked' && first !== '@cert-authority') return [];
    const marker = first.startsWith('@') ? (first.slice(1) as 'revoked' | 'cert-authority') : null;
    const [names, type, key] = marker === null ? words : words.slice(1);
    if (names === undefined || type === undefined || key === undefined || !isKeyOf(type, key)) return [];
    return [{ marker, names, type, key, file, line: index + 1 }];
  });
}

/** The type that a key's bytes begin with; '' where they are no key. */
export function keyType(blob: Buffer): string {
  if (blob.length < 4) return '';
  const length = blob.readUInt32BE(0);
  return length > 64 ? '' : blob.subarray(4, 4 + length).toString('latin1');
}

/** How known_hosts names a host that listens on a port. */
export function nameInKnownHosts(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

function isKeyOf(type: string, key: string): boolean {
  return keyType(Buffer.from(key, 'base64')) === type;
}

function matchesNames(names: string, wanted: string): boolean {
  if (names.startsWith('|')) return matchesHash(names, wanted);
  const patterns = names.toLowerCase().split(',');
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), wanted)))
    return false;
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, wanted));
}

function matchesHash(names: string, wanted: string): boolean {
  const [, version, salt, hash] = names.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(wanted).digest('base64') === hash;
}

/** Whether `*` and `?` of a pattern fit a whole name; linear but for backing up to the last star. */
export function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  let here = 0;
  while (here < name.length) {
    if (pattern[at] === '*') {
      star = at++;
      resume = here;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[here])) {
      at++;
      here++;
    } else if (star >= 0) {
      at = star + 1;
      here = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
