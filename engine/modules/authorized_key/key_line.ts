import { sha256 } from '../../contract/digest.ts';

/** A public key as a line of authorized_keys has it (sshd(8)). */
export interface KeyLine {
  /** As they stand there: `from="a,b"`, `no-pty`. */
  readonly options: readonly string[];
  readonly type: string;
  readonly blob: string;
  readonly comment: string;
}

/** A line read as sshd reads it; null where it holds no key. */
export function readKeyLine(line: string): KeyLine | null {
  const text = line.replace(/^[ \t]+|\r?$/g, '');
  if (text === '' || text.startsWith('#')) return null;
  const bare = readKey(text);
  if (bare) return { options: [], ...bare };
  const end = endOfOptions(text);
  const key = readKey(text.slice(end).replace(/^[ \t]+/, ''));
  return key && { options: splitOptions(text.slice(0, end)), ...key };
}

/** The options of a text, parted at commas that are not within double quotes. */
export function splitOptions(text: string): readonly string[] {
  return (text.match(/(?:"(?:\\"|[^"])*"?|[^",])+/g) ?? []).map((option) => option.trim()).filter(Boolean);
}

/** Whether two lists allow and forbid the same; names of options are alike in any case. */
export function areSameOptions(one: readonly string[], other: readonly string[]): boolean {
  const normal = (options: readonly string[]) =>
    options
      .map((option) => option.replace(/^[^="]+/, (name) => name.toLowerCase()))
      .toSorted()
      .join(',');
  return normal(one) === normal(other);
}

/** The line of a key. */
export function writeKeyLine({ options, type, blob, comment }: KeyLine): string {
  return [...(options.length > 0 ? [options.join(',')] : []), type, blob, ...(comment ? [comment] : [])].join(
    ' ',
  );
}

/** Whether a key's data is whole: it begins with the name of its type (RFC 4253, 6.6). */
export function isWhole({ type, blob }: KeyLine): boolean {
  const bytes = Buffer.from(blob, 'base64');
  if (bytes.length < 8 || bytes.toString('base64').replace(/=+$/, '') !== blob.replace(/=+$/, ''))
    return false;
  const length = bytes.readUInt32BE(0);
  return bytes.length > length + 4 && bytes.toString('latin1', 4, 4 + length) === type;
}

/** What ssh-keygen -l shows: "SHA256:…". */
export function fingerprint({ blob }: KeyLine): string {
  const digest = Buffer.from(sha256(Buffer.from(blob, 'base64')), 'hex');
  return `SHA256:${digest.toString('base64').replace(/=+$/, '')}`;
}

function readKey(text: string): Omit<KeyLine, 'options'> | null {
  const [, type, blob, comment = ''] =
    /^((?:sk-|webauthn-)*(?:ssh|ecdsa)-[A-Za-z0-9@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:[ \t]+(.*))?$/.exec(
      text,
    ) ?? [];
  return type === undefined || blob === undefined ? null : { type, blob, comment: trimBlanks(comment) };
}

// The first blank that is not within double quotes; a backslash keeps a quote from ending them.
function endOfOptions(text: string): number {
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '\\' && text[at + 1] === '"') at += 1;
    else if (text[at] === '"') isQuoted = !isQuoted;
    else if (!isQuoted && /[ \t]/.test(text[at] as string)) return at;
  }
  return text.length;
}

/** Text without the blanks around it. It may be bytes, one a character, of which `trim()` would take parts of letters. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t\r\v\f]+|[ \t\r\v\f]+$/g, '');
}
