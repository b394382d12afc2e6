import { masker } from '../shell/mask.ts';
import type { Secret } from '../shell/secret.ts';

/** Masks all secrets of a set that grows: passwords become known as hosts are reached. */
export function growingMask(secrets: ReadonlySet<Secret>): (text: string) => string {
  let mask = masker(secrets);
  let known = secrets.size;
  return (text) => {
    if (secrets.size !== known) {
      known = secrets.size;
      mask = masker(secrets);
    }
    return mask(text);
  };
}
