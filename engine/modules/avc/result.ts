import type { ActionResult, Outcome } from '../../contract/module.ts';
import type { AvcArgs } from './arguments.ts';
import { type Denial, parseAvc } from './parse.ts';
import { isHidden, isOff, largest } from './script.ts';

/** What a register holds, or why nothing could be read. */
export function resultOf(args: AvcArgs, { code, stdout, stderr, timedOut }: Outcome): ActionResult {
  const failed = (why: string): ActionResult => ({ changed: false, failed: why, values: {} });
  if (timedOut)
    return failed(
      `the log was not read within ${args.timeout ?? 60} s: set \`timeout\`, or a later \`since\``,
    );
  if (code === isOff)
    return failed('SELinux is not on: the running kernel enforces no policy, so that nothing is denied');
  if (code === isHidden) return failed('the log may not be read: become root');
  const end = stdout.indexOf('\n');
  const [source = '', since = '', now = ''] = stdout.toString('latin1', 0, Math.max(end, 0)).split(' ');
  if (code !== 0 || !/^\d+$/.test(now))
    return failed(
      `the log could not be read${stderr.length > 0 ? `: ${stderr.toString('utf8').trim()}` : ''}`,
    );
  const records = stdout.subarray(end + 1);
  if (records.length === 0 && stderr.length > 0)
    return failed(`the log could not be read: ${stderr.toString('utf8').trim()}`);
  const all = parseAvc(records.toString('utf8')).filter(
    (one) => one.time >= Number(since) && isMeant(args, one),
  );
  // A log that was turned over meanwhile may hold an event twice.
  const denials = [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  return {
    changed: false,
    values: {
      denials,
      count: denials.length,
      summary: summaryOf(denials),
      source,
      since: Number(since),
      now: Number(now),
      truncated: records.length >= largest,
    },
    output: summaryOf(denials)
      .map((line) => `${line}\n`)
      .join(''),
  };
}

function isMeant({ scontext, tcontext, tclass, comm, path }: AvcArgs, one: Denial): boolean {
  return (
    (scontext === undefined || one.stype === scontext) &&
    (tcontext === undefined || one.ttype === tcontext) &&
    (tclass === undefined || one.tclass === tclass) &&
    (comm === undefined || one.comm === comm) &&
    (path === undefined ||
      (one.path === null ? one.name === path.slice(path.lastIndexOf('/') + 1) : one.path === path))
  );
}

/** What was denied, each thing once, and how often. */
function summaryOf(denials: readonly Denial[]): readonly string[] {
  const times = new Map<string, number>();
  for (const line of denials.map(said)) times.set(line, (times.get(line) ?? 0) + 1);
  return [...times].map(([line, count]) => (count === 1 ? line : `${line}, ${count} times`));
}

function said({ comm, perms, path, name, ttype, stype, tclass, permissive }: Denial): string {
  const what = path ?? name;
  return `${comm ?? 'a program'} (${stype}) was denied ${perms.join(' ')} on ${tclass}${what === null ? '' : ` ${what}`} (${ttype})${permissive ? ', but let through' : ''}`;
}
