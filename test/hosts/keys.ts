import ssh2 from 'ssh2';
import type { PublicKeyAuthContext } from 'ssh2';

/** An ed25519 key pair in OpenSSH's formats. */
export interface Key {
  readonly privateText: string;
  /** "ssh-ed25519 AAAA…", without a comment. */
  readonly publicLine: string;
}

/** Makes a key pair. */
export function newKey(): Key {
  const pair = ssh2.utils.generateKeyPairSync('ed25519');
  // One in 256: ssh2 drops the key's first byte where that is zero, and no server takes what is left.
  if (Buffer.from(pair.public.split(' ')[1] ?? '', 'base64').length !== publicKeyLength) return newKey();
  return { privateText: pair.private, publicLine: pair.public.trim() };
}

/** Of an ed25519 key in SSH's form: "ssh-ed25519" and 32 bytes, each with its length before it. */
const publicKeyLength = 51;

/** Whether a login offers this very key and, once it is asked to sign, has signed with it. */
export function sameKey(offer: PublicKeyAuthContext, authorized: string): boolean {
  const key = ssh2.utils.parseKey(authorized);
  if (key instanceof Error) throw key;
  if (offer.key.algo !== key.type || !offer.key.data.equals(key.getPublicSSH())) return false;
  if (offer.signature === undefined) return true;
  return offer.blob !== undefined && key.verify(offer.blob, offer.signature, offer.hashAlgo) === true;
}
