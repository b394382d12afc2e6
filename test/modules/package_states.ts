import { CannotPlan, type Change } from '../../engine/contract/change.ts';
import type { PackageAnswer } from '../../engine/facts/package.ts';
import type { PackageState } from '../../engine/facts/package_state.ts';
import type { TransactionAnswer, TransactionStep } from '../../engine/facts/package_transaction.ts';

/** How a package stands, as far as a test says it. */
export function standing(parts: Partial<PackageAnswer> = {}): PackageAnswer {
  return {
    program: 'apt',
    installed: [],
    providers: [],
    held: false,
    leftover: false,
    broken: null,
    ...parts,
  };
}

/** A package that is there. */
export function present(name: string, version = '1.0'): PackageAnswer {
  return standing({ installed: [{ name, arch: 'all', epoch: '0', version }] });
}

/** A transaction of steps "name from to", `-` being nothing. */
export function transaction(
  steps: readonly string[],
  parts: Partial<Extract<TransactionAnswer, { kind: 'known' }>> = {},
): TransactionAnswer {
  const read = (text: string): TransactionStep => {
    const [name = '', from, to] = text.split(' ');
    const version = (word: string | undefined) => (word === undefined || word === '-' ? null : word);
    return { name, arch: 'all', from: version(from), to: version(to) };
  };
  return {
    kind: 'known',
    steps: steps.map(read),
    lost: [],
    selected: {},
    scripted: [],
    configuration: [],
    ...parts,
  };
}

/** What a module sees. */
export function seen(
  packages: readonly PackageAnswer[],
  answer: TransactionAnswer = { kind: 'none' },
  age: number | null = null,
): PackageState {
  return { packages, transaction: answer, lists: { age } };
}

/** What each change says, or why nothing can be planned and what to do about it. */
export function planned(plan: () => readonly Change[]): unknown {
  try {
    return plan().map(({ what }) => what);
  } catch (error) {
    if (!(error instanceof CannotPlan)) throw error;
    return { why: error.message.split('\n')[0], next: error.next, missing: error.missing };
  }
}
