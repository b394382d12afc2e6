import { CannotPlan } from '../../contract/change.ts';
import { Secret } from '../../shell/secret.ts';
import type { AuthorizedKeyArgs } from './arguments.ts';
import {
  areSameOptions,
  fingerprint,
  isWhole,
  type KeyLine,
  readKeyLine,
  splitOptions,
  trimBlanks,
  writeKeyLine,
} from './key_line.ts';

/** A key as it should be; undefined options are whatever is there. */
export interface WantedKey {
  readonly line: KeyLine;
  readonly options: readonly string[] | undefined;
}

/** A text with one character a byte, and what was done to it. */
export interface EditedKeys {
  readonly text: string;
  readonly what: readonly string[];
}

/** The keys that a task names, each once. Throws CannotPlan for a line that is none. */
export function wantedKeys(args: AuthorizedKeyArgs): readonly WantedKey[] {
  const text = args.key instanceof Secret ? args.key.reveal() : args.key;
  const refuse = (why: string, next: string): never => {
    throw new CannotPlan(why, { next });
  };
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    refuse('key is a private key, which belongs on no host', 'give the line of the file NAME.pub');
  if (/^https?:/.test(text.trim()))
    refuse('key is an address, and nothing is fetched', 'give the keys themselves');
  const keys = new Map<string, WantedKey>();
  Buffer.from(text)
    .toString('latin1')
    .split('\n')
    .forEach((line, index) => {
      if (/^\s*(#|$)/.test(line)) return;
      const read = readKeyLine(line);
      if (!read || !isWhole(read))
        return refuse(
          `line ${index + 1} of key is no public key`,
          'give the line of the file NAME.pub whole',
        );
      const own = read.options.length > 0 ? read.options : undefined;
      const options = args.key_options === undefined ? own : splitOptions(asBytes(args.key_options));
      if (options && !isReadBack({ ...read, options }))
        refuse(`sshd could not read the key behind these options: ${options.join(',')}`, 'close each quote');
      const id = `${read.type} ${read.blob}`;
      if (!keys.has(id)) keys.set(id, { line: read, options });
      return undefined;
    });
  if (keys.size === 0) refuse('key holds no key', 'give the line of the file NAME.pub');
  return [...keys.values()];
}

function isReadBack(line: KeyLine): boolean {
  const read = readKeyLine(writeKeyLine(line));
  return read !== null && isSame(read, line) && areSameOptions(read.options, line.options);
}

/** Makes the edit; a key is known by its type and data alone, and all lines that are not meant stay as they are. */
export function editKeys(text: string, wanted: readonly WantedKey[], args: AuthorizedKeyArgs): EditedKeys {
  const before = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  const edited = args.state === 'absent' ? without(before, wanted) : withKeys(before, wanted, args);
  if (edited.what.length === 0) return { text, what: [] };
  return { text: edited.lines.map((line) => `${line}\n`).join(''), what: edited.what };
}

interface Edit {
  readonly lines: readonly string[];
  readonly what: readonly string[];
}

function without(before: readonly string[], wanted: readonly WantedKey[]): Edit {
  const what: string[] = [];
  const lines = before.filter((line) => {
    const key = readKeyLine(line);
    const isMeant = key !== null && wanted.some((one) => isSame(one.line, key));
    if (isMeant) what.push(`remove ${named(key)}`);
    return !isMeant;
  });
  return { lines, what };
}

function withKeys(before: readonly string[], wanted: readonly WantedKey[], args: AuthorizedKeyArgs): Edit {
  const what: string[] = [];
  const open = new Set(wanted);
  const lines = before.flatMap((line): readonly string[] => {
    const key = readKeyLine(line);
    const meant = key && wanted.find((one) => isSame(one.line, key));
    if (!key || !meant) {
      const isOther = args.exclusive === true && !/^\s*(#|$)/.test(line);
      if (isOther) what.push(`remove ${key ? named(key) : 'a line that is no key'}`);
      return isOther ? [] : [line];
    }
    if (!open.delete(meant)) {
      // sshd tries the next line where the options of one forbid it, so that a second one would undo them.
      if (meant.options === undefined) return [line];
      what.push(`remove ${named(key)}, which is there twice`);
      return [];
    }
    const now = asWanted(meant, key, args);
    if (areSameOptions(now.options, key.options) && now.comment === key.comment) return [line];
    what.push(`change ${named(now)}`);
    return [writeKeyLine(now)];
  });
  const added = [...open].map((one) => asWanted(one, { ...one.line, options: [] }, args));
  return {
    lines: [...lines, ...added.map(writeKeyLine)],
    what: [...what, ...added.map((key) => `add ${named(key)}`)],
  };
}

function asWanted(wanted: WantedKey, key: KeyLine, { comment }: AuthorizedKeyArgs): KeyLine {
  return {
    ...key,
    options: wanted.options ?? key.options,
    comment: comment === undefined ? key.comment : trimBlanks(asBytes(comment)),
  };
}

function isSame(one: KeyLine, other: KeyLine): boolean {
  return one.type === other.type && one.blob.replace(/=+$/, '') === other.blob.replace(/=+$/, '');
}

function named(key: KeyLine): string {
  const comment = Buffer.from(key.comment, 'latin1').toString('utf8');
  return [key.type, fingerprint(key), ...(comment ? [`(${comment})`] : [])].join(' ');
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
