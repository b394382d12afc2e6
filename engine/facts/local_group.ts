import type { Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** A group of the host's own files. */
export interface LocalGroup {
  readonly gid: number;
  readonly members: readonly string[];
  /** The users of /etc/passwd whose primary group it is. */
  readonly primaryOf: readonly string[];
}

/** The line of a group in /etc/group, or null, though another source may know the group. By built-ins alone. */
export const localGroup: Fact<string, LocalGroup | null> = {
  name: 'local_group',
  id: (name) => name,
  about: (name) => [`group:${name}`, 'path:/etc/group', 'path:/etc/passwd'],
  ask: () => sh`if [ -r /etc/group ]; then while IFS= read -r l || [ -n "$l" ]; do printf 'g%s\\n' "$l"; done </etc/group; fi
if [ -r /etc/passwd ]; then while IFS=: read -r n x u g r || [ -n "$n" ]; do printf 'u%s:%s\\n' "$n" "$g"; done </etc/passwd; fi`,
  parse(output, names) {
    const rows = output.toString('utf8').split('\n');
    const fields = (letter: string) =>
      rows.filter((row) => row.startsWith(letter)).map((row) => row.slice(1).split(':'));
    const [groups, users] = [fields('g'), fields('u')];
    return names.map((name) => {
      const line = groups.find(([one]) => one === name);
      if (!line) return null;
      const gid = Number(line[2]);
      return {
        gid,
        members: (line[3] ?? '').split(',').filter((member) => member !== ''),
        primaryOf: users.filter(([, number]) => Number(number) === gid).map(([user = '']) => user),
      };
    });
  },
};
