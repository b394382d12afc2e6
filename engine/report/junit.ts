import type { Builder, TestCase } from 'junit-report-builder';
import type { Event, HostEnded, TaskEnded } from '../run/events.ts';
import { visible } from './visible.ts';

/**
 * A run as JUnit XML: a suite a host, a case a task. What failed is a failure, what could not be reached an error; what
 * was skipped, and a host that never started, is skipped.
 */
export async function junitText(events: readonly Event[]): Promise<string> {
  // Read when it is asked for. The package is CommonJS, and its `module.exports` is the builder.
  const { default: library } = await import('junit-report-builder');
  const builder = (library as unknown as Builder).newBuilder();
  const tasks = new Map<string, TaskEnded[]>();
  for (const event of events) {
    if (event.event === 'host_ended') tasks.set(event.host, []);
  }
  for (const event of events) if (event.event === 'task_ended') tasks.get(event.host)?.push(event);
  for (const end of events) {
    if (end.event !== 'host_ended') continue;
    const suite = builder.testSuite().name(xmlText(end.host));
    for (const task of tasks.get(end.host) ?? []) {
      const testCase = suite
        .testCase()
        .className(xmlText(`${end.host}.${task.module}`))
        .name(nameOf(task));
      if (task.position) testCase.file(xmlText(`${task.position.file}:${task.position.line}`));
      tell(testCase, task);
    }
    tellHost(suite.testCase().className(xmlText(end.host)), end);
  }
  return `${builder.build()}\n`;
}

function nameOf({ task, item, step }: TaskEnded): string {
  return xmlText(`${step}. ${task}${item === undefined ? '' : ` (${item})`}`);
}

function tell(testCase: TestCase, task: TaskEnded): void {
  const { status, message = '', detail = '', next, changes, output = '' } = task;
  const text = xmlText([message, detail, next === undefined ? '' : `→ ${next}`].filter(Boolean).join('\n'));
  if (status === 'failed' || status === 'unknown') testCase.failure(text, status);
  else if (status === 'unreachable') testCase.error(xmlText(message), status, cdata(text));
  else if (status === 'skipped' || status === 'later') testCase.skipped();
  const said = [...changes.map(({ what }) => what), output, status === 'ignored' ? text : ''];
  const out = said.filter(Boolean).join('\n');
  if (out !== '') testCase.standardOutput(cdata(xmlText(out)));
}

/** How the host ended is a case of its own: one that was blocked, or never begun, has no task to say so. */
function tellHost(testCase: TestCase, { status, message = '', owes }: HostEnded): void {
  testCase.name(`host: ${status}`);
  const text = xmlText(
    [message, owes.length > 0 ? `still owes: ${owes.join(', ')}` : ''].filter(Boolean).join('\n'),
  );
  if (status === 'failed' || status === 'blocked' || status === 'interrupted')
    testCase.failure(text || status, status);
  else if (status === 'unreachable') testCase.error(text || status, status);
  else if (status === 'not started') testCase.skipped();
}

/** xmlbuilder parts the first end of a section that is within its text; the others are parted here. */
function cdata(text: string): string {
  const [first = '', ...rest] = text.split(']]>');
  return rest.length === 0 ? text : `${first}]]>${rest.join(']]]]><![CDATA[>')}`;
}

/** XML 1.0 has no way to write most control characters. */
function xmlText(text: string): string {
  return visible(text).replace(
    /[\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
    '?',
  );
}
