import { sha256 } from '../../contract/digest.ts';
import type { ActionResult, Outcome } from '../../contract/module.ts';
import type { FetchArgs } from '../fetch.ts';
import { countOf, ends, largest, pieceScript } from './script.ts';

/** What was read, to be kept at a path of the controller's, or why it was not. */
export function resultOf(args: FetchArgs, dest: string, outcome: Outcome): ActionResult {
  const { src } = args;
  const { code, stdout } = outcome;
  if (outcome.timedOut) return failed(`${src} was not read within the time limit`);
  if (code === ends.absent && args.fail_on_missing === false)
    return { changed: false, values: { src, msg: `there is no ${src} on the host` } };
  if (code !== 0) return failed(whyNot(src, outcome));
  const end = stdout.indexOf('\n');
  const [, size, sum, rest] =
    /^(\d+) (-|[0-9a-f]{64})( pieces)?$/.exec(stdout.toString('latin1', 0, end)) ?? [];
  const bytes = stdout.subarray(end + 1);
  if (rest !== undefined && sum !== undefined)
    return inPieces(src, dest, Number(size), sum === '-' ? null : sum);
  const checksum = sha256(bytes);
  if (bytes.length > largest)
    return failed(`${src} does not say how long it is, and has more than ${largest} bytes`);
  const isWhole = sum === '-' ? bytes.length === Number(size) || Number(size) > largest : sum === checksum;
  if (end < 0 || size === undefined || !isWhole) return failed(`${src} changed while it was read`);
  return {
    changed: false,
    values: { src, dest, checksum, size: bytes.length },
    output: '',
    keeps: { path: dest, bytes },
  };
}

function inPieces(src: string, dest: string, size: number, sum: string | null): ActionResult {
  return {
    changed: false,
    values: { src, dest, size, ...(sum === null ? {} : { checksum: sum }) },
    output: '',
    keeps: {
      path: dest,
      bytes: {
        size,
        sha256: sum,
        count: countOf(size),
        script: (index) => pieceScript(src, size, index),
        moved: `${src} changed while it was read`,
      },
    },
  };
}

function whyNot(src: string, { code, stderr }: Outcome): string {
  switch (code) {
    case ends.absent:
      return `there is no ${src} on the host`;
    case ends.directory:
      return `${src} is a directory; fetch takes files`;
    case ends.other:
      return `${src} is no regular file`;
    case ends.unreadable:
      return `${src} may not be read: become a user who may`;
    case ends.unseen:
      return `a directory above ${src} cannot be searched: become a user who may`;
    default:
      return `${src} could not be read: ${stderr.toString('utf8').trim() || `exit status ${code}`}`;
  }
}

function failed(why: string): ActionResult {
  return { changed: false, failed: why, values: {}, output: '' };
}
