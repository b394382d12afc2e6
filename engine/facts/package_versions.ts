import { CannotPlan } from '../contract/change.ts';
import { fullVersion, packageKey, type PackageAnswer } from './package.ts';
import { compareVersionsOf, fits, newestFit, type PackageSpec, type VersionFamily } from './package_spec.ts';
import type { PackageRequest } from './package_state.ts';
import type { Offer, TransactionAnswer, TransactionStep } from './package_transaction.ts';

/** Whether an order of versions is rpm's or dpkg's. */
export function familyOf(program: 'apt' | 'dnf' | 'yum' | null): VersionFamily {
  return program === 'apt' ? 'dpkg' : 'rpm';
}

/** The version that a package is to have, of those that are offered; null where none fits. apt's own choice comes first, since pins speak there. */
export function chosenVersion(spec: PackageSpec, offer: Offer, family: VersionFamily): string | null {
  const { candidate, versions } = offer;
  if (candidate !== null && fits(family, candidate, spec.bounds)) return candidate;
  return newestFit(family, versions, spec.bounds);
}

/** The newest of the installed versions of a package, or null. */
export function newestInstalled({ installed, program }: PackageAnswer): string | null {
  return newestFit(familyOf(program), installed.map(fullVersion), []);
}

/** Whether what is installed lies within the limits, and is new enough where the newest is wanted. */
export function isRightVersion(
  request: Pick<PackageRequest, 'latest' | 'lift'>,
  spec: PackageSpec,
  found: PackageAnswer,
  offer: Offer | undefined,
): boolean {
  const family = familyOf(found.program);
  if (found.installed.length === 0) return spec.bounds.length === 0 && found.providers.length > 0;
  if (request.latest && found.held && !request.lift) return true;
  const fitting = newestFit(family, found.installed.map(fullVersion), spec.bounds);
  if (fitting === null) return false;
  if (!request.latest || offer === undefined) return true;
  const chosen = chosenVersion(spec, offer, family);
  return chosen === null || compareVersionsOf(family)(fitting, chosen) >= 0;
}

/**
 * The versions to be installed, by name, where versions were asked for. Throws CannotPlan where none that is offered
 * fits, and where an older one would take the place of a newer without leave.
 */
export function chooseVersions(
  request: PackageRequest,
  open: readonly PackageSpec[],
  packages: readonly PackageAnswer[],
  offers: TransactionAnswer['offers'] = {},
): ReadonlyMap<string, string> {
  const chosen = new Map<string, string>();
  for (const spec of open) {
    const found = packages[request.names.indexOf(spec.name)];
    const offer = offers[spec.name];
    if (!found || !offer || request.state === 'absent') continue;
    const version = chosenVersion(spec, offer, familyOf(found.program));
    if (version === null) refuseUnfit(spec, found, offer);
    else {
      refuseOlder(request, spec, found, version);
      chosen.set(spec.name, version);
    }
  }
  return chosen;
}

function refuseUnfit(spec: PackageSpec, found: PackageAnswer, { versions }: Offer): never {
  const order = compareVersionsOf(familyOf(found.program));
  throw new CannotPlan(
    `no repository of this host has a version that fits ${spec.text}; there are: ${versions.toSorted(order).join(', ')}`,
    {
      missing: packageKey(spec.name),
      next: 'ask for one of these, add the repository that has it, or say `update_cache: true` where what the host knows of its repositories is old',
    },
  );
}

function refuseOlder(
  { allowDowngrade }: PackageRequest,
  spec: PackageSpec,
  found: PackageAnswer,
  version: string,
): void {
  const now = newestInstalled(found);
  if (now === null || allowDowngrade || isKeptBesides(spec.name, found)) return;
  if (compareVersionsOf(familyOf(found.program))(version, now) >= 0) return;
  throw new CannotPlan(
    `${spec.name} ${now} is installed, and the newest that fits ${spec.text} is older: ${version}`,
    { next: 'say `allow_downgrade: true` if it is meant to go back, or widen the limits' },
  );
}

/** dnf installs a kernel beside those that are there (`installonlypkgs`). */
function isKeptBesides(name: string, { program, installed }: PackageAnswer): boolean {
  if (program === 'apt') return false;
  return /^kernel(-|\.|$)/.test(name) || new Set(installed.map(fullVersion)).size > 1;
}

/** Throws CannotPlan where a package that was not asked for would become older. */
export function refuseOlderOthers(
  { allowDowngrade }: PackageRequest,
  steps: readonly TransactionStep[],
  family: VersionFamily,
): void {
  const older = steps.filter(
    ({ from, to }) => from !== null && to !== null && compareVersionsOf(family)(to, from) < 0,
  );
  if (allowDowngrade || older.length === 0) return;
  throw new CannotPlan(
    `older versions would take the place of newer ones: ${older.map(({ name, from, to }) => `${name} ${from} → ${to}`).join(', ')}`,
    { next: 'say `allow_downgrade: true` if that is meant' },
  );
}
