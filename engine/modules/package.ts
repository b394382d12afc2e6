import { Type } from 'typebox';
import type { Module } from '../contract/module.ts';
import { packageResult, planPackages, provenPackages } from '../facts/package_plan.ts';
import { askPackages, type PackageRequest, type PackageState } from '../facts/package_state.ts';
import { type PackageArgs, packageRequest, refuseContradictions } from '../facts/package_request.ts';
import { packageArguments } from './packages/arguments.ts';

export interface GenericPackageArgs extends PackageArgs {
  readonly use?: 'auto' | 'apt' | 'dnf' | 'yum';
}

/** Packages, by whatever looks after them on the host. */
export const packageModule: Module<GenericPackageArgs, PackageState> = {
  kind: 'resource',
  name: 'package',
  summary: 'Installs and removes packages with the package manager of the host: apt, dnf or yum.',
  args: Type.Object(
    {
      ...packageArguments,
      use: Type.Optional(
        Type.Enum(['auto', 'apt', 'dnf', 'yum'], {
          default: 'auto',
          description: 'Which package manager; `dnf` and `yum` mean whichever of the two is there.',
        }),
      ),
      update_cache: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Fetches the lists of packages before something is installed.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  notes: [
    'Names are the host’s own: what is `httpd` on one is `apache2` on another.',
    'On a host that has both, apt looks after it where there is an /etc/debian_version. zypper, apk and pacman are not known here.',
    'Versions are compared by the rules of the host’s own packages: rpm’s or dpkg’s.',
    'For all else see `apt` and `dnf`.',
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

function requestOf(args: GenericPackageArgs): PackageRequest {
  const use = args.use ?? 'auto';
  return packageRequest(args, use === 'auto' ? 'host' : use === 'yum' ? 'dnf' : use);
}
