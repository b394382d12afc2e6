import { FettleError } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import type { Expression, Reference, ValueTemplate } from '../template/template.ts';
import { loopNames, namesMadeBy, stepsOf, textsOf, textsOfInclude } from './names_of.ts';
import type { Include, Play, Step, StepKeys, Task, Variables } from './playbook.ts';
import { defaultLoopVar, extendedLoopName, magicNames, rescueNames, roleNames } from './reserved_names.ts';
import { tasksOf } from './tasks_of.ts';

/** What is known of names beside the play. */
export interface KnownNames {
  /** The names below `facts`, where they are to be checked. */
  readonly hostFacts?: Iterable<string>;
  /** Whether earlier plays may have made names that nobody can know. */
  readonly isOpen?: boolean;
}

/**
 * Every name in a play that has no value anywhere: `known` are the variables of its hosts, from the inventory, `-e`
 * and earlier plays (`namesMadeBy`). After an include whose name is a template, and that alone, any name may have one.
 */
export function checkNames(
  play: Play,
  known: ReadonlySet<string>,
  { hostFacts, isOpen = false }: KnownNames = {},
): readonly FettleError[] {
  const magic = magicNames.filter((name) => !roleNames.includes(name));
  const own = [...Object.keys(play.vars), ...Object.keys(play.defaults)];
  const names = new Set([...known, ...magic, ...own]);
  const all = new Set([...names, ...namesMadeBy(play)]);
  const checker = new NameChecker(play, all, hostFacts && new Set(hostFacts));
  checker.isOpen = isOpen || play.varsFiles.length > 0;
  // Those of files and roles count where they are used.
  const written = Object.values(play.vars).filter(({ at }) => at.file === play.at.file);
  checker.check([...written, play.hosts, play.user, play.becomeUser], all);
  checker.steps(play.steps, names);
  checker.steps(play.gate, names);
  // Handlers run when some of the tasks have run; which ones is not known.
  checker.steps(play.handlers, new Set(all));
  return checker.errors;
}

class NameChecker {
  readonly errors: FettleError[] = [];
  /** Whether a name that nobody knows may have a value all the same. */
  isOpen = false;
  readonly #all: ReadonlySet<string>;
  readonly #facts: ReadonlySet<string> | undefined;
  readonly #play: Play;
  readonly #followed = new WeakSet<ValueTemplate>();

  constructor(play: Play, all: ReadonlySet<string>, facts: ReadonlySet<string> | undefined) {
    this.#all = all;
    this.#facts = facts;
    this.#play = play;
  }

  /** Checks steps one after the other; what they make is added to the names. */
  steps(steps: readonly Step[], names: Set<string>): void {
    for (const step of steps) {
      if (step.kind === 'task') this.#task(step, names);
      else if (step.kind === 'include') this.#include(step, names);
      else if (step.kind === 'meta') this.#each(step, step.when, this.#around(step, names));
      else {
        this.check([step.name], this.#all);
        this.steps(step.block, names);
        this.#within(step.rescue, names, rescueNames);
        this.steps(step.always, names);
      }
    }
  }

  #task(task: Task, names: Set<string>): void {
    const around = this.#around(task, names);
    const inside = task.loop ? new Set([...around, ...loopNames(task.loopControl)]) : around;
    const { before, each, after } = textsOf(task);
    if (!mayBeLeftOut(task)) this.#each(task, before, around);
    this.#each(task, [...each, ...ownVars(task), task.loopControl.label], inside);
    const done = new Set([
      ...inside,
      ...asked(task.when),
      ...(task.register === undefined ? [] : [task.register]),
    ]);
    this.#each(task, after, done, (name) => unregistered(task, name));
    for (const name of task.produces) names.add(name);
  }

  #include(include: Include, names: Set<string>): void {
    const around = this.#around(include, names);
    const own = include.loop ? loopNames(include.loopControl) : [];
    const { before, each } = textsOfInclude(include);
    if (!mayBeLeftOut(include)) this.#each(include, before, around);
    this.#each(include, each, new Set([...around, ...own]));
    const { known } = include;
    if (!known) this.isOpen = true;
    this.#within(known?.steps ?? [], names, own);
    this.#within(known?.handlers ?? [], new Set(this.#all), own);
    for (const name of Object.keys(known?.variables ?? {})) names.add(name);
  }

  // Names that are known in these steps only; what the steps make is known after them too.
  #within(steps: readonly Step[], names: Set<string>, own: readonly string[]): void {
    const added = own.filter((name) => !names.has(name));
    for (const name of added) names.add(name);
    this.steps(steps, names);
    for (const name of added) names.delete(name);
  }

  #around({ vars, defaults, role }: StepKeys, names: ReadonlySet<string>): ReadonlySet<string> {
    return new Set([...names, ...Object.keys(defaults), ...Object.keys(vars), ...(role ? roleNames : [])]);
  }

  #each(
    step: StepKeys,
    parts: readonly (ValueTemplate | Expression | undefined)[],
    names: ReadonlySet<string>,
    advise?: (name: string) => string | undefined,
  ): void {
    this.check(parts, names, advise);
    this.#follow(step, parts, new Set([...names, ...this.#all]));
  }

  // A variable that is used is looked into: what it is made of may be made at any time before.
  #follow(
    step: StepKeys,
    parts: readonly (ValueTemplate | Expression | undefined)[],
    names: ReadonlySet<string>,
  ): void {
    const layers: readonly Variables[] = [step.vars, this.#play.vars, step.defaults, this.#play.defaults];
    for (const { root } of parts.flatMap((part) => part?.references ?? [])) {
      const template = layers.find((layer) => Object.hasOwn(layer, root))?.[root];
      if (!template || this.#followed.has(template)) continue;
      this.#followed.add(template);
      this.check([template], names);
      this.#follow(step, [template], names);
    }
  }

  /** `advise` knows more of a name's place than that it is not defined. */
  check(
    parts: readonly (ValueTemplate | Expression | undefined)[],
    names: ReadonlySet<string>,
    advise?: (name: string) => string | undefined,
  ): void {
    const references = parts.flatMap((part) => part?.references ?? []);
    // A name that is asked for with `defined` may be missing; whether it is used only then shows when it runs.
    const guarded = new Set(asked(parts));
    for (const reference of references) {
      if (guarded.has(reference.root)) continue;
      if (names.has(reference.root)) {
        if (reference.root === 'facts') this.#checkFact(reference);
      } else if (!this.isOpen || isReserved(reference.root))
        this.errors.push(this.#undefined(reference, names, advise?.(reference.root)));
    }
  }

  #undefined({ root, at }: Reference, names: ReadonlySet<string>, advice?: string): FettleError {
    const maker = tasksOf(stepsOf(this.#play)).find((task) => task.produces.includes(root));
    const detail =
      this.#all.has(root) && maker
        ? `It gets its value only at ${maker.at.file}:${maker.at.line}, further down.`
        : undefined;
    return new FettleError('playbook', {
      summary: `\`${root}\` is not defined`,
      detail,
      next: advice ?? (detail === undefined ? nextStep(root, names) : 'Move that task before this one.'),
      position: at,
    });
  }

  #checkFact({ path, at }: Reference): void {
    const [name] = path;
    if (!this.#facts || name === undefined || this.#facts.has(name)) return;
    this.errors.push(
      new FettleError('playbook', {
        summary: `There is no fact \`${name}\``,
        next: didYouMean(name, this.#facts) ?? `The facts are: ${[...this.#facts].join(', ')}.`,
        position: at,
      }),
    );
  }
}

/** The names that are asked for with `defined` or `default`. */
function asked(parts: readonly (ValueTemplate | Expression | undefined)[]): readonly string[] {
  const references = parts.flatMap((part) => part?.references ?? []);
  return references.filter(({ optional }) => optional).map(({ root }) => root);
}

// Where a condition that needs no item is false, the list is not looked at: whether it is shows when it runs.
function mayBeLeftOut({ when, loopControl }: Pick<Task | Include, 'when' | 'loopControl'>): boolean {
  const own = new Set([...loopNames(loopControl), extendedLoopName]);
  return when.some(({ references }) => !references.some(({ root }) => own.has(root)));
}

// `until: result.rc == 0` means what this task comes to.
function unregistered({ register }: Task, name: string): string | undefined {
  return register === undefined
    ? `If it is what this task comes to, add \`register: ${name}\` to it.`
    : undefined;
}

// Its own, not those of blocks and roles around it: they are looked into where they are used.
function ownVars({ vars, at }: Task): readonly ValueTemplate[] {
  return Object.values(vars).filter((value) => value.at.file === at.file && value.at.line >= at.line);
}

function isReserved(name: string): boolean {
  return roleNames.includes(name) || name === extendedLoopName || rescueNames.includes(name);
}

function nextStep(name: string, names: ReadonlySet<string>): string {
  if (name === defaultLoopVar) return 'It is known in a task that has `loop`.';
  if (name === extendedLoopName)
    return 'It is known in a task that has `loop` and `loop_control: {extended: true}`.';
  if (roleNames.includes(name)) return 'It is known in the tasks of a role.';
  if (rescueNames.includes(name)) return 'It is known in the `rescue` of a block.';
  if (name.startsWith('ansible_')) return ansibleFact(name);
  const meant = inTheirPlace.get(name);
  if (meant !== undefined) return meant;
  return (
    didYouMean(name, names) ?? `Define it in the inventory or under \`vars:\`, or give it with -e ${name}=….`
  );
}

const inTheirPlace = new Map([
  ['omit', 'It leaves an argument out where a name is missing: `{{default name omit}}`.'],
  ['vars', 'Name the variable itself: `{{name}}`.'],
  ['play_hosts', 'Write `ansible_play_hosts`.'],
]);

function ansibleFact(name: string): string {
  const facts: Record<string, string> = {
    ansible_os_family: 'facts.os.family',
    ansible_distribution: 'facts.os.id',
    ansible_distribution_version: 'facts.os.version',
    ansible_kernel: 'facts.kernel.release',
    ansible_selinux: 'facts.selinux',
    ansible_service_mgr: 'facts.init.name',
    ansible_pkg_mgr: 'facts.package_manager',
    ansible_facts: 'facts',
    ansible_hostname: 'inventory_hostname_short',
  };
  const written = facts[name];
  return written === undefined
    ? `Facts of the host are written \`facts.…\`; variables are defined under \`vars:\`.`
    : `Write \`${written}\`.`;
}
