import { CannotPlan } from '../../contract/change.ts';
import { tidyPath } from '../../contract/host_path.ts';
import { ask, map, type Probe } from '../../contract/probe.ts';
import type { PathAnswer } from '../../facts/path.ts';
import { unpacked } from '../../facts/unpacked.ts';
import type { UnarchiveArgs } from './arguments.ts';
import { impliedFolders, type Member, membersOf, optionsOf } from './members.ts';
import type { Found } from './places.ts';

/** Asks the host what is in an archive of its own, and what lies where that would go; null where there is none. */
export function askThere(args: UnarchiveArgs, src: string): Probe<Found | null> {
  const { strip } = optionsOf(args);
  const subject = { src: tidyPath(src), dest: tidyPath(args.dest), strip };
  return map(ask(unpacked, subject), (there) => {
    if (there.kind === 'absent') return null;
    if (there.kind === 'odd') throw new CannotPlan(`${src} cannot be unpacked: ${there.why}`);
    if (there.kind === 'unreadable') throw new CannotPlan(`${src} is no archive that the host can read`);
    const { entries, at, format } = there;
    const members = membersOf(args, entries);
    const seen = (path: string): PathAnswer => at.get(path) ?? { kind: 'absent', parent: 'directory' };
    return {
      format,
      members,
      places: members.map((member) => ({ at: seen(member.path), holds: isSame(member, seen(member.path)) })),
      folders: impliedFolders(args.dest, members).map((path) => ({ path, at: seen(path) })),
    };
  });
}

/** Size and time, as rsync compares. */
function isSame({ size, mtime, stamp = mtime }: Member, at: PathAnswer): boolean {
  return at.kind === 'file' && at.size === size && at.mtime === stamp;
}
