import { CannotPlan } from '../../contract/change.ts';
import { nameOf } from '../../contract/host_path.ts';
import { type AttemptName, attempts, attemptWords, type PamHost } from '../../facts/pam/attempt.ts';
import { type Evaluation, evaluate, nameOfLine, rankOf } from '../../facts/pam/evaluate.ts';
import { landingOf } from '../../facts/pam/dispatch.ts';
import { moduleFile } from '../../facts/pam/modules.ts';
import { type Handler, type PamConfiguration, pamTypes, stacksOf } from '../../facts/pam/stack.ts';

/** A change of a file, to be judged by the services that it is part of. */
export interface Verdict {
  /** The file, by all names that lead to it. */
  readonly names: readonly string[];
  readonly before: PamConfiguration;
  readonly after: PamConfiguration;
  readonly host: PamHost;
  readonly services: readonly string[];
  /** Attempts whose worse end is meant. */
  readonly accepted: readonly AttemptName[];
  /** The number of the line that is new. */
  readonly placed: number | null;
}

/** The services that a file is part of; itself comes last, since nobody logs in to `system-auth`. */
export function servicesOf(configuration: PamConfiguration, names: readonly string[]): readonly string[] {
  const { texts, directories } = configuration;
  const serviceOf = (path: string) =>
    directories.some((directory) => path === `${directory}/${nameOf(path)}`) ? nameOf(path) : path;
  const own = names.map(serviceOf);
  const others = [...new Set(Object.keys(texts).map(serviceOf))].filter((name) => {
    const lines = Object.values(stacksOf(configuration, name).stacks).flat();
    return !own.includes(name) && lines.some(({ file }) => names.includes(file));
  });
  return [...others.toSorted(), ...own];
}

/** Refuses a change after which somebody who came in is shut out, or somebody who did not comes in. Throws CannotPlan. */
export function refuseWorse(verdict: Verdict): void {
  const judged = verdict.services.map((service) => {
    const before = evaluate(verdict.before, verdict.host, service);
    const after = evaluate(verdict.after, verdict.host, service);
    refuseLed(verdict.names, before, after);
    for (const name of Object.keys(attempts) as AttemptName[])
      if (!verdict.accepted.includes(name)) refuseAttempt(name, before, after);
    return after;
  });
  refuseDead(verdict, judged);
}

/** A jump of another file that counts this one's lines would lead elsewhere. */
function refuseLed(names: readonly string[], before: Evaluation, after: Evaluation): void {
  for (const type of pamTypes) {
    const [old, now] = [before.stacks.stacks[type], after.stacks.stacks[type]];
    const jumps = (stack: readonly Handler[]) =>
      stack.flatMap((line, at) => {
        const counts = names.includes(line.file)
          ? []
          : Object.values(line.actions).filter((one) => typeof one === 'number');
        return counts.map((count) => ({ line, to: landingOf(stack, at, count) }));
      });
    const led = jumps(now);
    for (const [index, { line, to }] of jumps(old).entries()) {
      const then = led[index]?.to ?? null;
      const isSame = to?.module === then?.module && to?.args.join('\n') === then?.args.join('\n');
      if (!isSame)
        throw new CannotPlan(
          `${nameOfLine(line)} jumps over lines of ${names[0]}, and would then lead to ${then ? nameOfLine(then) : 'the end'} instead of ${to ? nameOfLine(to) : 'the end'}`,
          {
            next: `change the count in ${line.file} and this line together (by \`replace\`), or part the files`,
          },
        );
    }
  }
}

function refuseAttempt(name: AttemptName, before: Evaluation, after: Evaluation): void {
  const [was, is] = [before.outcomes[name], after.outcomes[name]];
  const { password, locked } = attempts[name];
  const at = is.by.line ? nameOfLine(is.by.line) : (after.stacks.broken ?? 'no line decides');
  const whom = attemptWords[name];
  if (!locked && password !== 'wrong' && was.admitted !== 'no' && is.admitted === 'no') {
    throw new CannotPlan(
      `${whom} would no longer get into ${after.service}: refused at ${at} (${is.by.code})`,
      {
        next: mend(name, after),
      },
    );
  }
  if (!locked && password !== 'wrong' && was.session !== 'no' && is.session === 'no') {
    const { line, code } = is.sessionBy;
    throw new CannotPlan(
      `${whom} would no longer get a session of ${after.service}: refused at ${line ? nameOfLine(line) : 'no line'} (${code})`,
      { next: mend(name, after, line) },
    );
  }
  if (password === 'wrong' && rankOf(is.admitted) > rankOf(was.admitted)) {
    const may = is.admitted === 'yes' ? 'would' : 'might';
    throw new CannotPlan(`${whom} ${may} get into ${after.service}: let in at ${at}`, {
      next: mend(name, after),
    });
  }
  if (locked && was.admitted === 'no' && is.admitted !== 'no' && isLocking(after) && wasOpen(name, before)) {
    throw new CannotPlan(
      `${whom} would get into ${after.service}: the lock is no longer enforced, let in at ${at}`,
      {
        next: 'keep pam_faillock.so preauth before the first module that asks for a password',
      },
    );
  }
}

/** A line that nobody comes to does nothing, whoever put it there meant it to. */
function refuseDead({ names, placed }: Verdict, judged: readonly Evaluation[]): void {
  if (placed === null) return;
  const isIt = (line: { readonly file: string; readonly line: number }) =>
    names.includes(line.file) && line.line === placed;
  const holders = judged.filter(({ stacks }) => [...stacks.stacks.auth, ...stacks.stacks.account].some(isIt));
  if (holders.length === 0 || !holders.every(({ unreached }) => unreached.some(isIt))) return;
  const dead = holders[0]?.unreached.find(isIt);
  throw new CannotPlan(
    `${dead ? nameOfLine(dead) : 'the line'} would never be reached: lines above it end each way`,
    {
      next: 'put it further up',
    },
  );
}

function mend(name: AttemptName, { dangling, outcomes }: Evaluation, line = outcomes[name].by.line): string {
  if (line && dangling.includes(line))
    return `the module ${moduleFile(line.module)} is not installed on this host`;
  return `change the lines in another order, or say accept: [${name}] where that is meant`;
}

// Where nobody got in, a lock that is no longer there was none.
function wasOpen(name: AttemptName, { outcomes }: Evaluation): boolean {
  const open = { root: outcomes.root, remote: outcomes.remote }[attempts[name].user as 'root' | 'remote'];
  return (open ?? outcomes.right).admitted !== 'no';
}

function isLocking({ stacks }: Evaluation): boolean {
  return stacks.stacks.auth.some(({ module }) => /^pam_(?:faillock|tally2?)\.so$/.test(moduleFile(module)));
}
