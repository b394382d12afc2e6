import fc from 'fast-check';

/** How a task ends on a host. */
export type Fate = 'ok' | 'changed' | 'failed' | 'lost' | 'skipped';

export type Step =
  | {
      readonly kind: 'task';
      readonly name: string;
      /** By host. */
      readonly fates: Readonly<Record<string, Fate>>;
      readonly ignore: boolean;
      readonly once: boolean;
      readonly notify: readonly string[];
    }
  | {
      readonly kind: 'block';
      readonly block: readonly Step[];
      readonly rescue: readonly Step[];
      readonly always: readonly Step[];
    }
  | {
      readonly kind: 'include';
      readonly file: string;
      readonly steps: readonly Step[];
      readonly times: number;
      readonly hosts: readonly string[];
    }
  | {
      readonly kind: 'meta';
      readonly action: 'flush_handlers' | 'end_host';
      readonly hosts: readonly string[];
    };

export interface Handler {
  readonly name: string;
  readonly fates: Readonly<Record<string, Fate>>;
  readonly notify: readonly string[];
}

/** A play without words that hosts wait for each other by, except tasks that run once. */
export interface RandomPlay {
  readonly hosts: readonly string[];
  readonly forced: boolean;
  readonly tasks: readonly Step[];
  readonly gate: readonly Step[];
  readonly handlers: readonly Handler[];
}

const handlerNames = ['first', 'second', 'third'];

/** Plays over some hosts. */
export function randomPlays(hosts: readonly string[]): fc.Arbitrary<RandomPlay> {
  const fates = fc.tuple(...hosts.map(() => fateArbitrary)).map((all) => byHost(hosts, all));
  const some = fc.subarray([...hosts]);
  const notify = fc.subarray(handlerNames, { maxLength: 2 });
  const { steps } = fc.letrec<{ steps: readonly Step[]; step: Step }>((tie) => ({
    steps: fc.array(tie('step'), { minLength: 1, maxLength: 3, depthIdentifier: 'play' }),
    step: fc.oneof(
      { depthIdentifier: 'play', depthSize: 'medium', maxDepth: 4 },
      {
        weight: 6,
        arbitrary: fc.record({
          kind: fc.constant('task' as const),
          name: fc.constant(''),
          fates,
          ignore: rarely,
          once: rarely,
          notify,
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('meta' as const),
          action: fc.constantFrom('flush_handlers' as const, 'end_host' as const),
          hosts: some,
        }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          kind: fc.constant('block' as const),
          block: tie('steps'),
          rescue: fc.oneof(fc.constant([]), tie('steps')),
          always: fc.oneof(fc.constant([]), tie('steps')),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('include' as const),
          file: fc.constant(''),
          steps: tie('steps'),
          times: fc.integer({ min: 0, max: 2 }),
          hosts: some,
        }),
      },
    ) as fc.Arbitrary<Step>,
  }));
  return fc
    .record({
      hosts: fc.constant(hosts),
      forced: fc.boolean(),
      tasks: steps,
      gate: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: steps }),
      handlers: fc
        .tuple(...handlerNames.map((name) => fc.record({ name: fc.constant(name), fates, notify })))
        .map((handlers) => handlers.map((handler) => withoutSkips(handler))),
    })
    .map(named);
}

const rarely = fc.integer({ min: 0, max: 7 }).map((number) => number === 7);

const fateArbitrary = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Fate>('ok') },
  { weight: 4, arbitrary: fc.constant<Fate>('changed') },
  { weight: 3, arbitrary: fc.constant<Fate>('failed') },
  { weight: 1, arbitrary: fc.constant<Fate>('lost') },
  { weight: 1, arbitrary: fc.constant<Fate>('skipped') },
);

function byHost(hosts: readonly string[], fates: readonly Fate[]): Readonly<Record<string, Fate>> {
  return Object.fromEntries(hosts.map((host, index) => [host, fates[index] ?? 'ok']));
}

function withoutSkips(handler: Handler): Handler {
  const fates = Object.entries(handler.fates).map(([host, fate]) => [host, fate === 'skipped' ? 'ok' : fate]);
  return { ...handler, fates: Object.fromEntries(fates) as Handler['fates'] };
}

/** Gives each task and included file a name of its own. */
function named(play: RandomPlay): RandomPlay {
  let tasks = 0;
  let files = 0;
  const name = (steps: readonly Step[]): readonly Step[] =>
    steps.map((step): Step => {
      if (step.kind === 'task') return { ...step, name: `t${(tasks += 1)}` };
      if (step.kind === 'include') {
        files += 1;
        return { ...step, file: `random${files}.yml`, steps: name(step.steps) };
      }
      if (step.kind === 'meta') return step;
      return { ...step, block: name(step.block), rescue: name(step.rescue), always: name(step.always) };
    });
  return { ...play, tasks: name(play.tasks), gate: name(play.gate) };
}

/** The play as a playbook, which JSON is too, and the files that it includes. */
export function playbookOf(play: RandomPlay, more: Readonly<Record<string, unknown>> = {}) {
  const files: Record<string, string> = {};
  const steps = (all: readonly Step[]): unknown[] =>
    all.map((step) => {
      if (step.kind === 'task')
        return {
          ...marked(step.name, step.fates),
          when: isOneOf(play.hosts.filter((host) => step.fates[host] !== 'skipped')),
          ignore_errors: step.ignore,
          ...(step.once ? { run_once: true } : {}),
          notify: step.notify,
        };
      if (step.kind === 'meta') return { meta: step.action, when: isOneOf(step.hosts) };
      if (step.kind === 'include') {
        files[step.file] = JSON.stringify(steps(step.steps));
        return {
          include_tasks: step.file,
          loop: Array.from({ length: step.times }, (_, index) => index),
          when: isOneOf(step.hosts),
        };
      }
      return {
        block: steps(step.block),
        ...(step.rescue.length > 0 ? { rescue: steps(step.rescue) } : {}),
        ...(step.always.length > 0 ? { always: steps(step.always) } : {}),
      };
    });
  const text = JSON.stringify([
    {
      hosts: 'all',
      force_handlers: play.forced,
      ...more,
      tasks: steps(play.tasks),
      ...(play.gate.length > 0 ? { gate: steps(play.gate) } : {}),
      handlers: play.handlers.map(({ name, fates, notify }) => ({ ...marked(name, fates), notify })),
    },
  ]);
  return { text, files };
}

function marked(name: string, fates: Readonly<Record<string, Fate>>): Record<string, unknown> {
  return { name, mark: { msg: name, host: '{{ inventory_hostname }}', fates } };
}

function isOneOf(hosts: readonly string[]): string {
  return `inventory_hostname in [${hosts.map((host) => `'${host}'`).join(', ')}]`;
}
