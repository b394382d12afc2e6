import type { Attributes } from '../../facts/attributes.ts';
import { isText, linesOf, shebangOf } from './script_text.ts';

/** How keepalived runs a script. */
export interface Running {
  /** Its exit status decides something. */
  readonly isCheck: boolean;
  /** Seconds after which it is ended; undefined where that is not known. */
  readonly timeout: number | undefined;
}

/** What is wrong with a script, a sentence each. */
export function bugsOf(bytes: Buffer | undefined, followed: Attributes, how: Running): readonly string[] {
  const found: string[] = [];
  if ((Number.parseInt(followed.mode, 8) & 0o111) === 0)
    found.push('is not executable: keepalived does not run it where it is');
  if (!bytes || !isText(bytes)) return found;
  const first = bytes.toString('latin1', 0, 512).split('\n')[0] ?? '';
  if (shebangOf(bytes) === null) found.push('has no #! line: keepalived 2 runs it by execve(2), which fails');
  if (first.startsWith('#!') && first.endsWith('\r'))
    found.push('has a carriage return in its #! line: the interpreter is not found');
  const lines = linesOf(bytes);
  return [
    ...found,
    ...emptyDate(lines),
    ...(how.isCheck ? [...lostStatus(lines), ...lastSpeaks(lines)] : []),
    ...slowPing(lines, how),
  ];
}

function emptyDate(lines: readonly string[]): readonly string[] {
  const sets = lines.some((line) => /(^|[\s;])date=|\bread\b[^;]*\bdate\b/.test(line));
  const uses = lines.some((line) => /\$\{date\}|\$date\b/.test(line));
  return uses && !sets ? ['writes ${date}, a variable that nothing sets: $(date) is meant'] : [];
}

// An append has a status of its own, so that what came before it is no longer known.
function lostStatus(lines: readonly string[]): readonly string[] {
  const commands = lines.flatMap((line) => line.split(';')).map((command) => command.trim());
  const isAppend = (command: string) => /^(echo|printf|logger|date)\b/.test(command);
  const asks = (command: string) => /\$\?/.test(command);
  const real = commands.filter((command) => command !== '' && !/^(then|else|do|fi|done)$/.test(command));
  const lost = real.some((command, index) => isAppend(command) && asks(real[index + 1] ?? ''));
  return lost
    ? [
        'asks $? after a message was written: that is the status of the writing; say rc=$? right after the check',
      ]
    : [];
}

function lastSpeaks(lines: readonly string[]): readonly string[] {
  const last = lines.findLast((line) => line !== '') ?? '';
  const command =
    last
      .split(';')
      .findLast((part) => part.trim() !== '')
      ?.trim() ?? '';
  const piped = /\|\s*(tee|logger|cat|sed|head|tail|awk)\b[^|]*$/.test(command);
  if (/^(echo|printf|logger|date|true|:)(\s|$)/.test(command) || piped) {
    return [
      `ends with \`${command}\`, whose status is what keepalived gets: the check can never fail by what came before`,
    ];
  }
  return [];
}

// The last of the pings is not waited for by an interval, but by its answer.
function slowPing(lines: readonly string[], { timeout }: Running): readonly string[] {
  const slow = lines.flatMap((line) => {
    const call = /\bping6?\b([^|;&]*)/.exec(line)?.[1];
    const count = Number(/(?:^|\s)-c\s*(\d+)/.exec(call ?? '')?.[1] ?? Number.NaN);
    const pause = Number(/(?:^|\s)-i\s*([\d.]+)/.exec(call ?? '')?.[1] ?? 1);
    const seconds = (count - 1) * pause;
    return timeout !== undefined && count > 1 && seconds >= timeout ? [{ count, seconds }] : [];
  });
  const [one] = slow;
  return one
    ? [
        `sends ${one.count} pings, which take ${one.seconds} s or more, and is ended after ${timeout} s: ping -n -c1 -W1`,
      ]
    : [];
}
