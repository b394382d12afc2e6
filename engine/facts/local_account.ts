import { type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import type { PasswdEntry } from './passwd.ts';

/** A user of the host's own files. */
export interface LocalAccountSubject {
  readonly name: string;
  /** Where its home is to be; by itself the one it has, or the host's usual place. */
  readonly home: string | null;
}

/** A password as /etc/shadow holds it, without the thing itself. */
export interface ShadowState {
  readonly locked: boolean;
  /** `none`: an empty field, or a lock alone; `unusable`: what no password fits, `*`. */
  readonly kind: 'none' | 'unusable' | 'hash';
  /** SHA-256 of the field without its `!`. */
  readonly digest: string;
  /** The fields behind it: last change, least and most days, …. */
  readonly rest: string;
  /** Days since 1970 after which the account ends; null for never. */
  readonly expires: number | null;
}

export type HomeKind = 'directory' | 'absent' | 'other';

export interface LocalAccount {
  /** The line in /etc/passwd; null where there is none, though another source may know the user. */
  readonly entry: PasswdEntry | null;
  /** `unreadable` for those who are not root; null where there is no line. */
  readonly shadow: ShadowState | 'unreadable' | null;
  /** The groups of /etc/group that list it as a member, in their order. */
  readonly groups: readonly { readonly name: string; readonly gid: number }[];
  /** Where its home is to be, and what is there. */
  readonly home: { readonly path: string; readonly kind: HomeKind };
  /** What is in the place of the home that it has. */
  readonly oldHome: HomeKind;
}

/** What the host's own files say of a user. A fork a user, for the digest of its password. */
export const localAccount: Fact<LocalAccountSubject, LocalAccount> = {
  name: 'local_account',
  id: ({ name, home }) => `${name} ${home ?? ''}`,
  about: ({ name, home }) => [
    `user:${name}`,
    'path:/etc/passwd',
    'path:/etc/shadow',
    'path:/etc/group',
    ...(home === null ? [] : [`path:${home}` as const]),
  ],
  ask: (subjects) => sh`b=/home
if [ -r /etc/default/useradd ]; then
while IFS= read -r l || [ -n "$l" ]; do case $l in HOME=?*) b=\${l#HOME=};; esac; done </etc/default/useradd
fi
kind() { if [ -d "$1" ]; then k=directory; elif [ -e "$1" ] || [ -L "$1" ]; then k=other; else k=absent; fi; }
one() {
e= H=
if [ -r /etc/passwd ]; then
while IFS= read -r l || [ -n "$l" ]; do case $l in "$1":*:*:*:*:*) e=$l;; esac; done </etc/passwd
fi
if [ -n "$e" ]; then H=\${e%:*}; H=\${H##*:}; e=p\${e%%:*}:\${e#*:*:}; fi
w=\${2:-\${H:-$b/$1}}
kind "$H"; o=$k; kind "$w"
printf '%s\\n%s\\n%s\\n%s\\n' "$e" "$w" $k $o
if [ ! -e /etc/shadow ]; then echo -; return; fi
if [ ! -r /etc/shadow ]; then echo u; return; fi
s=
while IFS= read -r l || [ -n "$l" ]; do case $l in "$1":*) s=$l;; esac; done </etc/shadow
if [ -z "$s" ]; then echo -; return; fi
s=\${s#*:}; p=\${s%%:*} r=\${s#*:} x=
case $p in '!'*) x=L;; esac
while :; do case $p in '!'*) p=\${p#?};; *) break;; esac; done
case $p in '') y=none;; *[!A-Za-z0-9./\\$_=,-]*|?|??|???|????|?????|??????|???????) y=unusable;; *) y=hash;; esac
d=$(printf %s "$p" | sha256sum)
echo "s$x:$y:\${d%% *}:$r"
}
${lines(subjects.map(({ name, home }) => sh`one ${name} ${home ?? ''}`))}
if [ -r /etc/group ]; then
while IFS= read -r l || [ -n "$l" ]; do printf '%s\\n' "$l"; done </etc/group
fi`,
  parse(output, subjects) {
    const rows = output.toString('utf8').split('\n');
    if (rows.length < subjects.length * rowsEach) throw new Unsettled('the accounts were not told');
    const groups = rows.slice(subjects.length * rowsEach).map((row) => row.split(':'));
    return subjects.map(({ name }, index) => {
      const [passwd = '', home = '', kind, oldHome, shadow = ''] = rows.slice(
        index * rowsEach,
        (index + 1) * rowsEach,
      );
      return {
        entry: entryOf(passwd),
        shadow: shadowOf(shadow),
        groups: groups
          .filter(([, , , members = '']) => members.split(',').includes(name))
          .map(([group = '', , gid]) => ({ name: group, gid: Number(gid) })),
        home: { path: home, kind: kind as HomeKind },
        oldHome: oldHome as HomeKind,
      };
    });
  },
  chunk: 200,
};

const rowsEach = 5;

function entryOf(row: string): PasswdEntry | null {
  if (!row.startsWith('p')) return null;
  const [name = '', uid, gid, gecos = '', home = '', shell = ''] = row.slice(1).split(':');
  return { name, uid: Number(uid), gid: Number(gid), gecos, home, shell };
}

function shadowOf(row: string): LocalAccount['shadow'] {
  if (row === 'u') return 'unreadable';
  if (!row.startsWith('s')) return null;
  const [flags = '', kind, digest = '', ...rest] = row.split(':');
  // last change, least, most, warning, inactive, expires
  const expires = rest[5] ?? '';
  return {
    locked: flags === 'sL',
    kind: kind as ShadowState['kind'],
    digest,
    rest: rest.join(':'),
    expires: /^\d+$/.test(expires) ? Number(expires) : null,
  };
}
