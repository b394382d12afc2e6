/** Version and release of an rpm package; the epoch is null where none is written. */
export interface RpmVersion {
  readonly epoch: string | null;
  readonly version: string;
  readonly release: string | null;
}

/** Takes "1:2.0-3.el9" apart. */
export function parseRpmVersion(text: string): RpmVersion {
  const [, epoch = null, rest = ''] = /^(?:(\d*):)?(.*)$/s.exec(text) ?? [];
  const dash = rest.lastIndexOf('-');
  return {
    epoch,
    version: dash < 0 ? rest : rest.slice(0, dash),
    release: dash < 0 ? null : rest.slice(dash + 1),
  };
}

/** Orders versions of installed or offered packages: negative, zero or positive. No epoch is 0; no release comes before any. */
export function compareRpmVersions(left: string, right: string): number {
  const [a, b] = [parseRpmVersion(left), parseRpmVersion(right)];
  const epoch = rpmvercmp(a.epoch || '0', b.epoch || '0');
  if (epoch !== 0) return epoch;
  const version = rpmvercmp(a.version, b.version);
  if (version !== 0) return version;
  if (a.release === null || b.release === null)
    return Number(a.release !== null) - Number(b.release !== null);
  return rpmvercmp(a.release, b.release);
}

/** rpm's own order of version or release texts (rpmio/rpmvercmp.c of rpm 4.15 and later). */
export function rpmvercmp(left: string, right: string): number {
  let a = left;
  let b = right;
  while (a !== '' || b !== '') {
    a = a.replace(/^[^A-Za-z0-9~^]+/, '');
    b = b.replace(/^[^A-Za-z0-9~^]+/, '');
    if (a.startsWith('~') || b.startsWith('~')) {
      if (!a.startsWith('~')) return 1;
      if (!b.startsWith('~')) return -1;
      [a, b] = [a.slice(1), b.slice(1)];
      continue;
    }
    if (a.startsWith('^') || b.startsWith('^')) {
      if (a === '') return -1;
      if (b === '') return 1;
      if (!a.startsWith('^')) return 1;
      if (!b.startsWith('^')) return -1;
      [a, b] = [a.slice(1), b.slice(1)];
      continue;
    }
    if (a === '' || b === '') break;
    const kind = /^\d/.test(a) ? /^\d+/ : /^[A-Za-z]+/;
    const one = kind.exec(a)?.[0] ?? '';
    const two = kind.exec(b)?.[0];
    const numeric = /^\d/.test(a);
    // Numbers are newer than letters.
    if (two === undefined) return numeric ? 1 : -1;
    const order = numeric ? compareNumbers(one, two) : compareText(one, two);
    if (order !== 0) return order;
    [a, b] = [a.slice(one.length), b.slice(two.length)];
  }
  if (a === '' && b === '') return 0;
  return a === '' ? -1 : 1;
}

// Of any length: dates and hashes do not fit a number.
function compareNumbers(one: string, two: string): number {
  const [a, b] = [one.replace(/^0+/, ''), two.replace(/^0+/, '')];
  return a.length === b.length ? compareText(a, b) : a.length - b.length;
}

function compareText(one: string, two: string): number {
  if (one === two) return 0;
  return one < two ? -1 : 1;
}
