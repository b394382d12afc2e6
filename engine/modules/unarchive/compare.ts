import { CannotPlan } from '../../contract/change.ts';
import { resolveMode } from '../../contract/file_mode.ts';
import { isBelow, tidyPath } from '../../contract/host_path.ts';
import type { PathAnswer, PresentPath } from '../../facts/path.ts';
import { attributeGap, type AttributeGap } from '../../facts/wanted_attributes.ts';
import type { UnarchiveArgs } from './arguments.ts';
import type { Member } from './members.ts';
import type { Found } from './places.ts';

/** What is to be done about one path. */
export type Difference =
  | { readonly kind: 'folder'; readonly path: string; readonly mode: string }
  | {
      readonly kind: 'put';
      readonly member: Member;
      readonly mode: string;
      /** What is there so far. */
      readonly before: PresentPath | null;
    }
  | { readonly kind: 'attributes'; readonly path: string; readonly gap: AttributeGap };

/** Where the host differs from the archive, parents first. Throws CannotPlan where something is in the way. */
export function differences(args: UnarchiveArgs, found: Found, dest: PathAnswer): readonly Difference[] {
  const roots = [
    tidyPath(args.dest),
    ...(dest.kind === 'link' && dest.real !== undefined ? [dest.real] : []),
  ];
  const folders = found.folders.flatMap(({ path, at }) => folderDifference(args, path, at, '0755', roots));
  const members = found.members.flatMap((member, index) => {
    const place = found.places[index];
    if (!place) return [];
    if (member.kind === 'directory') return folderDifference(args, member.path, place.at, member.mode, roots);
    return memberDifference(args, member, place.at, place.holds);
  });
  return [...folders, ...members].sort((a, b) => (pathOf(a) < pathOf(b) ? -1 : 1));
}

/** The path that a difference is about. */
export function pathOf(difference: Difference): string {
  return difference.kind === 'put' ? difference.member.path : difference.path;
}

function folderDifference(
  args: UnarchiveArgs,
  path: string,
  at: PathAnswer,
  own: string,
  roots: readonly string[],
): readonly Difference[] {
  if (at.kind === 'absent') {
    if (at.hidden) throw new CannotPlan(`${path} cannot be looked at`, { next: 'become a user who may' });
    return [{ kind: 'folder', path, mode: modeFor(args, own, true) }];
  }
  if (at.kind === 'link' && at.followed?.kind === 'directory') {
    const { real = '' } = at;
    if (roots.some((root) => real === root || isBelow(real, root))) return [];
    throw new CannotPlan(
      `${path} is a link to ${real}, outside of ${roots[0]}; nothing is unpacked through it`,
      {
        next: 'remove the link, or give the real directory as `dest`',
      },
    );
  }
  if (at.kind !== 'directory')
    throw new CannotPlan(`${path} is a ${at.kind}, and the archive has a directory there`);
  const gap = attributeGap(at, { owner: args.owner, group: args.group, mode: args.mode });
  return gap ? [{ kind: 'attributes', path, gap }] : [];
}

function memberDifference(
  args: UnarchiveArgs,
  member: Member,
  at: PathAnswer,
  holds: boolean,
): readonly Difference[] {
  const { path, kind } = member;
  const mode = modeFor(args, member.mode, false);
  const put = (before: PresentPath | null): readonly Difference[] => [{ kind: 'put', member, mode, before }];
  if (at.kind === 'absent') return put(null);
  if (at.kind === 'directory')
    throw new CannotPlan(`${path} is a directory, and the archive has a ${kind} there`);
  if (isKept(args, member, at)) return [];
  const isSame =
    kind === 'link' ? at.kind === 'link' && at.target === member.target : at.kind === 'file' && holds;
  if (!isSame) return put(at);
  const gap = attributeGap(at, {
    owner: args.owner,
    group: args.group,
    ...(kind === 'link' ? {} : { mode }),
  });
  return gap ? [{ kind: 'attributes', path, gap }] : [];
}

function isKept(
  { keep_newer: isAsked }: UnarchiveArgs,
  { name, mtime, kind }: Member,
  at: PresentPath,
): boolean {
  if (!isAsked || kind !== 'file' || at.kind !== 'file') return false;
  if (mtime === undefined)
    throw new CannotPlan(
      `the archive does not say for certain how old ${name} is, so \`keep_newer\` cannot be kept`,
    );
  return at.mtime > mtime;
}

function modeFor({ mode }: UnarchiveArgs, own: string, isDirectory: boolean): string {
  return mode === undefined ? own : resolveMode(mode, own, isDirectory);
}
