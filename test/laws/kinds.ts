import type { Action, AnyModule, Directive, Module } from '../../engine/contract/module.ts';
import { registry } from '../../engine/modules/index.ts';

interface ByKind {
  readonly resource: Module<never, unknown>;
  readonly action: Action<never>;
  readonly directive: Directive<never>;
}

/** Every module of the registry that is of one kind, sorted by name. */
export async function modulesOfKind<Kind extends AnyModule['kind']>(
  kind: Kind,
): Promise<readonly ByKind[Kind][]> {
  const all = await Promise.all(Object.values(registry).map((load) => load()));
  return all.filter((module) => module.kind === kind) as unknown as readonly ByKind[Kind][];
}
