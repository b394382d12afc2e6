import { CannotPlan, type Change } from '../../contract/change.ts';
import { changeOfAttributes } from '../../facts/attribute_change.ts';
import type { PathAnswer } from '../../facts/path.ts';
import type { FileArgs } from './arguments.ts';

/** Owner, group and mode of what is there. Throws CannotPlan where nothing is. */
export function planAttributes(args: FileArgs, given: string, at: PathAnswer): readonly Change[] {
  if (at.kind === 'absent') {
    throw new CannotPlan(`${given} does not exist`, {
      missing: `path:${given}`,
      next: 'say state: touch or state: directory to make it',
    });
  }
  const change = changeOfAttributes(given, at, args, args.follow !== false);
  return change ? [change] : [];
}

/** Throws CannotPlan where something else is there than is wanted. */
export function refuseOther(given: string, kind: string, wanted: string): void {
  if (kind === 'absent' || kind === wanted) return;
  throw new CannotPlan(`${given} is a ${kind}, not a ${wanted}`);
}
