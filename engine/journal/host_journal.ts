import type { Change, Undo } from '../contract/change.ts';
import { lines, quote, sh, userScript, type Script } from '../shell/script.ts';
import type { FrameResult } from '../transport/transport.ts';

/** A change and its number within a journal entry, from 1. */
export interface Numbered {
  readonly number: number;
  readonly change: Pick<Change, 'what' | 'saves' | 'apply' | 'undo'>;
}

/** Exit status of a frame whose journal could not be written: nothing was changed. */
const journalFailed = 120;
const journalRefusal = 'fettle: the journal of this change could not be written; nothing was changed';

/** Whether a frame ended because its journal could not be written; a command may end with that status of its own. */
export function isUnjournalled(result: Pick<FrameResult, 'code' | 'stderr'>): boolean {
  return result.code === journalFailed && result.stderr.toString('utf8').trimEnd().endsWith(journalRefusal);
}

/**
 * A script that makes changes one after the other, each only after its undo is safe on the host's disk.
 * Order: folder, copies, undo script, the mark that it began, fsync, then the changes; it stops at the first that fails.
 * Standard output has a line "NUMBER STATUS" a change that ended.
 */
export function journalled(folder: Script, header: string, changes: readonly Numbered[]): Script {
  return lines([
    openEntry(folder, header, changes),
    sh`umask "$fettle_umask"`,
    ...changes.map(applyOne),
    sh`exit 0`,
  ]);
}

/** A script of the user's, of which the journal notes that it began and how it ended; its output is its own. */
export function journalledRun(folder: Script, header: string, run: Numbered): Script {
  const { number, change } = run;
  return lines([
    openEntry(folder, header, [run]),
    sh`umask "$fettle_umask"`,
    sh`printf '%s started\n' ${number} >>"$J/progress"`,
    sh`( export FETTLE_IN="$FETTLE_STAGE/${number}." FETTLE_SAVE="$J/${number}"`,
    change.apply,
    sh`); r=$?`,
    sh`printf '%s %s\n' ${number} "$r" >>"$J/progress"`,
    sh`exit "$r"`,
  ]);
}

/** A script that takes changes of an entry back, last first; status 0 only if each was. */
export function undoing(folder: Script, numbers: readonly number[]): Script {
  const calls = numbers.toSorted((a, b) => b - a).map((number) => sh`sh "$J/undo" ${number} || exit`);
  return lines([
    sh`J=${folder}`,
    sh`[ -f "$J/undo" ] || { echo "there is no undo script in $J" >&2; exit ${journalFailed}; }`,
    ...calls,
  ]);
}

/** How far a change of an entry has come; `absent` where the host knows nothing of it, `running` while its script still does. */
export type Progress = 'absent' | 'running' | 'begun' | 'undone';

/** A script that reads how far a change has come, for what no question can tell of. */
export function progressOf(folder: Script, number: number): Script {
  return lines([
    sh`J=${folder}; progress=absent p= s= b= last=`,
    sh`while read -r n word rest; do last=$word`,
    sh`case "$n $word" in 'process '*) p=$word s=\${rest% *} b=\${rest#* };; ${number}' started') progress=begun;; ${number}' undone') progress=undone;; esac`,
    sh`done 2>/dev/null <"$J/progress"`,
    // Once its shell is gone, what it has started may still be at it: all of one process session.
    sh`alive() {`,
    sh`{ read -r now </proc/sys/kernel/random/boot_id && [ "$now" = "$b" ]; } 2>/dev/null || return`,
    sh`for f in "/proc/$p" /proc/[0-9]*; do`,
    sh`{ read -r l <"$f/stat"; } 2>/dev/null || continue; set -- \${l##*") "}`,
    sh`case $1 in Z) continue;; esac`,
    sh`case $f in "/proc/$p") if [ "\${20}" = "$s" ]; then return; fi; continue;; esac`,
    sh`if [ "$4" = "$p" ] && [ "$last" = started ]; then return; fi`,
    sh`done; return 1; }`,
    sh`if [ "$progress" = begun ] && [ -n "$p" ] && alive; then progress=running; fi`,
    sh`echo "$progress"`,
  ]);
}

/**
 * The folder of an entry, as a shell word: root's under /var/lib, another user's under its own state folder,
 * so that nobody but root can write what root will run to take a change back.
 */
export function entryFolder(run: string, entry: string, isRoot: boolean): Script {
  if (isRoot) return sh`${`/var/lib/fettle/${run}/${entry}`}`;
  return sh`"$(if [ -n "\${HOME-}" ] && [ -w "$HOME" ]; then echo "\${XDG_STATE_HOME:-$HOME/.local/state}/fettle"; else echo "/var/tmp/fettle-$(id -u)"; fi)"/${run}/${entry}`;
}

function openEntry(folder: Script, header: string, changes: readonly Numbered[]): Script {
  const saving = changes.filter(({ change }) => change.saves?.length);
  const folders = saving.map(({ number }) => sh`"$J"/${number}`);
  const copies = saving.flatMap(({ number, change }) =>
    (change.saves ?? []).map((path, index) => copy(path, number, index)),
  );
  const canBeUndone = changes.some(({ change }) => 'text' in change.undo);
  return lines([
    sh`fettle_umask=$(umask); umask 077; J=${folder}; saved=; trees=`,
    sh`fettle_journal() {`,
    // A host so small that it has no such folder gets one that all may use.
    sh`case $J in /var/lib/*) [ -d /var/lib ] || ( umask 022; mkdir -p /var/lib ) || return;; esac`,
    sh`mkdir -p "$J" ${joined(folders)} || return`,
    ...copies,
    sh`printf '%s\n' ${undoText(header, changes)} >"$J/undo" || return`,
    // Who makes it, so that nobody takes it back meanwhile: a process by its number and start, in one life of the host.
    sh`l= b=; { read -r l <"/proc/$$/stat"; read -r b </proc/sys/kernel/random/boot_id; } 2>/dev/null; set -- \${l##*") "}`,
    sh`printf 'process %s %s %s\n' "$$" "\${20}" "$b" >"$J/progress" || return`,
    ...(canBeUndone ? [flush] : []),
    sh`}`,
    // Copies that filled the disk would keep it full.
    sh`fettle_journal || { ${folders.length > 0 ? sh`rm -rf -- ${joined(folders)}; ` : sh``}echo ${journalRefusal} >&2; exit ${journalFailed}; }`,
  ]);
}

/** Old coreutils know no `sync FILE`, and a tree has more files than its folder. */
const flush = sh`{ [ -z "$trees" ] && eval "sync \"\$J\"/undo \"\$J\" $saved" 2>/dev/null; } || sync`;

function copy(path: string, number: number, index: number): Script {
  return lines([
    sh`if [ -e ${path} ] || [ -L ${path} ]; then cp -a -- ${path} "$J"/${number}/${index} || return`,
    sh`if [ -L ${path} ]; then :; elif [ -d ${path} ]; then trees=1; else saved="$saved \"\$J\"/${number}/${index}"; fi; fi`,
  ]);
}

function applyOne({ number, change }: Numbered): Script {
  return lines([
    sh`printf '%s started\n' ${number} >>"$J/progress"; ( export FETTLE_IN="$FETTLE_STAGE/${number}." FETTLE_SAVE="$J/${number}"`,
    change.apply,
    sh`) >&2; r=$?; printf '%s %s\n' ${number} "$r" >>"$J/progress"; printf '%s %s\n' ${number} "$r"; [ "$r" = 0 ] || exit "$r"`,
  ]);
}

function undoText(header: string, changes: readonly Numbered[]): string {
  const comment = oneLine(header);
  const functions = changes.map(({ number, change }) =>
    [
      `# ${number}: ${oneLine(change.what)}`,
      `undo_${number}() (`,
      `FETTLE_SAVE=$J/${number}`,
      undoBody(change.undo),
      ')',
    ].join('\n'),
  );
  const all = changes.map(({ number }) => `take ${number}`).toReversed();
  return [
    '#!/bin/sh',
    `# ${comment}`,
    '# Takes back what fettle changed: `sh undo` for all of it, `sh undo 2` for one change.',
    'J=$(cd "$(dirname "$0")" && pwd) || exit',
    ...functions,
    'take() {',
    '"undo_$1" || return',
    `{ printf '%s undone\\n' "$1" >>"$J/progress"; } 2>/dev/null || :`,
    '}',
    `case \${1-all} in all) ${all.join(' && ')} ;; *) take "$1" ;; esac`,
  ].join('\n');
}

/** A comment that ends where it should, without the bytes that no script can hold. */
function oneLine(text: string): string {
  return text.replaceAll(/[\0-\x1f\x7f]+/g, ' ');
}

function undoBody(undo: Undo): string {
  if ('text' in undo) return undo.text;
  return `echo ${quote(`cannot be taken back: ${undo.impossible}`)} >&2; exit 1`;
}

function joined(words: readonly Script[]): Script {
  return userScript(words.map((word) => word.text).join(' '));
}
