import { FettleError } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import type { Expression, Reference, ValueTemplate } from '../template/template.ts';
import type { Play, Task } from './playbook.ts';
import { defaultLoopVar, magicNames } from './reserved_names.ts';

/**
 * Every name in a play that has no value anywhere: `known` are the variables of its hosts, from the inventory, `-e`
 * and the registers of earlier plays (`namesMadeBy`). `hostFacts` are the names below `facts`, where they are to be checked.
 */
export function checkNames(
  play: Play,
  known: ReadonlySet<string>,
  hostFacts?: Iterable<string>,
): readonly FettleError[] {
  const names = new Set([...known, ...magicNames, ...Object.keys(play.vars)]);
  const facts = hostFacts && new Set(hostFacts);
  const all = new Set([...names, ...namesMadeBy(play)]);
  const checker = new NameChecker(all, facts, play);
  checker.check([...Object.values(play.vars), play.hosts, play.environment, play.user, play.becomeUser], all);
  for (const task of play.tasks) {
    checker.checkTask(task, names);
    for (const name of task.produces) names.add(name);
  }
  // Handlers run when some of the tasks have run; which ones is not known.
  for (const handler of play.handlers) checker.checkTask(handler, all);
  return checker.errors;
}

/** The registers and `set_fact` names of a play's tasks, which later plays may use. */
export function namesMadeBy(play: Play): readonly string[] {
  return [...play.tasks, ...play.handlers].flatMap((task) => task.produces);
}

class NameChecker {
  readonly errors: FettleError[] = [];
  readonly #all: ReadonlySet<string>;
  readonly #facts: ReadonlySet<string> | undefined;
  readonly #play: Play;

  constructor(all: ReadonlySet<string>, facts: ReadonlySet<string> | undefined, play: Play) {
    this.#all = all;
    this.#facts = facts;
    this.#play = play;
  }

  checkTask(task: Task, names: ReadonlySet<string>): void {
    const around = new Set([...names, ...Object.keys(task.vars)]);
    const inside = task.loop ? new Set([...around, task.loopVar]) : around;
    this.check([task.loop], around);
    this.check(
      [
        task.name,
        task.args.values,
        ...Object.values(task.args.expressions).flat(),
        ...task.when,
        ...Object.values(task.vars),
        ...task.notify,
        task.environment,
        task.becomeUser,
        task.becomeMethod,
      ],
      inside,
    );
    const after = task.register === undefined ? inside : new Set([...inside, task.register]);
    this.check([...(task.changedWhen ?? []), ...(task.failedWhen ?? [])], after);
  }

  check(parts: readonly (ValueTemplate | Expression | undefined)[], names: ReadonlySet<string>): void {
    const references = parts.flatMap((part) => part?.references ?? []);
    // A name that is asked for with `defined` may be missing; whether it is used only then shows when it runs.
    const guarded = new Set(references.filter(({ optional }) => optional).map(({ root }) => root));
    for (const reference of references) {
      if (guarded.has(reference.root)) continue;
      if (!names.has(reference.root)) this.errors.push(this.#undefined(reference, names));
      else if (reference.root === 'facts') this.#checkFact(reference);
    }
  }

  #undefined({ root, at }: Reference, names: ReadonlySet<string>): FettleError {
    const maker = [...this.#play.tasks, ...this.#play.handlers].find((task) => task.produces.includes(root));
    const detail =
      this.#all.has(root) && maker
        ? `It gets its value only at ${maker.at.file}:${maker.at.line}, further down.`
        : undefined;
    return new FettleError('playbook', {
      summary: `\`${root}\` is not defined`,
      detail,
      next: detail === undefined ? nextStep(root, names) : 'Move that task before this one.',
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

function nextStep(name: string, names: ReadonlySet<string>): string {
  if (name === defaultLoopVar) return 'It is known in a task that has `loop`.';
  if (name.startsWith('ansible_')) return ansibleFact(name);
  return (
    didYouMean(name, names) ?? `Define it in the inventory or under \`vars:\`, or give it with -e ${name}=….`
  );
}

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
