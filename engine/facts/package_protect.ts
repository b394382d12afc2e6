import { CannotPlan } from '../contract/change.ts';
import { globTest } from '../contract/glob.ts';
import { isKernelItself } from './package_kernel.ts';
import type { PackageRequest } from './package_state.ts';
import type { TransactionAnswer, TransactionStep } from './package_transaction.ts';

/** What a host is reached, mastered and started with; a task may name them itself. */
export const protectedAnyway = ['openssh-server', 'sudo', 'systemd', 'systemd-sysv'] as const;

/** Throws CannotPlan where a transaction would remove what is protected. */
export function refuseProtected(
  { names, protect, state }: PackageRequest,
  open: readonly string[],
  { steps, running }: Extract<TransactionAnswer, { kind: 'known' }>,
): void {
  const own = new Set(state === 'absent' ? names : []);
  const patterns = protect.map(globTest);
  const goes = steps.filter((step) => step.to === null && !isReplaced(step, steps));
  const kernel = goes.find((step) => running !== undefined && isRunning(step, running));
  if (kernel) {
    throw new CannotPlan(`${kernel.name} ${kernel.from} is the kernel that runs, and would be removed`, {
      next: 'boot another kernel first',
    });
  }
  const kept = goes.filter(
    ({ name }) =>
      patterns.some((pattern) => pattern.test(name)) ||
      ((protectedAnyway as readonly string[]).includes(name) && !own.has(name)),
  );
  if (kept.length === 0) return;
  const all = kept.map(({ name, from }) => `${name} ${from}`).join(', ');
  const verb = state === 'present' ? 'installing' : 'removing';
  throw new CannotPlan(
    `${verb} ${open.join(', ')} would remove ${all}, which ${kept.length === 1 ? 'is' : 'are'} protected`,
    {
      next: `leave ${open.length === 1 ? 'it' : 'them'} as ${state === 'present' ? 'it was' : 'they are'}, or resolve by hand what the two have against each other`,
    },
  );
}

function isReplaced({ name, arch }: TransactionStep, steps: readonly TransactionStep[]): boolean {
  return steps.some((step) => step.to !== null && step.name === name && step.arch === arch);
}

/** rpm's kernels bear the release that runs as their version, Debian's in their name. */
function isRunning({ name, arch, from }: TransactionStep, running: string): boolean {
  if (isKernelItself(name)) return `${from}.${arch}` === running;
  return /^linux-(image|modules)-/.test(name) && name.endsWith(`-${running}`);
}
