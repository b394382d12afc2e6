import { CannotPlan } from '../contract/change.ts';
import { parentOf } from '../contract/host_path.ts';
import type { Attributes } from './attributes.ts';
import type { PathAnswer } from './path.ts';

/** What is really written: the path behind links, and what is there. Throws CannotPlan where no file can be. */
export function writable(
  at: PathAnswer,
  given: string,
  replaceLink = false,
): { real: string; before: Attributes | null } {
  if (at.kind === 'absent') {
    const parent = parentOf(given);
    if (at.hidden) throw new CannotPlan(`${parent} cannot be searched`, { next: 'become a user who may' });
    if (at.parent === 'other') throw new CannotPlan(`there is something above ${given} that is no directory`);
    if (at.parent === 'absent') {
      throw new CannotPlan(`the directory ${parent} does not exist`, {
        missing: `path:${parent}`,
        next: `make it first: file: {path: ${parent}, state: directory}`,
      });
    }
    return { real: given, before: null };
  }
  if (at.kind === 'file') return { real: given, before: at };
  if (at.kind === 'link') {
    if (replaceLink) return { real: given, before: null };
    if (!at.followed || at.real === undefined) {
      throw new CannotPlan(`${given} is a link to ${at.target}, which does not exist`, {
        missing: `path:${given}`,
        next: 'make what it leads to, or remove the link',
      });
    }
    if (at.followed.kind === 'file') return { real: at.real, before: at.followed };
    throw new CannotPlan(`${given} leads to a ${at.followed.kind}, not to a file`);
  }
  throw new CannotPlan(`${given} is a ${at.kind}, not a file`);
}
