import type { Fact } from '../contract/fact.ts';
import { type Account, askAccounts, parseAccounts } from './accounts.ts';

/** A group by name or by number. */
export type GroupSubject = Account<'gid'>;

/** A line of group(5); users whose primary group it is are not among the members. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The entry of a group, from every source that the host knows, or null. One `getent` for all. */
export const group: Fact<GroupSubject, GroupEntry | null> = {
  name: 'group',
  id: (subject) => ('name' in subject ? subject.name : `#${subject.gid}`),
  about: (subject) => ['path:/etc/group', ...('name' in subject ? [`group:${subject.name}` as const] : [])],
  ask: (subjects) =>
    askAccounts(
      'group',
      subjects.map((subject) => ('name' in subject ? subject.name : String(subject.gid))),
    ),
  parse(output, subjects, code) {
    const entries = parseAccounts(output, code).map(toEntry);
    return subjects.map(
      (subject) =>
        entries.find((entry) =>
          'name' in subject ? entry.name === subject.name : entry.gid === subject.gid,
        ) ?? null,
    );
  },
  chunk: 400,
};

function toEntry([name = '', , gid, members = '']: readonly string[]): GroupEntry {
  return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') };
}
