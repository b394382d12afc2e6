import { sha256 } from '../../contract/digest.ts';
import type { ActionResult, Outcome } from '../../contract/module.ts';
import type { FetchArgs } from '../fetch.ts';
import { ends, largest } from './script.ts';

/** What was read, to be kept at a path of the controller's, or why it was not. */
export function resultOf(args: FetchArgs, dest: string, outcome: Outcome): ActionResult {
  const { src } = args;
  const { code, stdout } = outcome;
  if (outcome.timedOut) return failed(`${src} was not read within the time limit`);
  if (code === ends.absent && args.fail_on_missing === false)
    return { changed: false, values: { src, msg: `there is no ${src} on the host` } };
  if (code !== 0) return failed(whyNot(src, outcome));
  const end = stdout.indexOf('\n');
  const [, size, sum] = /^(\d+) (-|[0-9a-f]{64})$/.exec(stdout.toString('latin1', 0, end)) ?? [];
  const bytes = stdout.subarray(end + 1);
  const checksum = sha256(bytes);
  if (bytes.length > largest) return failed(`${src} has more than ${largest} bytes`);
  const isWhole = sum === '-' ? bytes.length === Number(size) || Number(size) > largest : sum === checksum;
  if (end < 0 || size === undefined || !isWhole) return failed(`${src} changed while it was read`);
  return {
    changed: false,
    values: { src, dest, checksum, size: bytes.length },
    output: '',
    keeps: { path: dest, bytes },
  };
}

function whyNot(src: string, { code, stdout, stderr }: Outcome): string {
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
    case ends.large:
      return `${src} has ${stdout.toString('latin1').trim()} bytes; fetch takes up to ${largest}`;
    default:
      return `${src} could not be read: ${stderr.toString('utf8').trim() || `exit status ${code}`}`;
  }
}

function failed(why: string): ActionResult {
  return { changed: false, failed: why, values: {}, output: '' };
}
