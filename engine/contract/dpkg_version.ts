/** A version of a Debian package; the epoch is null where none is written. */
export interface DpkgVersion {
  readonly epoch: string | null;
  readonly upstream: string;
  readonly revision: string | null;
}

/** Takes "5:24.0.7-1~debian.12~bookworm" apart. */
export function parseDpkgVersion(text: string): DpkgVersion {
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? null : text.slice(0, colon),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? null : rest.slice(dash + 1),
  };
}

/** Orders Debian's versions: negative, zero or positive. No epoch is 0, no revision is as good as "0" (deb-version(7)). */
export function compareDpkgVersions(left: string, right: string): number {
  const [a, b] = [parseDpkgVersion(left), parseDpkgVersion(right)];
  return (
    Number(a.epoch ?? 0) - Number(b.epoch ?? 0) ||
    verrevcmp(a.upstream, b.upstream) ||
    verrevcmp(a.revision ?? '', b.revision ?? '')
  );
}

/** dpkg's order of upstream versions or revisions (lib/dpkg/version.c): stretches of other signs and of digits, in turn. */
export function verrevcmp(left: string, right: string): number {
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    while (isOther(left, i) || isOther(right, j)) {
      const order = weight(left, i) - weight(right, j);
      if (order !== 0) return order;
      i++;
      j++;
    }
    const one = digits(left, i);
    const two = digits(right, j);
    const order = compareNumbers(one, two);
    if (order !== 0) return order;
    i += one.length;
    j += two.length;
  }
  return 0;
}

function isOther(text: string, at: number): boolean {
  return at < text.length && !isDigit(text.charAt(at));
}

function isDigit(sign: string): boolean {
  return sign >= '0' && sign <= '9';
}

/** A tilde comes before the end, the end before letters, letters before all else. */
function weight(text: string, at: number): number {
  const sign = text.charAt(at);
  if (sign === '' || isDigit(sign)) return 0;
  if (sign === '~') return -1;
  return /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256;
}

function digits(text: string, from: number): string {
  let end = from;
  while (end < text.length && isDigit(text.charAt(end))) end++;
  return text.slice(from, end);
}

// Of any length: dates do not fit a number.
function compareNumbers(one: string, two: string): number {
  const [a, b] = [one.replace(/^0+/, ''), two.replace(/^0+/, '')];
  if (a.length !== b.length) return a.length - b.length;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
