import { CannotPlan, type Change, predict } from '../contract/change.ts';
import { sh } from '../shell/script.ts';
import { fullVersion, packageKey, type PackageAnswer, rpmName } from './package.ts';
import { updateApt } from './package_apply_apt.ts';
import { foreseenTransaction, unforeseen, type Wish } from './package_change.ts';
import { planHolds } from './package_hold.ts';
import { packageListsKey, packageLists } from './package_lists.ts';
import { refuseProtected } from './package_protect.ts';
import { isAsWanted, refuse, refuseStanding } from './package_refusal.ts';
import type { PackageSpec } from './package_spec.ts';
import type { PackageRequest, PackageState } from './package_state.ts';
import type { KnownTransaction, TransactionAnswer } from './package_transaction.ts';
import { chooseVersions, chosenVersion, familyOf, refuseOlderOthers } from './package_versions.ts';

/** The changes from the packages that are there to those that are wanted: fetch the lists, one transaction, then the holds. */
export function planPackages(request: PackageRequest, state: PackageState): readonly Change[] {
  const program = programOf(request, state);
  const holds = planHolds(request, state.packages);
  const willSearch = request.latest && request.updateCache;
  const open = request.specs.filter(
    (_, index) =>
      !isAsWanted(request, index, state) || (willSearch && !isKept(request, state.packages[index])),
  );
  if (open.length === 0 && request.names.length > 0) return holds;
  refuseStanding(request, state);
  const update = program === 'apt' ? planUpdate(request, state) : [];
  if (open.length === 0) return update;
  // Fresh lists: nothing newer can be found.
  if (willSearch && program === 'apt' && update.length === 0)
    return planPackages({ ...request, updateCache: false }, state);
  const willSearchAnew = program === 'apt' ? update.length > 0 : request.updateCache;
  const names = open.map(({ name }) => name);
  const wish = { request, open, names, program, isUpdated: update.length > 0 };
  if (willSearch) return [...update, unforeseen(wish, state.packages), ...holds];
  const { offers = {} } = state.transaction;
  const versions = willSearchAnew
    ? new Map<string, string>()
    : chooseVersions(request, open, state.packages, offers);
  if (program === 'apt' && !willSearchAnew) refuseUnknown(open, state);
  const known = foreseen(wish, state.transaction, versions, willSearchAnew);
  if (!known) return [...update, unforeseen(wish, state.packages), ...holds];
  refuseOlderOthers(request, known.steps, familyOf(program));
  refuseProtected(request, names, known);
  return [...update, foreseenTransaction(wish, known, versions, state.packages), ...holds];
}

function isKept({ lift }: PackageRequest, found: PackageAnswer | undefined): boolean {
  return found !== undefined && found.held && !lift && found.installed.length > 0;
}

/** Where versions are asked for, apt is not asked what it would do with a name that it does not know. */
function refuseUnknown(open: readonly PackageSpec[], { packages, transaction }: PackageState): void {
  if (transaction.kind !== 'none') return;
  const unknown = open.filter(
    ({ name, bounds }) => bounds.length > 0 && transaction.offers?.[name] === undefined,
  );
  const [first] = unknown;
  if (!first || packages.length === 0) return;
  throw new CannotPlan(
    `no repository of this host knows ${unknown.map(({ name }) => name).join(', ')}: apt's lists were searched`,
    {
      missing: packageKey(first.name),
      next: 'check the name (`apt-cache search`), add the repository that has it, or say `update_cache: true` where the lists are old',
    },
  );
}

/** What the transaction would do, if that is certain: with the very versions that were chosen. */
function foreseen(
  { request, open, names, program }: Wish,
  answer: TransactionAnswer,
  versions: ReadonlyMap<string, string>,
  willSearchAnew: boolean,
): KnownTransaction | null {
  const known = refuse(request, names, answer, { program, willSearchAnew });
  if (!known || request.state === 'absent') return known;
  const isOther = open.some(({ name, bounds }) => {
    const version = versions.get(name);
    if (version === undefined) return bounds.length > 0;
    const base = name.replace(/:.*$/, '');
    return !known.steps.some((step) => [base, rpmName(base).name].includes(step.name) && step.to === version);
  });
  return isOther ? null : known;
}

function programOf({ tool }: PackageRequest, { packages }: PackageState): 'apt' | 'dnf' | 'yum' {
  const program = packages[0]?.program ?? (packages.length === 0 ? 'apt' : null);
  if (program !== null) return program;
  const sought = { apt: 'apt-get with dpkg', dnf: 'dnf or yum with rpm', host: 'apt-get, dnf or yum' }[tool];
  throw new CannotPlan(`this host has no ${sought}`, {
    next: 'keep its packages with `command`, or leave the host out (`when: facts.package_manager.name == …`)',
  });
}

function planUpdate({ lockTimeout, cacheValidTime, updateCache }: PackageRequest, { lists }: PackageState) {
  if (!updateCache) return [];
  const age = lists?.age ?? null;
  if (age !== null && cacheValidTime > 0 && age <= cacheValidTime) return [];
  const change: Change = {
    what: 'fetch the lists of packages anew',
    diff: { before: age === null ? null : 'fetched before\n', after: 'fetched now\n' },
    touches: [packageListsKey],
    apply: updateApt(lockTimeout),
    // What lists there were says nothing of the host itself.
    undo: sh`:`,
    predicts: [predict({ fact: packageLists, subject: undefined }, { age: 0 })],
  };
  return [change];
}

/** Whether what was asked for is there, where the newest is what was the newest before the change. */
export function provenPackages(
  request: PackageRequest,
  before: PackageState,
  after: PackageState,
): true | string {
  const specs = request.specs.map((spec, index): PackageSpec => {
    const offer = before.transaction.offers?.[spec.name];
    const found = before.packages[index];
    const version = offer && found && chosenVersion(spec, offer, familyOf(found.program));
    if (!request.latest || request.updateCache || !version) return spec;
    return { ...spec, bounds: [...spec.bounds, { sign: '>=', version }] };
  });
  const isFrozen = specs.every((spec, index) => spec !== request.specs[index]);
  const latest = request.latest && !isFrozen;
  const rest = planPackages({ ...request, specs, latest, updateCache: false }, after);
  return rest.length === 0 ? true : `a fresh look still asks for: ${rest.map(({ what }) => what).join('; ')}`;
}

/** What `register` holds: the versions by name. */
export function packageResult(
  { names }: PackageRequest,
  { packages }: PackageState,
): Record<string, unknown> {
  const entries = names.map((name, index) => {
    const found = packages[index];
    const rows = found && found.installed.length > 0 ? found.installed : (found?.providers ?? []);
    return [name, rows.map(fullVersion)] as const;
  });
  return { packages: Object.fromEntries(entries) };
}
