import { type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { type Attributes, attributesFormat, lastingAttributes, parseAttributes } from './attributes.ts';

/** The file in which sshd looks for a user's keys: a given one, or the usual one in the user's home. */
export interface AuthorizedKeysSubject {
  readonly user: string;
  readonly path: string | null;
  /** The file behind links is meant. */
  readonly follow: boolean;
}

/** `hidden`: a directory above it may not be searched. */
export type Place = Attributes | 'absent' | 'hidden';

/** Null where there is no such user. */
export type AuthorizedKeysAnswer = {
  readonly home: string;
  readonly file: string;
  /** The directory above that of the file, without links; empty where there is none. */
  readonly above: string;
  readonly directory: Place;
  readonly at: Place;
  /** What the file holds; null where it is none or may not be read. */
  readonly bytes: Buffer | null;
} | null;

/** A user's authorized keys with all that sshd's StrictModes looks at. One `stat` and one `cat` for all, a subshell each. */
export const authorizedKeys: Fact<AuthorizedKeysSubject, AuthorizedKeysAnswer> = {
  name: 'authorized_keys',
  id: ({ user, path, follow }) => `${user}${follow ? ' follow' : ''} ${path ?? ''}`,
  about: ({ user, path }) => [
    path === null ? `authorized_keys:${user}` : `path:${path}`,
    `user:${user}`,
    'path:/etc/passwd',
  ],
  ask: (subjects) => sh`${attributesFormat}
E= C=
add() {
if [ -L "$1" ] || [ -e "$1" ]; then c=e E="$E \\"\\$$2\\""
elif [ -d "\${1%/*}/" ] && [ ! -x "\${1%/*}/" ]; then c=h
else c=-
fi
printf %s $c
}
one() {
case $h in /*) ;; *) echo u; return;; esac
[ -n "$p" ] || p=$h/.ssh/authorized_keys
if [ -n "$2" ]; then r=$(readlink -f -- "$p" && echo .) && p=\${r%??}; fi
d=\${p%/*}; a=\${d%/*}
r=$(cd -P -- "\${a:-/}" 2>/dev/null && pwd -P && echo .); r=\${r%??}
printf 'k%s\\000%s\\000%s\\000' "$h" "$p" "$r"
eval "d$1=\\$d p$1=\\$p"
add "$d" d$1
if [ -f "$p" ] && [ ! -L "$p" ] && [ -r "$p" ]; then
C="$C \\"\\$p$1\\""
E="$E \\"\\$p$1\\""; printf t
else add "$p" p$1
fi
echo
}
${lines(subjects.map(question))}
if [ -n "$E" ]; then eval "stat -c '$f' -- $E"; fi
if [ -n "$C" ]; then eval "cat -- $C"; eval "stat -c '$f' -- $C"; fi`,
  parse: parseKeys,
  lasting: (answer) =>
    answer && {
      file: answer.file,
      directory: lastingPlace(answer.directory),
      at: lastingPlace(answer.at),
      bytes: answer.bytes,
    },
  chunk: 200,
};

// A name with anything else in it would be more than a word to the shell, whose tilde asks every source of the host.
function question({ user, path, follow }: AuthorizedKeysSubject, index: number) {
  if (!/^[A-Za-z_][A-Za-z0-9_.@-]*$/.test(user)) return sh`echo u`;
  return sh`u=${user} p=${path ?? ''}; eval "h=~$u"; one ${index} ${follow ? 'f' : ''}`;
}

function parseKeys(output: Buffer, subjects: readonly AuthorizedKeysSubject[]): AuthorizedKeysAnswer[] {
  let at = 0;
  const upTo = (end: string): string => {
    const stop = output.indexOf(end, at);
    if (stop < 0) throw new Unsettled('authorized keys were not told');
    const text = output.toString('utf8', at, stop);
    at = stop + 1;
    return text;
  };
  const found = subjects.map(() => {
    if (output[at] === 0x75) {
      upTo('\n');
      return null;
    }
    const [home, file, above, letters] = [upTo('\0').slice(1), upTo('\0'), upTo('\0'), upTo('\n')];
    return { home, file, above, letters: [...letters] };
  });
  const rows = found
    .flatMap((one) => one?.letters.filter((letter) => /[et]/.test(letter)) ?? [])
    .map(() => upTo('\n'));
  const attributes = parseAttributes(rows.map((row) => `${row}\n`).join(''), rows.length);
  const read: string[] = [];
  const placed = found.map((one) => {
    const places = one?.letters.map((letter) => {
      if (letter === 'h') return 'hidden';
      if (letter === '-') return 'absent';
      const row = rows.shift() as string;
      if (letter === 't') read.push(row);
      return attributes.shift() as Attributes;
    });
    return one && places ? { ...one, places } : null;
  });
  const answers = placed.map((one): AuthorizedKeysAnswer => {
    if (!one) return null;
    const { home, file, above, letters, places } = one;
    const [directory, own] = places as [Place, Place];
    const size = letters[1] === 't' && typeof own === 'object' ? own.size : null;
    const bytes = size === null ? null : output.subarray(at, at + size);
    at += size ?? 0;
    return { home, file, above, directory, at: own, bytes };
  });
  if (output.toString('utf8', at) !== read.map((row) => `${row}\n`).join(''))
    throw new Unsettled('authorized keys changed while they were read');
  return answers;
}

function lastingPlace(place: Place): unknown {
  return typeof place === 'object' ? lastingAttributes(place) : place;
}
