import { CannotPlan } from '../../contract/change.ts';
import { type NewContent, sha256Of } from '../../facts/new_content.ts';
import type { Place } from '../../facts/put_file.ts';
import type { CopyArgs } from './arguments.ts';

/** Content that is known before the host is asked. */
export function newContent(args: CopyArgs): NewContent | undefined {
  const { content: text, src } = args;
  if (typeof text === 'string') return { kind: 'bytes', bytes: Buffer.from(text) };
  if (text !== undefined) return { kind: 'bytes', bytes: text };
  if (typeof src === 'object' && src.kind === 'file') return { ...src, kind: 'file' };
  return undefined;
}

/** What is to be put into place, and the mode of where it comes from. Throws CannotPlan where there is no such source. */
export function sourceOf(
  args: CopyArgs,
  from: Place | undefined,
): { readonly made: NewContent; readonly mode: string | undefined } {
  const made = newContent(args);
  if (made) {
    if (args.mode === 'preserve' && made.kind === 'bytes') throw new CannotPlan('mode: preserve needs a src');
    checkSum(args, sha256Of(made));
    return {
      made,
      mode: typeof args.src === 'object' && args.src.kind === 'file' ? args.src.mode : undefined,
    };
  }
  if (!from) throw new CannotPlan('copy takes either content or src');
  const attributes = from.at.kind === 'link' ? from.at.followed : from.at;
  if (!attributes || attributes.kind === 'absent') {
    throw new CannotPlan(`there is no file ${from.path} on the host`, { missing: `path:${from.path}` });
  }
  if (attributes.kind !== 'file') throw new CannotPlan(`${from.path} is a ${attributes.kind}, not a file`);
  const hostFile = hostContent(from);
  checkSum(args, sha256Of(hostFile));
  return { made: hostFile, mode: attributes.mode };
}

function hostContent({ path: at, now }: Place): NewContent {
  if (now.kind === 'text') {
    const { bytes } = now;
    return { kind: 'host', path: at, size: bytes.length, sha256: sha256Of({ kind: 'bytes', bytes }), bytes };
  }
  if (now.kind === 'large' && now.sha256 !== undefined) {
    return { kind: 'host', path: at, size: now.size, sha256: now.sha256 };
  }
  throw new CannotPlan(`${at} cannot be read`);
}

function checkSum({ checksum }: CopyArgs, actual: string): void {
  if (checksum === undefined || checksum.toLowerCase() === actual) return;
  throw new CannotPlan(`the source has the SHA-256 ${actual}, not ${checksum}`);
}
