import { place } from '../error_text.ts';
import { FettleError, type Position } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import type { Reference, ValueTemplate } from '../template/template.ts';
import { ownName, textsOf, textsOfInclude } from './names_of.ts';
import type { Include, Play, Playbook, Step, StepKeys } from './playbook.ts';
import { reachableHandlers } from './reachable_handlers.ts';
import { includesOf } from './tasks_of.ts';

/**
 * The playbooks from the step of a name on. Throws FettleError where no step has the name, and where what is left
 * uses a name that a step before makes; `given` are the names that have a value all the same.
 */
export function startAt(
  playbooks: readonly Playbook[],
  name: string,
  given: ReadonlySet<string>,
): readonly Playbook[] {
  const cut = new Cut(name);
  const left = playbooks.map((playbook) => ({
    ...playbook,
    plays: playbook.plays.flatMap((play) => cut.play(play)),
  }));
  if (!cut.isFound) throw notFound(name, cut, playbooks);
  const missing = missingNames(left, cut.made, given);
  if (missing.length > 0)
    throw new FettleError('usage', {
      summary: `Cannot start at \`${name}\`: what is left uses what tasks before it make`,
      detail: missing.join('\n'),
      next: 'Start further up, or give these values with -e.',
    });
  return left.filter(({ plays }) => plays.length > 0);
}

function notFound(name: string, { names, closed }: Cut, playbooks: readonly Playbook[]): FettleError {
  const plays = playbooks.flatMap((playbook) => playbook.plays);
  const isHandler = plays.some(({ steps, handlers }) =>
    [...handlers, ...includesOf(steps).flatMap(({ known }) => known?.handlers ?? [])].some(
      (handler) => ownName(handler) === name,
    ),
  );
  if (isHandler)
    return new FettleError('usage', {
      summary: `\`${name}\` is a handler, and no task to start at`,
      next: 'Start at a task that notifies it.',
    });
  return new FettleError('usage', {
    summary: `There is no task named \`${name}\` to start at`,
    detail:
      closed.length === 0
        ? undefined
        : `What these includes bring is known only when they are reached, or comes several times: ${closed.map(({ at }) => place(at)).join(', ')}.`,
    next:
      didYouMean(name, names) ??
      (names.length === 0 ? 'No task has a name.' : `The tasks are: ${names.join(', ')}.`),
  });
}

class Cut {
  isFound = false;
  /** The names of the steps that could be meant. */
  readonly names: string[] = [];
  /** What the steps before make, and where. */
  readonly made = new Map<string, Position>();
  /** The includes that cannot be looked into. */
  readonly closed: Include[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  /** The play with what is left of it; nothing where all of it comes before. */
  play(play: Play): readonly Play[] {
    if (this.isFound) return [play];
    const steps = this.#left(play.steps);
    const gate = this.isFound ? play.gate : this.#left(play.gate);
    if (!this.isFound) return [];
    // Handlers that nothing is left to notify go too, with the names that only they would miss.
    const reached = new Set(reachableHandlers([...steps, ...gate], play.handlers));
    return [{ ...play, steps, gate, handlers: play.handlers.filter((handler) => reached.has(handler)) }];
  }

  #left(steps: readonly Step[]): readonly Step[] {
    for (const [index, step] of steps.entries()) {
      const rest = () => steps.slice(index + 1);
      if (this.#isMeant(step)) return [step, ...rest()];
      if (step.kind === 'include') {
        const inside = this.#include(step);
        if (this.isFound) return [inside, ...rest()];
      }
      if (step.kind === 'block') {
        const block = this.#left(step.block);
        if (this.isFound) return [{ ...step, block }, ...rest()];
        for (const each of step.rescue) this.#pass(each);
        const always = this.#left(step.always);
        if (this.isFound) return [{ ...step, block: [], rescue: [], always }, ...rest()];
      }
      this.#pass(step);
    }
    return [];
  }

  #isMeant(step: Step): boolean {
    const name = ownName(step);
    if (name === undefined) return false;
    const role = 'role' in step && step.role ? `${step.role.name} : ${name}` : name;
    this.names.push(name);
    this.isFound = name === this.#name || role === this.#name;
    return this.isFound;
  }

  // Only what is known now can be looked into, and only where it comes once.
  #include(step: Include): Include {
    const { known } = step;
    if (!known || step.loop) {
      if (step.keyword !== 'include_vars') this.closed.push(step);
      return step;
    }
    const cut = { ...known, steps: this.#left(known.steps) };
    const load: Include['load'] = async (target, from) => {
      const included = await step.load(target, from);
      return included === known ? cut : included;
    };
    return { ...step, known: cut, load };
  }

  #pass(step: Step): void {
    if (step.kind === 'task') for (const name of step.produces) this.made.set(name, step.at);
    if (step.kind !== 'include') return;
    for (const name of Object.keys(step.known?.variables ?? {})) this.made.set(name, step.at);
    for (const each of step.loop ? (step.known?.steps ?? []) : []) this.#pass(each);
  }
}

/** `NAME (made at …) is used at …`, for each name that is used before it is made again. */
function missingNames(
  playbooks: readonly Playbook[],
  made: ReadonlyMap<string, Position>,
  given: ReadonlySet<string>,
): readonly string[] {
  const open = new Map([...made].filter(([name]) => !given.has(name)));
  const missing = new Map<string, string>();
  const use = (references: readonly Reference[]): void => {
    const guarded = new Set(references.filter(({ optional }) => optional).map(({ root }) => root));
    for (const { root, at } of references) {
      const maker = guarded.has(root) ? undefined : open.get(root);
      if (maker && !missing.has(root))
        missing.set(root, `\`${root}\` of ${place(maker)} is used at ${place(at)}.`);
    }
  };
  const visit = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === 'block') {
        visit([...step.block, ...step.rescue, ...step.always]);
        continue;
      }
      use(referencesOf(step));
      if (step.kind === 'task') for (const name of step.produces) open.delete(name);
      if (step.kind !== 'include') continue;
      visit(step.known?.steps ?? []);
      for (const name of Object.keys(step.known?.variables ?? {})) open.delete(name);
    }
  };
  for (const { plays } of playbooks)
    for (const play of plays) {
      use([...Object.values(play.vars), play.hosts].flatMap(({ references }) => references));
      const steps = [...play.steps, ...play.gate];
      visit(steps);
      visit(reachableHandlers(steps, play.handlers));
    }
  return [...missing.values()];
}

function referencesOf(step: Exclude<Step, { kind: 'block' }>): readonly Reference[] {
  const vars: readonly ValueTemplate[] = Object.values((step as StepKeys).vars);
  const parts = [...vars, ...step.when];
  if (step.kind === 'meta') return parts.flatMap(({ references }) => references);
  const { before, each } = step.kind === 'task' ? textsOf(step) : textsOfInclude(step);
  const after = step.kind === 'task' ? textsOf(step).after : [];
  const own = step.kind === 'task' ? step.register : undefined;
  return [
    ...[...parts, ...before, ...each].flatMap((part) => part?.references ?? []),
    ...after.flatMap(({ references }) => references).filter(({ root }) => root !== own),
  ];
}
