import type { Fact } from '../contract/fact.ts';
import { type Account, askAccounts, parseAccounts } from './accounts.ts';

/** A user by name or by number. */
export type PasswdSubject = Account<'uid'>;

/** A line of passwd(5). */
export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

/** The entry of a user, from every source that the host knows, or null. One `getent` for all. */
export const passwd: Fact<PasswdSubject, PasswdEntry | null> = {
  name: 'passwd',
  id: (subject) => ('name' in subject ? subject.name : `#${subject.uid}`),
  about: (subject) => ['path:/etc/passwd', ...('name' in subject ? [`user:${subject.name}` as const] : [])],
  ask: (subjects) =>
    askAccounts(
      'passwd',
      subjects.map((subject) => ('name' in subject ? subject.name : String(subject.uid))),
    ),
  parse(output, subjects, code) {
    const entries = parseAccounts(output, code).map(toEntry);
    return subjects.map(
      (subject) =>
        entries.find((entry) =>
          'name' in subject ? entry.name === subject.name : entry.uid === subject.uid,
        ) ?? null,
    );
  },
  // A name may have 32 bytes or, from a directory, many more.
  chunk: 400,
};

function toEntry([name = '', , uid, gid, gecos = '', home = '', shell = '']: readonly string[]): PasswdEntry {
  return { name, uid: Number(uid), gid: Number(gid), gecos, home, shell };
}
