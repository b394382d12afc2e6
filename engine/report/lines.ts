import type picocolors from 'picocolors';
import { columnsOf } from '../error_text.ts';
import type { Event, HostEnded, ShownChange, TaskEnded, TaskStatus, Waiting } from '../run/events.ts';
import { diffLines } from './diff.ts';
import { visible, visibleName } from './visible.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** How much the plain report says. */
export interface LineOptions {
  readonly colors: Colors;
  readonly diff: boolean;
  /** 0 shows what changed or went wrong; 1 every task; 2 and more where it stands. */
  readonly verbosity: number;
}

/** The lines that an event is worth to a person. */
export function linesOf(event: Event, options: LineOptions): readonly string[] {
  const { colors, verbosity } = options;
  switch (event.event) {
    case 'play_started':
      return [
        colors.bold(`PLAY ${visibleName(event.play)}`) + colors.dim(`  ${count(event.hosts.length, 'host')}`),
      ];
    case 'batch_started':
      return [colors.bold(`BATCH ${event.batch} of ${event.of}`) + colors.dim(`  ${some(event.hosts)}`)];
    case 'rescued':
      return [`  ${visibleName(event.host)}  ${colors.yellow('rescued')}  ${visibleName(event.task)}`];
    case 'waiting':
      return verbosity >= 1 ? [`  ${visibleName(event.host)}  ${colors.dim(waitingText(event))}`] : [];
    case 'task_ended':
      return taskLines(event, options);
    case 'said':
      return said(event.host, event.level, event.text, colors);
    case 'handler_notified':
      return verbosity >= 2 ? [`  ${visibleName(event.host)}  notified  ${visibleName(event.handler)}`] : [];
    default:
      return [];
  }
}

/** What a host waits for, in one line. */
export function waitingText({ task, why, seconds, limit }: Waiting): string {
  const time =
    limit === undefined ? `${Math.round(seconds)} s` : `${Math.round(seconds)} of ${Math.round(limit)} s`;
  return `waits  ${visibleName(task)}: ${visibleName(why)} (${time})`;
}

/**
 * The lines at the end: every selected host, what it still owes, and how to take the run back where there is something
 * to take. Hosts in trouble come last, since of 500 lines the last ones are what stands above the prompt.
 */
export function recapLines(
  hosts: readonly HostEnded[],
  run: string,
  isUndoable: boolean,
  options: LineOptions,
): readonly string[] {
  const { colors } = options;
  const width = Math.max(...hosts.map((host) => columnsOf(visibleName(host.host))), 0);
  return [
    colors.bold('RECAP') + colors.dim(`  ${summary(hosts)}`),
    ...[...hosts.filter(isWell), ...hosts.filter((host) => !isWell(host))].flatMap((host) =>
      hostLines(host, width, options),
    ),
    colors.dim(`run ${run}`),
    ...(isUndoable ? [colors.dim(`to take it back: fettle undo ${run}`)] : []),
  ];
}

function isWell({ status, owes }: HostEnded): boolean {
  return (status === 'ok' || status === 'changed' || status === 'rescued') && owes.length === 0;
}

const shownStatus: Record<TaskStatus, string> = {
  ok: 'ok',
  changed: 'changed',
  skipped: 'skipped',
  failed: 'FAILED',
  ignored: 'ignored',
  unreachable: 'UNREACHABLE',
  later: 'later',
  unknown: 'UNKNOWN',
};

const always: readonly TaskStatus[] = ['changed', 'failed', 'ignored', 'unreachable', 'later', 'unknown'];

function taskLines(event: TaskEnded, { colors, diff, verbosity }: LineOptions): readonly string[] {
  const wouldRun = event.handler && event.status === 'ok' && event.message !== undefined;
  const isDiff = event.diff ?? diff;
  if (!always.includes(event.status) && !wouldRun && verbosity < 1) return [];
  const item = event.item === undefined ? '' : ` (${visibleName(event.item)})`;
  const place =
    verbosity >= 2 && event.position ? colors.dim(`  ${event.position.file}:${event.position.line}`) : '';
  const handler = event.handler ? 'handler ' : '';
  const isReason = event.message !== undefined && (event.status !== 'skipped' || verbosity >= 2);
  const [first = '', ...further] = isReason ? (event.message ?? '').split('\n') : [];
  const message = first === '' ? '' : `: ${visible(first)}`;
  const on = event.delegate === undefined ? '' : ` → ${visibleName(event.delegate)}`;
  const head = `  ${visibleName(event.host)}${on}  ${paint(event.status, colors)}  ${handler}${visibleName(event.task)}${item}${message}${place}`;
  const changes = event.changes
    // Where a change is taken back, the line above says so already.
    .filter(({ what }) => what !== event.task)
    .flatMap((change) => changeLines(change, event.handler, { colors, diff: isDiff, verbosity }));
  const assuming =
    event.assuming === undefined
      ? []
      : [colors.dim(`      assuming step ${event.assuming} changes nothing here`)];
  const detail = event.detail === undefined ? [] : indent(event.detail);
  const output = event.output === undefined || verbosity < 1 ? [] : indent(event.output.trimEnd());
  const next = event.next === undefined || !isBad(event.status) ? [] : indent(`→ ${event.next}`);
  return [head, ...indent(further), ...changes, ...assuming, ...output, ...detail, ...next];
}

function changeLines(
  { what, impossible, before, after, path }: ShownChange,
  isHandler: boolean,
  { colors, diff, verbosity }: LineOptions,
): readonly string[] {
  const wayBack = isHandler
    ? 'to take it back is to run it again'
    : `cannot be taken back: ${visible(impossible ?? '')}`;
  const isTold = impossible !== undefined && (diff || verbosity > 0);
  return [
    colors.dim(`      ${visibleName(what)}`),
    ...(isTold ? [colors.dim(`      ${wayBack}`)] : []),
    ...(diff ? diffLines(before, after, path).map((line) => `      ${paintDiff(line, colors)}`) : []),
  ];
}

function isBad(status: TaskStatus): boolean {
  return status === 'failed' || status === 'unreachable' || status === 'ignored' || status === 'unknown';
}

function paint(status: TaskStatus, colors: Colors): string {
  const text = shownStatus[status];
  if (status === 'ok') return colors.green(text);
  if (status === 'changed' || status === 'later') return colors.yellow(text);
  if (status === 'skipped') return colors.dim(text);
  return colors.red(text);
}

function paintDiff(line: string, colors: Colors): string {
  if (/^(---|\+\+\+) (a?\/|b\/)/.test(line)) return colors.bold(line);
  if (line.startsWith('+')) return colors.green(line);
  if (line.startsWith('-')) return colors.red(line);
  return line.startsWith('@@') ? colors.cyan(line) : line;
}

function said(host: string | undefined, level: string, text: string, colors: Colors): readonly string[] {
  const from = host === undefined ? '' : `${visibleName(host)}  `;
  const mark = level === 'warning' ? colors.yellow('warning  ') : '';
  return text
    .split('\n')
    .map((line, index) => `  ${index === 0 ? from + mark : ' '.repeat(columnsOf(from))}${visible(line)}`);
}

function indent(text: string | readonly string[]): readonly string[] {
  const lines = typeof text === 'string' ? text.split('\n') : text;
  return lines.map((line) => `      ${visible(line)}`);
}

function hostLines(host: HostEnded, width: number, { colors }: LineOptions): readonly string[] {
  const counts = Object.entries(host.counts).map(([status, number]) => `${status} ${number}`);
  const status =
    host.status === 'ok'
      ? colors.green('ok')
      : host.status === 'changed' || host.status === 'rescued'
        ? colors.yellow(host.status)
        : colors.red(host.status);
  const gap = ' '.repeat(Math.max(0, 11 - host.status.length));
  const name = visibleName(host.host);
  return [
    `  ${name}${' '.repeat(width - columnsOf(name))}  ${status}${gap}  ${counts.join('  ')}${colors.dim(`  (${count(host.sends, 'send')})`)}`,
    ...(host.message === undefined ? [] : indent(host.message)),
    ...(host.next === undefined ? [] : indent(`→ ${host.next}`)),
    ...(host.owes.length === 0 ? [] : [`      still owes: ${host.owes.map(visibleName).join(', ')}`]),
  ];
}

function summary(hosts: readonly HostEnded[]): string {
  const byStatus = new Map<string, number>();
  for (const host of hosts) byStatus.set(host.status, (byStatus.get(host.status) ?? 0) + 1);
  return [
    count(hosts.length, 'host'),
    ...[...byStatus].map(([status, number]) => `${number} ${status}`),
  ].join('  ');
}

/** A few of many hosts. */
function some(hosts: readonly string[]): string {
  const first = hosts.slice(0, 5).map(visibleName).join(', ');
  return `${count(hosts.length, 'host')}: ${first}${hosts.length > 5 ? ', …' : ''}`;
}

/** A number of things, in words. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
