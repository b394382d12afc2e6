/** A version that can be ordered: `[epoch:]version[-release]` of rpm and deb, or a semantic version. */
export class Version {
  readonly text: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string | null;

  constructor(text: string) {
    this.text = text;
    const [, epoch, rest = ''] = /^(?:(\d+):)?(.*)$/s.exec(text.trim()) ?? [];
    // `1.0.0-rc.1` comes before `1.0.0`, which rpm and deb write as `1.0.0~rc.1`.
    const plain = rest.replace(/^v(?=\d)/, '').replace(/-(?=(alpha|beta|rc|pre|dev|snapshot)\b)/i, '~');
    const dash = plain.lastIndexOf('-');
    this.epoch = Number(epoch ?? 0);
    this.version = dash < 0 ? plain : plain.slice(0, dash);
    this.release = dash < 0 ? null : plain.slice(dash + 1);
  }
}

/** Orders two versions: negative, zero or positive. A release counts only where both have one, as in rpm's dependencies. */
export function compareVersions(a: Version, b: Version): number {
  if (a.epoch !== b.epoch) return a.epoch - b.epoch;
  const order = rpmvercmp(a.version, b.version);
  if (order !== 0 || a.release === null || b.release === null) return order;
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
