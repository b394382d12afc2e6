import type { Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** What the host gives new users and groups: login.defs(5) and /etc/default/useradd, and whether it has shadow-utils. */
export interface AccountDefaults {
  /** useradd, usermod and userdel, groupadd, groupmod and groupdel. */
  readonly tools: boolean;
  readonly chpasswd: boolean;
  readonly shadow: boolean;
  /** The folder of new homes. */
  readonly base: string;
  readonly shell: string;
  readonly skeleton: string;
  /** Four octal digits. */
  readonly homeMode: string;
  /** A new user gets a group of its own. */
  readonly userGroups: boolean;
  readonly uids: Range;
  readonly gids: Range;
  readonly systemUids: Range;
  readonly systemGids: Range;
}

/** From and to, both included. */
export type Range = readonly [from: number, to: number];

/** How the host makes accounts; by built-ins alone. */
export const accountDefaults: Fact<undefined, AccountDefaults> = {
  name: 'account_defaults',
  id: () => '',
  about: () => ['path:/etc/login.defs', 'path:/etc/default/useradd', 'program:useradd'],
  ask: () => sh`PATH=$PATH:/usr/sbin:/sbin
tools=1
for p in useradd usermod userdel groupadd groupmod groupdel; do command -v $p >/dev/null || tools=; done
chpasswd=; command -v chpasswd >/dev/null && chpasswd=1
shadow=; [ -e /etc/shadow ] && shadow=1
echo "$tools:$chpasswd:$shadow"
for f in /etc/login.defs /etc/default/useradd; do
if [ -r $f ]; then while IFS= read -r l || [ -n "$l" ]; do case $l in [A-Z]*) printf '%s\\n' "$l";; esac; done <$f; fi
done`,
  parse(output) {
    const [first = '', ...rest] = output.toString('utf8').split('\n');
    const [tools, chpasswd, shadow] = first.split(':').map((word) => word === '1');
    if (shadow === undefined) throw new Error('the host did not tell how it makes accounts');
    // The last word counts, as for shadow-utils.
    const value = (name: string): string | undefined =>
      rest
        .findLast((line) => new RegExp(`^${name}[\\s=]`).test(line))
        ?.replace(/^\w+[\s=]+/, '')
        .replaceAll('"', '')
        .trim();
    const range = (name: string, from: number, to: number): Range => [
      numberOf(value(`${name}_MIN`)) ?? from,
      numberOf(value(`${name}_MAX`)) ?? to,
    ];
    const umask = Number.parseInt(value('UMASK') ?? '022', 8);
    const mode = value('HOME_MODE') ?? (0o777 & ~umask).toString(8);
    const uids = range('UID', 1000, 60000);
    const gids = range('GID', 1000, 60000);
    return [
      {
        tools: tools === true,
        chpasswd: chpasswd === true,
        shadow,
        base: value('HOME') || '/home',
        shell: value('SHELL') || '/bin/sh',
        skeleton: value('SKEL') || '/etc/skel',
        homeMode: mode.padStart(4, '0').slice(-4),
        userGroups: value('USERGROUPS_ENAB') !== 'no',
        uids,
        gids,
        systemUids: range('SYS_UID', 100, uids[0] - 1),
        systemGids: range('SYS_GID', 100, gids[0] - 1),
      },
    ];
  },
};

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
