import type { ActionResult, Outcome } from '../../contract/module.ts';
import type { WaitForArgs } from './arguments.ts';
import { badRegex, noClient } from './script.ts';

/** What is waited for, in words. */
export function subjectOf({
  path,
  port,
  host,
  search_regex,
  state = 'started',
  timeout = 300,
}: WaitForArgs): string {
  const isGone = state === 'absent' || state === 'stopped';
  if (search_regex !== undefined)
    return `${path} to ${isGone ? 'lack' : 'have'} a line that matches ${search_regex}`;
  if (path !== undefined) return `${path} to be ${isGone ? 'absent' : 'present'}`;
  if (port === undefined) return `${timeout} s`;
  const at = host === undefined ? `port ${port}` : `port ${port} of ${host}`;
  return `${at} to be ${state === 'drained' ? 'drained' : isGone ? 'closed' : 'open'}`;
}

/** Reads what the script said; out of time is a failure that tells what was seen last. */
export function readWatch(args: WaitForArgs, outcome: Outcome): ActionResult {
  const [waited = '', ...rest] = outcome.stdout.toString('utf8').replace(/\n$/, '').split('\n');
  const elapsed = Number(/^waited (\d+)\./.exec(waited)?.[1] ?? 0);
  const { path, port, search_regex, state = 'started' } = args;
  const values = {
    elapsed,
    state,
    ...(path === undefined ? {} : { path }),
    ...(port === undefined ? {} : { port }),
    ...(search_regex === undefined ? {} : { search_regex }),
  };
  const isPause = path === undefined && port === undefined;
  if (outcome.code === 0 || (isPause && outcome.code === 1)) {
    const match = search_regex === undefined ? {} : { match: rest.join('\n') };
    return { changed: false, values: { ...values, ...match } };
  }
  return { changed: false, failed: failure(args, outcome, elapsed), values };
}

function failure(args: WaitForArgs, outcome: Outcome, elapsed: number): string {
  const said = outcome.stderr.toString('utf8').trim();
  if (outcome.code === badRegex) return `\`search_regex\` is no POSIX extended regular expression: ${said}`;
  if (outcome.code === noClient)
    return `the host has neither bash nor nc to reach port ${args.port} of ${args.host}; wait on that host itself (\`delegate_to\`)`;
  if (outcome.timedOut || outcome.code !== 1 || outcome.stdout.length === 0)
    return `it could not wait for ${subjectOf(args)}${said && `: ${said}`}`;
  const [seen = '', ...text] = said.split('\n');
  const last = text.length > 0 ? `; its last line: ${text.join(' ').slice(0, 300)}` : '';
  const waited = `waited ${elapsed} s for ${subjectOf(args)}: ${seen}${last}`;
  return args.msg === undefined ? waited : `${args.msg} (${waited})`;
}
