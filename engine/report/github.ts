import type { Event, HostEnded, TaskEnded } from '../run/events.ts';
import { visible } from './visible.ts';

const mostHosts = 10;

/**
 * A run as workflow commands of GitHub Actions, an annotation a line: what went wrong, once for all hosts that it
 * happened to alike, since GitHub shows ten of a kind. Source: docs.github.com, "Workflow commands for GitHub Actions".
 */
export function githubLines(events: readonly Event[]): readonly string[] {
  const alike = new Map<string, { readonly first: TaskEnded; readonly hosts: Set<string> }>();
  for (const event of events) {
    if (event.event !== 'task_ended' || !levels[event.status]) continue;
    const { task, status, message, position, step } = event;
    const key = JSON.stringify([task, status, message, position, step]);
    const known = alike.get(key) ?? { first: event, hosts: new Set<string>() };
    known.hosts.add(event.host);
    alike.set(key, known);
  }
  const hosts = events.filter((event): event is HostEnded => event.event === 'host_ended');
  return [
    ...[...alike.values()].map(({ first, hosts: names }) => annotation(first, [...names])),
    ...events.flatMap((event) =>
      event.event === 'said' && event.level === 'warning' ? [command('warning', {}, event.text)] : [],
    ),
    ...hosts.flatMap((host) => (host.owes.length > 0 ? [owing(host)] : [])),
    command('notice', { title: 'fettle' }, summary(hosts)),
  ];
}

/** Mistakes that were found before any host was touched, an annotation each. */
export function githubMistakes(mistakes: readonly Mistake[]): readonly string[] {
  return mistakes.map(({ message = '', detail, next, position }) =>
    command('error', { ...placeOf(position), title: 'fettle' }, textOf(message, detail, next)),
  );
}

type Mistake = {
  readonly [Name in 'message' | 'detail' | 'next' | 'position']?: TaskEnded[Name] | undefined;
};

const levels: Partial<Record<TaskEnded['status'], 'error' | 'warning'>> = {
  failed: 'error',
  unreachable: 'error',
  unknown: 'error',
  ignored: 'warning',
};

function annotation(task: TaskEnded, hosts: readonly string[]): string {
  const { position, message, detail, next } = task;
  const names =
    hosts.length > mostHosts ? [...hosts.slice(0, mostHosts), `${hosts.length - mostHosts} more`] : hosts;
  const text = textOf(`${names.join(', ')}: ${message ?? task.status}`, detail, next);
  const title = `${task.status}: ${task.task}`;
  return command(levels[task.status] ?? 'error', { ...placeOf(position), title }, text);
}

function placeOf(position: Mistake['position']): Readonly<Record<string, string | number>> {
  return position ? { file: position.file, line: position.line, col: position.column } : {};
}

function textOf(what: string, detail: string | undefined, next: string | undefined): string {
  return [what, detail, next && `→ ${next}`].filter(Boolean).join('\n');
}

function owing({ host, owes }: HostEnded): string {
  return command('warning', { title: `${host} still owes` }, owes.join(', '));
}

function summary(hosts: readonly HostEnded[]): string {
  const byStatus = new Map<string, number>();
  for (const { status } of hosts) byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  return [
    `${hosts.length} host${hosts.length === 1 ? '' : 's'}`,
    ...[...byStatus].map(([status, count]) => `${count} ${status}`),
  ].join(', ');
}

function command(name: string, properties: Readonly<Record<string, string | number>>, text: string): string {
  const given = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${name}${given.length > 0 ? ` ${given.join(',')}` : ''}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text
    .split('\n')
    .map((line) => visible(line).replaceAll('%', '%25').replaceAll('\r', '%0D'))
    .join('%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
