import { Type } from 'typebox';
import type { Module } from '../contract/module.ts';
import { packageResult, planPackages, provenPackages } from '../facts/package_plan.ts';
import { askPackages, type PackageRequest, type PackageState } from '../facts/package_state.ts';
import { type PackageArgs, packageRequest, refuseContradictions } from '../facts/package_request.ts';
import { packageArguments } from './packages/arguments.ts';

export interface DnfArgs extends PackageArgs {
  readonly install_weak_deps?: boolean;
  readonly disable_gpg_check?: boolean;
}

/** Packages of RHEL and its kin. */
export const dnf: Module<DnfArgs, PackageState> = {
  kind: 'resource',
  name: 'dnf',
  summary: 'Installs and removes packages with dnf, or with yum where there is no dnf (EL7).',
  args: Type.Object(
    {
      ...packageArguments,
      update_cache: Type.Optional(
        Type.Boolean({
          default: false,
          description:
            'Fetches the metadata of the repositories before something is installed, however fresh it is.',
        }),
      ),
      install_weak_deps: Type.Optional(
        Type.Boolean({
          description:
            'Whether recommended packages come along; where it is not said, as the host is set up.',
        }),
      ),
      disable_gpg_check: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Installs packages whose signature is missing or unknown.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  notes: [
    'What else would come or go is told before, from the metadata that the host has already; where it has none, or does not know a name, dnf fetches it when the change is made.',
    'Versions are asked for as `a=1.7.3`, `a>=1.7.3,<2`, or as dnf does: `a-1.7.3`, `a-1.7.3-3.1.el8`; in rpm’s order. Of what fits, the newest that a repository offers is taken, and the very version that was foreseen is installed. A kernel comes beside those that are there.',
    'Names of locked packages (versionlock) are the plugin’s list’s; where a lock is lifted, its entry follows the package to its new version.',
    'An undo takes the old version from a repository; where none has it any more, from the cache (`keepcache`), from which it is put aside before the change. Otherwise the plan says that there is no way back.',
    'Where nothing can be foreseen (no metadata yet, another program holds the lock), the version is chosen when the change is made; then names in `protect` count, but no patterns.',
    'With `latest`, `update_cache: true` fetches at every run, and what comes of it is known only then.',
    'dnf 5 (Fedora 41 and later) was not tried. It respects its own locks, which are not known here: `hold` and `holds: lift` are refused; and what it did cannot be taken back by fettle.',
    'yum of EL7 goes back to older versions only where all packages of the task do.',
    'A name may also be something that packages provide: `perl(JSON)`, `/usr/bin/vim`, `glibc.i686`. Removed are packages of the very name alone.',
    'Undo removes what came, dependencies included, and installs what went or was replaced in its old version, all in one transaction. It is refused where a package that came later needs what would go. Keys that were imported stay.',
    'The files, units and users that a package brings are known only when it is there: a check says of later tasks that they assume it brings nothing of theirs, or that they are known only after it.',
  ],
  probe: (args) => askPackages(requestOf(args)),
  plan: (args, state) => {
    const request = requestOf(args);
    refuseContradictions({ ...request, updateCache: false });
    return planPackages(request, state);
  },
  proven: (args, before, after) => provenPackages(requestOf(args), before, after),
  result: (args, state) => packageResult(requestOf(args), state),
};

function requestOf(args: DnfArgs): PackageRequest {
  return packageRequest(args, 'dnf', {
    recommends: args.install_weak_deps,
    unauthenticated: args.disable_gpg_check === true,
  });
}
