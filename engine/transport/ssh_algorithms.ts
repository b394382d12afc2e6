import type { CipherAlgorithm, KexAlgorithm, MacAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';
import { FettleError } from '../errors.ts';
import type { Way } from './ssh_way.ts';

/** The cheapest first, nothing that is broken. Group exchange is left out: it takes a second of CPU in Node. */
const offered = {
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'chacha20-poly1305@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha1',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
} as const;

/** What fettle can do besides, for old hosts, where the user's configuration names it. */
const onDemand = {
  kex: ['diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  cipher: ['aes128-cbc', 'aes192-cbc', 'aes256-cbc', '3des-cbc'],
  hmac: ['hmac-md5'],
  serverHostKey: ['ssh-rsa', 'ssh-dss'],
} as const;

const words = {
  kex: 'KexAlgorithms',
  cipher: 'Ciphers',
  hmac: 'MACs',
  serverHostKey: 'HostKeyAlgorithms',
} as const;

type Kind = keyof typeof words;

/** The algorithms for a host: what the configuration allows, known kinds of its host key first. */
export interface Algorithms {
  kex: KexAlgorithm[];
  cipher: CipherAlgorithm[];
  hmac: MacAlgorithm[];
  serverHostKey: ServerHostKeyAlgorithm[];
}

/** Chooses them. Throws a FettleError where the configuration leaves none that fettle has. */
export function algorithmsFor(way: Way, knownTypes: readonly string[]): Algorithms {
  const keyTypes = new Set(knownTypes);
  const isKnown = (name: string): boolean => keyTypes.has(name.startsWith('rsa-sha2-') ? 'ssh-rsa' : name);
  const keys = select(way, 'serverHostKey') as ServerHostKeyAlgorithm[];
  return {
    kex: select(way, 'kex') as KexAlgorithm[],
    cipher: select(way, 'cipher') as CipherAlgorithm[],
    hmac: select(way, 'hmac') as MacAlgorithm[],
    serverHostKey: [...keys.filter(isKnown), ...keys.filter((name) => !isKnown(name))],
  };
}

/** ssh_config's list: `+` adds, `-` takes away, `^` puts in front; else only what it names. */
function select(way: Way, kind: Kind): string[] {
  const usual: readonly string[] = offered[kind];
  const all = [...usual, ...(onDemand[kind] as readonly string[])];
  const text = way.algorithms[kind];
  if (text === undefined) return [...usual];
  const named = text.replace(/^[+^-]/, '').split(',');
  const chosen: Readonly<Record<string, () => string[]>> = {
    '+': () => [...usual, ...all.filter((name) => named.includes(name) && !usual.includes(name))],
    '-': () => usual.filter((name) => !named.includes(name)),
    '^': () => [
      ...named.filter((name) => all.includes(name)),
      ...usual.filter((name) => !named.includes(name)),
    ],
  };
  const result = (chosen[text.charAt(0)] ?? (() => all.filter((name) => named.includes(name))))();
  if (result.length > 0) return result;
  throw new FettleError('unreachable', {
    summary: `Of the ${words[kind]} allowed for ${way.who} fettle has none`,
    detail: `Allowed: ${text}. fettle has: ${all.join(', ')}`,
    next: `Allow one of them in ssh_config.`,
  });
}
