import { all, ask, each, type Probe } from '../contract/probe.ts';
import { packageFact, type PackageAnswer } from './package.ts';
import { packageLists, type PackageLists } from './package_lists.ts';
import type { PackageSpec } from './package_spec.ts';
import type { PackageTool } from './package_tool.ts';
import {
  packageTransaction,
  type TransactionAnswer,
  type TransactionSubject,
} from './package_transaction.ts';

/** What is wanted of packages, in the words that all package modules share. */
export interface PackageRequest {
  readonly tool: PackageTool;
  readonly names: readonly string[];
  /** What was asked for, an entry for each of the names. */
  readonly specs: readonly PackageSpec[];
  readonly state: 'present' | 'absent';
  /** The newest version within the limits. */
  readonly latest: boolean;
  readonly allowDowngrade: boolean;
  /** Holds and locks give way to this transaction, and stand again after it. */
  readonly lift: boolean;
  /** Whether the packages are to be held at their version; undefined: as it is. */
  readonly hold: boolean | undefined;
  /** Names and patterns of what must not be removed. */
  readonly protect: readonly string[];
  readonly purge: boolean;
  readonly autoremove: boolean;
  readonly recommends: boolean | undefined;
  readonly updateCache: boolean;
  /** Seconds for which apt's lists are good. */
  readonly cacheValidTime: number;
  readonly unauthenticated: boolean;
  readonly lockTimeout: number;
}

/** How the packages stand, and what the wanted transaction would do. */
export interface PackageState {
  readonly packages: readonly PackageAnswer[];
  readonly transaction: TransactionAnswer;
  readonly lists: PackageLists | null;
}

/** Asks for packages, and for the transaction where one is needed. */
export function askPackages(request: PackageRequest): Probe<PackageState> {
  const { names, tool } = request;
  const probe = all({
    packages: each(names.map((name) => ask(packageFact, { name, tool }))),
    transaction: each(names.length === 0 ? [] : [ask(packageTransaction, transactionOf(request))]),
    lists: each(request.updateCache ? [ask(packageLists, undefined)] : []),
  });
  return {
    questions: probe.questions,
    assemble: (answers) => {
      const { packages, transaction, lists } = probe.assemble(answers);
      return { packages, transaction: transaction[0] ?? { kind: 'none' }, lists: lists[0] ?? null };
    },
  };
}

/** The transaction that a request comes to. */
export function transactionOf({
  tool,
  names,
  specs,
  state,
  purge,
  autoremove,
  recommends,
  latest,
  allowDowngrade,
  lift,
}: PackageRequest): TransactionSubject {
  const limits = Object.fromEntries(
    specs.flatMap(({ name, bounds }) => (bounds.length > 0 ? [[name, bounds]] : [])),
  );
  return {
    tool,
    verb: state === 'present' ? 'install' : 'remove',
    names,
    ...(purge ? { purge } : {}),
    ...(autoremove ? { autoremove } : {}),
    ...(recommends === undefined ? {} : { recommends }),
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(latest ? { latest } : {}),
    ...(lift ? { lift } : {}),
    ...(allowDowngrade ? { downgrade: true } : {}),
  };
}
