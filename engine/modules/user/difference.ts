import { CannotPlan } from '../../contract/change.ts';
import { tidyPath } from '../../contract/host_path.ts';
import type { GroupEntry } from '../../facts/group.ts';
import type { LocalAccount } from '../../facts/local_account.ts';
import type { PasswdEntry } from '../../facts/passwd.ts';
import type { UserArgs } from './arguments.ts';

/** What must change of a user that is there, by field. */
export interface Difference {
  readonly uid?: number;
  readonly gid?: number;
  readonly comment?: string;
  readonly home?: string;
  readonly shell?: string;
  /** All groups that it is to be in besides its primary one. */
  readonly groups?: readonly string[];
  /** Days since 1970; null for never. */
  readonly expires?: number | null;
}

/** A field with the old and the new, for the user. */
export interface Line {
  readonly name: string;
  readonly from: string | null;
  readonly to: string;
}

/** The groups that a task names, each by its own name. Throws CannotPlan for one that is not there. */
export function namedGroups(
  args: UserArgs,
  found: readonly (GroupEntry | null)[],
): readonly GroupEntry[] | undefined {
  if (args.groups === undefined) return undefined;
  return groupWords(args).map((word, index) => found[index] ?? refuseGroup(word));
}

/** The words of `groups`. */
export function groupWords({ groups = [] }: UserArgs): readonly string[] {
  const words = typeof groups === 'string' ? groups.split(',') : groups;
  return [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))];
}

/** Says that a group is missing. */
export function refuseGroup(word: string): never {
  throw new CannotPlan(`there is no group ${word}`, {
    missing: `group:${word}`,
    next: `make it first: group: {name: ${word}}`,
  });
}

/** What lies between a user as it is and as it should be. Throws CannotPlan where that cannot be seen. */
export function differenceOf(
  args: UserArgs,
  now: PasswdEntry,
  local: LocalAccount,
  wanted: { readonly primary: GroupEntry | null; readonly groups: readonly GroupEntry[] | undefined },
): { readonly difference: Difference; readonly lines: readonly Line[] } {
  const home = args.home === undefined ? undefined : tidyPath(args.home);
  const gid = wanted.primary?.gid ?? now.gid;
  const isIn = local.groups.filter((one) => one.gid !== gid).map(({ name }) => name);
  const named = wanted.groups?.filter((one) => one.gid !== gid).map(({ name }) => name);
  const groups = named && (args.append ? [...new Set([...isIn, ...named])] : named);
  const isOtherGroups = groups !== undefined && !isSameSet(groups, isIn);
  const difference: Difference = {
    ...(args.uid !== undefined && args.uid !== now.uid ? { uid: args.uid } : {}),
    ...(gid === now.gid ? {} : { gid }),
    ...(args.comment !== undefined && args.comment !== now.gecos ? { comment: args.comment } : {}),
    ...(home !== undefined && home !== now.home ? { home } : {}),
    ...(args.shell !== undefined && args.shell !== now.shell ? { shell: args.shell } : {}),
    ...(isOtherGroups ? { groups } : {}),
    ...expiryOf(args, local),
  };
  const line = (name: string, from: string | number, to: string | number | undefined): readonly Line[] =>
    to === undefined ? [] : [{ name, from: String(from), to: String(to) }];
  const { shadow } = local;
  const oldEnd = typeof shadow === 'object' && shadow ? shadow.expires : null;
  return {
    difference,
    lines: [
      ...line('uid', now.uid, difference.uid),
      ...line('gid', now.gid, gid < 0 ? wanted.primary?.name : difference.gid),
      ...line(
        'comment',
        JSON.stringify(now.gecos),
        difference.comment === undefined ? undefined : JSON.stringify(difference.comment),
      ),
      ...line('home', now.home, difference.home),
      ...line(
        'shell',
        now.shell || '(none)',
        difference.shell === undefined ? undefined : difference.shell || '(none)',
      ),
      ...line(
        'groups',
        isIn.join(',') || '(none)',
        difference.groups && (difference.groups.join(',') || '(none)'),
      ),
      ...line(
        'ends',
        dayOf(oldEnd),
        difference.expires === undefined ? undefined : dayOf(difference.expires),
      ),
    ],
  };
}

/** The last day that a task wants, in days since 1970; null for never. */
export function wantedEnd({ expires }: UserArgs): number | null | undefined {
  if (expires === undefined) return undefined;
  return expires < 0 ? null : Math.floor(expires / 86400);
}

/** A day as users read it. */
export function dayOf(days: number | null): string {
  return days === null ? 'never' : new Date(days * 86400_000).toISOString().slice(0, 10);
}

function expiryOf(args: UserArgs, { shadow }: LocalAccount): { readonly expires?: number | null } {
  const expires = wantedEnd(args);
  if (expires === undefined) return {};
  if (shadow === 'unreadable')
    throw new CannotPlan('/etc/shadow cannot be read', { next: 'say become: true' });
  return expires === (shadow?.expires ?? null) ? {} : { expires };
}

function isSameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
