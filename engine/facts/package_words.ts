import type { PackageSpec } from './package_spec.ts';
import { compareVersionsOf } from './package_spec.ts';
import type { PackageRequest } from './package_state.ts';
import type { KnownTransaction, TransactionStep } from './package_transaction.ts';
import { familyOf } from './package_versions.ts';

/** What is done to packages, in a word. */
export function verbOf({ state, purge, latest }: PackageRequest): string {
  if (state === 'absent') return purge ? 'purge' : 'remove';
  return latest ? 'install or upgrade' : 'install';
}

/** One line that tells each package that comes, goes or changes. */
export function whatOf(
  request: PackageRequest,
  open: readonly PackageSpec[],
  known: KnownTransaction,
  program: 'apt' | 'dnf' | 'yum',
): string {
  const { state, purge } = request;
  const verb = state === 'present' ? 'install' : purge ? 'purge' : 'remove';
  const asked = new Set(
    open.flatMap(({ name }) => [name.replace(/[:.][^:.]*$/, ''), name, known.selected[name] ?? name]),
  );
  const own = known.steps.filter((step) => isTarget(step, state) && asked.has(step.name));
  const others = known.steps.filter((step) => !own.includes(step));
  const told = (steps: readonly TransactionStep[], title: string) =>
    steps.length === 0 ? [] : [`${title} ${steps.map(shownStep).join(', ')}`];
  // What is asked for by what it provides bears another name.
  if (own.length === 0)
    return `${verb} ${open.map(({ text }) => text).join(', ')}: ${known.steps.map(shownStep).join(', ')}`;
  const isChange = ({ from, to }: TransactionStep) => from !== null && to !== null;
  return [
    ...told(
      own.filter((step) => !isChange(step)),
      verb,
    ),
    ...told(
      own.filter((step) => isChange(step) && !isOlder(step, program)),
      'upgrade',
    ),
    ...told(
      own.filter((step) => isChange(step) && isOlder(step, program)),
      'downgrade',
    ),
    ...told(
      others.filter(({ from }) => from === null),
      'with',
    ),
    ...told(others.filter(isChange), 'which replaces'),
    ...told(
      others.filter(({ to }) => to === null),
      state === 'present' ? 'which REMOVES' : 'with',
    ),
  ].join('; ');
}

function isTarget({ to }: TransactionStep, state: 'present' | 'absent'): boolean {
  return (to === null) === (state === 'absent');
}

function shownStep({ name, from, to }: TransactionStep): string {
  if (from !== null && to !== null) return `${name} ${from} → ${to}`;
  return `${name} ${from ?? to ?? ''}`;
}

/** The packages before or after a transaction, a line each; null where there are none. */
export function listedSteps(steps: readonly TransactionStep[], side: 'from' | 'to'): string | null {
  const there = steps.filter((step) => step[side] !== null);
  return there.length === 0
    ? null
    : there
        .map((step) => `${step.name} ${step[side]}\n`)
        .toSorted()
        .join('');
}

/** Whether an older version takes the place of a newer one. */
export function isOlder({ from, to }: TransactionStep, program: 'apt' | 'dnf' | 'yum'): boolean {
  return from !== null && to !== null && compareVersionsOf(familyOf(program))(to, from) < 0;
}
