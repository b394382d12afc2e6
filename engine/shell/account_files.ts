import {
  fieldProgram,
  groupsProgram,
  hashProgram,
  lockProgram,
  memberProgram,
  replaceProgram,
  restoreProgram,
} from './account_programs.ts';
import { lines, sh, type Script } from './script.ts';

/*
 * The files of local accounts, edited a line at a time: what others have changed in them meanwhile stays. The locks are
 * those of shadow-utils (a file with the number of its owner's process), so that useradd and its kin wait, or are waited for.
 */

/** The files that tell of users and groups, in the order in which a change saves them; behind them their `-` backups. */
export const accountFiles: readonly string[] = [
  ...['/etc/passwd', '/etc/shadow', '/etc/group', '/etc/gshadow', '/etc/subuid', '/etc/subgid'],
  ...['/etc/passwd-', '/etc/shadow-', '/etc/group-', '/etc/gshadow-', '/etc/subuid-', '/etc/subgid-'],
];

/** The copy of one of the files in the undo of a change that saves all of them first. */
export function savedAccounts(file: string): Script {
  return sh`"$FETTLE_SAVE"/${accountFiles.indexOf(file)}`;
}

/** Shell text that locks the accounts until the shell ends, and has the functions `edit` and `free FROM TO`. */
export const lockAccounts = sh`PATH=$PATH:/usr/sbin:/sbin
umask 077
L=
trap 'rm -f -- $L' EXIT; trap 'exit 143' HUP INT TERM
for f in /etc/passwd /etc/shadow /etc/group /etc/gshadow; do
n=0
until ( set -C; printf %s $$ >$f.lock ) 2>/dev/null; do
o=; read -r o 2>/dev/null <$f.lock || :
case $o in ''|*[!0-9]*) ;; *) [ -d /proc/$o ] || rm -f -- $f.lock;; esac
n=$((n+1)); if [ $n -ge 20 ]; then echo "$f is locked by process $o" >&2; exit 1; fi
sleep 1
done
L="$L $f.lock"
done
edit() {
f=$1 lost=$2; shift 2
if [ ! -e "$f" ]; then return; fi
t=$f.fettle-$$
cp -a -- "$f" "$t" && awk "$@" "$f" >"$t" && [ $(wc -l <"$t") -ge $(($(wc -l <"$f")-lost)) ] || { rm -f -- "$t"; echo "$f could not be edited" >&2; exit 1; }
if cmp -s -- "$f" "$t"; then rm -f -- "$t"; return; fi
{ sync "$t" 2>/dev/null || sync; } && mv -f -- "$t" "$f" || { rm -f -- "$t"; exit 1; }
}
free() {
lo=$1 hi=$2 awk -F: '{ used[$3] = 1 } END { for (i = ENVIRON["lo"] + 0; i <= ENVIRON["hi"] + 0; i++) if (!(i in used)) { print i; exit 0 } exit 1 }' /etc/passwd /etc/group && return
echo "no number from $1 to $2 is free" >&2; exit 1
}`;

/** Puts the lines of a name back as they were saved: at their place, and not at all where there were none. */
export function restoreLines(file: string, name: string): Script {
  return editing(file, { n: name }, restoreProgram, existing(savedAccounts(file)));
}

/**
 * Puts a user's memberships back as group or gshadow was saved; other members stay as they are now.
 * The user's own group, which useradd makes and userdel removes, goes or comes with it.
 */
export function restoreMember(file: string, user: string, ownGroup: boolean): Script {
  const own = ownGroup ? user : '';
  return editing(file, { n: user, own }, memberProgram, existing(savedAccounts(file)));
}

/** Gives back the `-` backups that tools have written, where the file itself is again as it was saved. */
export const restoreBackups: Script = lines(
  accountFiles.slice(0, accountFiles.length / 2).map((file) => {
    const [backup, copy] = [`${file}-`, savedAccounts(`${file}-`)];
    return sh`if cmp -s -- ${file} ${savedAccounts(file)}; then if [ -e ${copy} ]; then cmp -s -- ${backup} ${copy} || cp -a -- ${copy} ${backup} || exit 1; else rm -f -- ${backup}; fi; fi`;
  }),
);

/** Adds a line at the end of a file, where there is the file. */
export function addLine(file: string, line: Script): Script {
  return editing(file, { l: line }, `{ print } END { print ENVIRON["l"] }`);
}

/** Removes the lines of a name. */
export function removeLines(file: string, name: string): Script {
  return editing(file, { n: name }, restoreProgram, sh`/dev/null`);
}

/** Sets fields of a name's line, by their number. */
export function setFields(
  file: string,
  name: string,
  fields: Readonly<Record<number, string | Script>>,
): Script {
  const named = Object.entries(fields).map(([number, value]) => [`f${number}`, value]);
  return editing(file, { n: name, ...Object.fromEntries(named) }, fieldProgram);
}

/** Gives each line whose field has one value another: the primary group of users, by number. */
export function replaceField(file: string, field: number, from: string, to: string): Script {
  return editing(file, { k: String(field), from, to }, replaceProgram);
}

/** Makes a user a member of just these groups, or with `append` of these too. */
export function setMember(file: string, user: string, groups: readonly string[], append: boolean): Script {
  return editing(file, { n: user, g: ` ${groups.join(' ')} `, keep: append ? '1' : '' }, groupsProgram);
}

/** Sets the password from a file that holds NAME:HASH, so that it is in no argument list. */
export function setHash(user: string, source: Script): Script {
  return editing('/etc/shadow', { n: user, h: source }, hashProgram);
}

/** Locks or unlocks a password. */
export function setLock(user: string, locked: boolean): Script {
  return editing('/etc/shadow', { n: user, lock: locked ? '1' : '' }, lockProgram);
}

/** The edit of one file by an awk program, which finds its values in the environment: there nothing is an escape. */
function editing(
  file: string,
  values: Readonly<Record<string, string | Script>>,
  program: string,
  before: Script = sh``,
): Script {
  // A user may have several ranges of subordinate numbers.
  const lost = file.startsWith('/etc/sub') ? 99 : 1;
  return lines([
    sh`(`,
    ...Object.entries(values).map(([name, value]) => sh`${name}=${value}; export ${name}`),
    sh`edit ${file} ${lost} ${program} ${before}`,
    sh`) || exit 1`,
  ]);
}

function existing(copy: Script): Script {
  return sh`"$(if [ -e ${copy} ]; then echo ${copy}; else echo /dev/null; fi)"`;
}
