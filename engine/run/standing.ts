import { FettleError } from '../errors.ts';
import type { Expression, Reference } from '../template/template.ts';
import type { HostScope } from './variables.ts';

/** What stands between a text and its value. */
export type Standing =
  | { readonly kind: 'ready' }
  /** Facts of the host that have not been asked. */
  | { readonly kind: 'facts'; readonly names: readonly string[] }
  /** An earlier task of this host has yet to run. */
  | { readonly kind: 'open' }
  /** Check mode: an earlier step was not made, so its result is not known. */
  | { readonly kind: 'later'; readonly step: number };

/** What a host knows at a point of its play. */
export interface Horizon {
  /** Names that tasks between here and there will still make. */
  isOpen(name: string): boolean;
  /** The unmade step that would have given the name. */
  unmadeBy(name: string): number | undefined;
  /** The host facts that are still to be asked. */
  missingFacts(reference: Reference): readonly string[];
  /** Whether all other hosts have come as far. */
  readonly isMet: boolean;
}

/** Tells whether a text's names are all known. */
export function standingOf(references: readonly Reference[], scope: HostScope, horizon: Horizon): Standing {
  const facts = new Set<string>();
  let later: number | undefined;
  for (const reference of scope.roots(references)) {
    if (reference.root === 'hostvars' && !horizon.isMet) return { kind: 'open' };
    if (reference.root === 'facts') for (const name of horizon.missingFacts(reference)) facts.add(name);
    if (horizon.isOpen(reference.root)) return { kind: 'open' };
    later ??= horizon.unmadeBy(reference.root);
  }
  if (later !== undefined) return { kind: 'later', step: later };
  return facts.size > 0 ? { kind: 'facts', names: [...facts] } : { kind: 'ready' };
}

/** Whether all conditions hold. Throws FettleError where one is no boolean. */
export function allHold(conditions: readonly Expression[], scope: HostScope, keyword: string): boolean {
  return conditions.every((condition) => {
    const value = condition.evaluate(scope);
    if (typeof value === 'boolean') return value;
    throw new FettleError('task', {
      summary: `\`${keyword}\` must be true or false, and is ${value === null ? 'null' : typeof value}`,
      detail: condition.source,
      next: "compare it, for example `x == 'yes'` or `size(x) > 0`",
      position: condition.at,
    });
  });
}
