import { CannotPlan } from '../contract/change.ts';
import { fullVersion, packageKey } from './package.ts';
import { fits } from './package_spec.ts';
import type { PackageRequest, PackageState } from './package_state.ts';
import type { TransactionAnswer } from './package_transaction.ts';
import { familyOf, isRightVersion } from './package_versions.ts';

/** Whether the n-th package stands as it should: where no version is asked for, what provides it counts as it. */
export function isAsWanted(
  request: PackageRequest,
  index: number,
  { packages, transaction }: Pick<PackageState, 'packages' | 'transaction'>,
): boolean {
  const found = packages[index];
  const spec = request.specs[index];
  if (!found || !spec) return false;
  if (request.state === 'present')
    return isRightVersion(request, spec, found, transaction.offers?.[spec.name]);
  const going = found.installed.filter((row) => fits(familyOf(found.program), fullVersion(row), spec.bounds));
  if (spec.bounds.length > 0) return going.length === 0;
  return going.length === 0 && found.broken === null && !(request.purge && found.leftover);
}

/** Throws CannotPlan for packages that must be seen to by hand first. */
export function refuseStanding(request: PackageRequest, state: PackageState): void {
  request.names.forEach((name, index) => {
    const found = state.packages[index];
    if (!found || isAsWanted(request, index, state)) return;
    if (found.broken !== null) {
      throw new CannotPlan(`${name} is ${found.broken}: an earlier installation did not come to its end`, {
        next: 'let it be finished first: `dpkg --configure -a`, then `apt-get -f install`',
      });
    }
    if (!found.held || request.lift) return;
    const release =
      found.program === 'apt' ? `apt-mark unhold ${name}` : `${found.program} versionlock delete ${name}`;
    if (request.state === 'absent') {
      throw new CannotPlan(`${name} is held, and would not be removed`, {
        next: `release it first, if it is meant to go: ${release}`,
      });
    }
    if (found.installed.length > 0) {
      throw new CannotPlan(
        `${name} is held at ${found.installed.map(fullVersion).join(', ')}, which is not what is asked for (${request.specs[index]?.text ?? name})`,
        {
          next: 'say `holds: lift` if this task may change it (it is held again afterwards), or `hold: false` if it is not to be held any more',
        },
      );
    }
  });
}

/** What the transaction would do, or null where only the package manager itself will tell. Throws CannotPlan where it would not. */
export function refuse(
  request: PackageRequest,
  open: readonly string[],
  answer: TransactionAnswer,
  search: { readonly program: 'apt' | 'dnf' | 'yum'; readonly willSearchAnew: boolean },
): Extract<TransactionAnswer, { kind: 'known' }> | null {
  if (answer.kind === 'known') {
    if (search.program === 'apt' && request.state === 'present') refusePatterns(open, answer);
    return answer;
  }
  if (answer.kind !== 'refused' || (request.state === 'present' && search.willSearchAnew)) return null;
  const [first] = answer.unknown;
  if (first !== undefined && request.state === 'present') {
    // The cached metadata may be old; dnf fetches it anew before it gives up.
    if (search.program !== 'apt') return null;
    throw new CannotPlan(
      `no repository of this host knows ${shownNames(answer.unknown)}: apt's lists were searched\n${answer.said}`,
      {
        missing: packageKey(first),
        next: 'check the name (`apt-cache search`), add the repository that has it, or say `update_cache: true` where the lists are old',
      },
    );
  }
  const program = search.program === 'apt' ? 'apt-get' : search.program;
  throw new CannotPlan(
    `${program} would not ${request.state === 'present' ? 'install' : 'remove'} ${open.join(', ')}:\n${answer.said}`,
    {
      missing: packageKey(open[0] ?? ''),
      next: /superuser privileges/.test(answer.said)
        ? 'become root (`become: true`)'
        : /filtered out by modular/.test(answer.said)
          ? 'another stream of its module hides it: `dnf module list`, then `dnf module enable NAME:STREAM`'
          : /filtered out by exclude filtering|excluded/.test(answer.said)
            ? 'it is excluded or locked: `holds: lift` passes over a lock (versionlock), an `exclude=` or `excludepkgs=` is lifted in dnf.conf or the repository’s file'
            : /dpkg was interrupted/.test(answer.said)
              ? 'let it be finished first: `dpkg --configure -a`, then `apt-get -f install`'
              : /held broken packages/.test(answer.said)
                ? 'mend what it says; if one of them is held (`apt-mark showhold`), `holds: lift` lets it change and holds it again'
                : /virtual package/.test(answer.said)
                  ? 'name one of the packages that provide it'
                  : 'mend what it says, or name the packages that it asks for',
    },
  );
}

/** apt takes a name that it does not know for a pattern; then it would install what nobody has named. */
function refusePatterns(
  open: readonly string[],
  { steps, selected }: Extract<TransactionAnswer, { kind: 'known' }>,
): void {
  const names = new Set(steps.map(({ name }) => name));
  const taken = open.find((name) => !names.has(name.replace(/:.*$/, '')) && selected[name] === undefined);
  if (taken === undefined) return;
  throw new CannotPlan(`apt knows no package ${taken}, and took the name for a pattern`, {
    missing: packageKey(taken),
    next: 'check the name (`apt-cache search`)',
  });
}

function shownNames(names: readonly string[]): string {
  return `${names.length === 1 ? 'the package' : 'the packages'} ${names.join(', ')}`;
}
