import { isIPv6 } from 'node:net';

/** What `web[01:20].example:2222` stands for. */
export interface HostNames {
  readonly names: readonly string[];
  readonly port?: number;
}

/** Why a host's name cannot be read; `offset` counts from its start. */
export interface NameMistake {
  readonly mistake: string;
  readonly next: string;
  readonly offset: number;
}

/** Takes the port off a host's name and expands its ranges. */
export function expandHostNames(written: string): HostNames | NameMistake {
  const [address, port, offset] = splitPort(written);
  if (port !== undefined && (port < 1 || port > 65_535))
    return wrong(`${port} is no port`, 'Ports are 1 to 65535.', written.lastIndexOf(':') + 1);
  if (address === '') return wrong('There is no name before the port', 'Write NAME:PORT.', 0);
  const names = expandRanges(address);
  if ('mistake' in names) return { ...names, offset: names.offset + offset };
  const strange = names[0] === undefined ? undefined : strangeName(names[0], written);
  return strange ?? (port === undefined ? { names } : { names, port });
}

/** A host's address and port as Ansible tells them apart; the address keeps its ranges. */
export function splitPort(
  written: string,
): readonly [address: string, port: number | undefined, offset: number] {
  const bracketed = /^\[(.+)\]:([0-9]+)$/.exec(written);
  if (bracketed) return [bracketed[1] as string, Number(bracketed[2]), 1];
  const plain = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/.exec(written);
  if (plain) return [plain[1] as string, Number(plain[2]), 0];
  return [written, undefined, 0];
}

/** Whether a variable may be called so: anything without blanks, quotes and brackets, as in Ansible. */
export function isVariableName(name: string): boolean {
  return /^[^\s"'`{}[\]()]+$/.test(name) && name !== '__proto__';
}

/** An IPv6 address, ranges in it allowed. */
export function isIpv6Pattern(address: string): boolean {
  return isIPv6(address.replaceAll(/\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]/gi, '1'));
}

function strangeName(name: string, written: string): NameMistake | undefined {
  if (name.includes(':') && !isIpv6Pattern(name))
    return wrong(
      `\`${written}\` is no host name, and what follows the colon is no port`,
      'Write NAME, NAME:PORT, an IPv6 address, or [IPV6]:PORT.',
      Math.max(written.lastIndexOf(':'), 0),
    );
  if (name.includes(','))
    return wrong('A comma in a host name', 'Give each host a line of its own.', written.indexOf(','));
  return undefined;
}

function expandRanges(address: string): readonly string[] | NameMistake {
  const open = address.indexOf('[');
  if (open < 0) return [address];
  const close = address.indexOf(']', open);
  if (close < 0) return wrong('This range is never closed', 'Write [FIRST:LAST], such as [01:20].', open);
  const items = expandRange(address.slice(open + 1, close), address);
  if ('mistake' in items) return { ...items, offset: items.offset + open };
  const rest = expandRanges(address.slice(close + 1));
  if ('mistake' in rest) return { ...rest, offset: rest.offset + close + 1 };
  if (items.length * rest.length > most) return tooMany(items.length * rest.length, open);
  const head = address.slice(0, open);
  return items.flatMap((item) => rest.map((tail) => head + item + tail));
}

const most = 1_000_000;

function tooMany(count: number, offset: number): NameMistake {
  return wrong(`This range stands for ${count} hosts`, `At most ${most} are taken.`, offset);
}

function expandRange(range: string, address: string): readonly string[] | NameMistake {
  const [first = '', last = '', step = '1', ...rest] = range.split(':');
  if (!range.includes(':') || rest.length > 0)
    return wrong(
      `[${range}] is no range`,
      isIPv6(range) && address === `[${range}]`
        ? 'An IPv6 address stands in brackets only before a port: [ADDRESS]:PORT.'
        : 'Write [FIRST:LAST] or [FIRST:LAST:STEP], such as [01:20] or [a:f].',
    );
  if (last === '') return wrong(`[${range}] has no end`, 'Write [FIRST:LAST], such as [01:20].');
  if (!/^[0-9]+$/.test(step) || Number(step) < 1)
    return wrong(`The step of [${range}] must be a number from 1`, 'Write [FIRST:LAST:STEP].');
  if (/^[a-zA-Z]$/.test(first) && /^[a-zA-Z]$/.test(last)) return letters(range, first, last, Number(step));
  if (/^[0-9]*$/.test(first) && /^[0-9]+$/.test(last)) return numbers(range, first, last, Number(step));
  return wrong(
    `[${range}] is neither a range of numbers nor of single letters`,
    'Write [FIRST:LAST], such as [01:20] or [a:f].',
  );
}

// Ansible's order: small letters before capital ones.
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

function letters(range: string, first: string, last: string, step: number): readonly string[] | NameMistake {
  const from = alphabet.indexOf(first);
  const to = alphabet.indexOf(last);
  if (from > to) return backwards(range);
  return [...alphabet.slice(from, to + 1)].filter((_, index) => index % step === 0);
}

function numbers(range: string, first: string, last: string, step: number): readonly string[] | NameMistake {
  const padded = first.length > 1 && first.startsWith('0');
  if (padded && first.length !== last.length)
    return wrong(
      `${first} and ${last} of [${range}] differ in length`,
      `Write both with the same number of digits: [${first}:${last.padStart(first.length, '0')}].`,
    );
  const from = Number(first);
  const to = Number(last);
  if (from > to) return backwards(range);
  const count = Math.floor((to - from) / step) + 1;
  if (count > most) return tooMany(count, 0);
  const width = padded ? first.length : 0;
  return Array.from({ length: count }, (_, index) => String(from + index * step).padStart(width, '0'));
}

function backwards(range: string): NameMistake {
  return wrong(`[${range}] runs backwards`, 'Write the smaller end first.');
}

function wrong(mistake: string, next: string, offset = 0): NameMistake {
  return { mistake, next, offset };
}
