import { Type } from 'typebox';
import type { Module } from '../contract/module.ts';
import { packageResult, planPackages, provenPackages } from '../facts/package_plan.ts';
import { askPackages, type PackageRequest, type PackageState } from '../facts/package_state.ts';
import { type PackageArgs, packageRequest, refuseContradictions } from '../facts/package_request.ts';
import { packageArguments } from './packages/arguments.ts';

export interface AptArgs extends PackageArgs {
  readonly cache_valid_time?: number;
  readonly install_recommends?: boolean;
  readonly purge?: boolean;
  readonly allow_unauthenticated?: boolean;
  readonly allow_change_held_packages?: boolean;
}

/** Debian's packages. */
export const apt: Module<AptArgs, PackageState> = {
  kind: 'resource',
  name: 'apt',
  summary: 'Installs and removes packages with apt, on Debian, Ubuntu and what is made of them.',
  args: Type.Object(
    {
      ...packageArguments,
      update_cache: Type.Optional(
        Type.Boolean({
          description:
            'Fetches the lists of packages before something is installed; without `name`, on its own. Where nothing is missing, nothing is fetched.',
        }),
      ),
      cache_valid_time: Type.Optional(
        Type.Integer({
          minimum: 0,
          description:
            'Fetches the lists only where they are older than this many seconds; implies `update_cache`.',
        }),
      ),
      install_recommends: Type.Optional(
        Type.Boolean({
          description:
            'Whether recommended packages come along; where it is not said, as the host is set up.',
        }),
      ),
      purge: Type.Optional(
        Type.Boolean({ default: false, description: 'With `absent`: their configuration goes as well.' }),
      ),
      allow_unauthenticated: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Installs packages of repositories that are not signed, or not by a known key.',
        }),
      ),
      allow_change_held_packages: Type.Optional(Type.Boolean({ description: 'The same as `holds: lift`.' })),
    },
    { additionalProperties: false },
  ),
  notes: [
    'Nothing is asked: configuration files that were changed by hand stay, and needrestart restarts nothing.',
    'What else would come or go is told before, by apt’s own simulation of the lists that the host has.',
    'Versions are asked for as `a=1.7.3`, `a=1.7.*` or `a>=1.7.3,<2`, in dpkg’s order. apt’s own candidate (pins!) is taken where it fits, else the newest that does; the very version that was foreseen is installed, and nothing that was not foreseen is removed.',
    'An undo takes the old version from a repository; where none has it any more, from apt’s cache, or it is built again from what is installed, if `dpkg --verify` finds every file as it was delivered. Otherwise the plan says that there is no way back.',
    'With `latest`, lists that are to be fetched are fetched first, and what comes of it is known only then: `cache_valid_time` keeps that rare.',
    'A virtual package counts as installed where one that provides it is. Removed are packages of the very name alone.',
    'Undo removes what came, dependencies included, and installs what went in its old version; configuration and data that a package made stay, as `apt-get remove` leaves them. It is refused where a package that came later would have to go too.',
    'The files, units and users that a package brings are known only when it is there: a check says of later tasks that they assume it brings nothing of theirs, or that they are known only after it.',
    'Lists that were fetched are not taken back.',
  ],
  probe: (args) => askPackages(requestOf(args)),
  plan: (args, state) => {
    const request = requestOf(args);
    refuseContradictions(request);
    return planPackages(request, state);
  },
  proven: (args, before, after) => {
    const request = requestOf(args);
    if (request.names.length === 0) return provenLists(before, after);
    // The lists grow older from the moment they are there.
    return provenPackages(request, before, after);
  },
  result: (args, state) => packageResult(requestOf(args), state),
};

function requestOf(args: AptArgs): PackageRequest {
  return packageRequest(args, 'apt', {
    updateCache: args.update_cache ?? args.cache_valid_time !== undefined,
    cacheValidTime: args.cache_valid_time ?? 0,
    recommends: args.install_recommends,
    purge: args.purge === true,
    unauthenticated: args.allow_unauthenticated === true,
    ...(args.allow_change_held_packages === true ? { lift: true } : {}),
  });
}

function provenLists(before: PackageState, after: PackageState): true | string {
  const [then, now] = [before.lists?.age ?? null, after.lists?.age ?? null];
  return now !== null && (then === null || now <= then) ? true : 'the lists of packages are as old as before';
}
