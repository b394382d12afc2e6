import { CannotPlan } from '../contract/change.ts';
import { parsePackageSpec } from './package_spec.ts';
import type { PackageRequest } from './package_state.ts';
import type { PackageTool } from './package_tool.ts';

/** The arguments that the package modules have in common. */
export interface PackageArgs {
  readonly name?: string | readonly string[];
  readonly pkg?: string | readonly string[];
  readonly state?: 'present' | 'installed' | 'latest' | 'absent' | 'removed';
  readonly allow_downgrade?: boolean;
  readonly hold?: boolean;
  readonly holds?: 'respect' | 'lift';
  readonly protect?: readonly string[];
  readonly update_cache?: boolean;
  readonly autoremove?: boolean;
  readonly lock_timeout?: number;
}

/** What is asked for in the words that all package managers share. */
export function packageRequest(
  args: PackageArgs,
  tool: PackageTool,
  more: Partial<PackageRequest> = {},
): PackageRequest {
  const specs = namesOf(args).map((text) => parsePackageSpec(text, { dashed: tool === 'dnf' }));
  return {
    tool,
    names: specs.map(({ name }) => name),
    specs,
    latest: args.state === 'latest',
    allowDowngrade: args.allow_downgrade === true,
    // What is not to be held may go another way at once.
    lift: args.holds === 'lift' || args.hold === false,
    hold: args.hold,
    protect: args.protect ?? [],
    state: args.state === 'absent' || args.state === 'removed' ? 'absent' : 'present',
    purge: false,
    autoremove: args.autoremove === true,
    recommends: undefined,
    updateCache: args.update_cache === true,
    cacheValidTime: 0,
    unauthenticated: false,
    lockTimeout: args.lock_timeout ?? 60,
    ...more,
  };
}

/** Throws CannotPlan where the arguments do not go together. */
export function refuseContradictions({
  names: asked,
  state,
  updateCache,
  purge,
  autoremove,
  hold,
}: PackageRequest): void {
  const twice = asked.find((name, index) => asked.indexOf(name) !== index);
  if (twice !== undefined)
    throw new CannotPlan(`${twice} is asked for twice, with different versions`, {
      next: 'write all limits behind one name: `a>=1,<2`',
    });
  if (asked.length === 0 && !updateCache)
    throw new CannotPlan('there is nothing to do', { next: 'name the packages (`name`)' });
  const unfit = asked.find((name) => state === 'absent' && /[/(]/.test(name));
  if (unfit !== undefined) {
    throw new CannotPlan(`${unfit} is something that packages provide, and several may`, {
      next: 'name the package that is to go (`rpm -q --whatprovides`)',
    });
  }
  if (state === 'absent' && hold === true) throw new CannotPlan('hold: true is not for state: absent');
  if (state === 'present' && purge) throw new CannotPlan('purge is for state: absent');
  if (state === 'present' && autoremove) throw new CannotPlan('autoremove is for state: absent');
}

function namesOf({ name, pkg }: PackageArgs): readonly string[] {
  const given = name ?? pkg ?? [];
  return [...new Set(typeof given === 'string' ? [given] : given)];
}
