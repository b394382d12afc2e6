import { saved, sent } from '../../contract/change.ts';
import { lines, sh, type Script } from '../../shell/script.ts';

/** What is to be put where; owners are numbers. */
export interface Installation {
  /** Physical, without links. */
  readonly above: string;
  readonly directory: string;
  readonly name: string;
  readonly owner: string;
  /** How the directory is found: it is made, given to the user, or left. */
  readonly folder:
    | { readonly kind: 'made' | 'left' }
    | { readonly kind: 'given'; readonly owner: string; readonly mode: string };
  /** Whether there was a file. */
  readonly isThere: boolean;
}

/*
 * The directory belongs to a user who must not be able to lead root elsewhere by putting a link into its place. So the
 * scripts enter it once, see that they are where they should be, and work from there: a process stays in the directory
 * it has entered, whatever its name becomes. The new file is made in a folder that only its maker may enter.
 */

/** The script that puts the staged file into place, 0600 and owned by the user. */
export function install({ above, directory, name, owner, folder }: Installation): Script {
  return lines([
    sh`umask 077`,
    enter(above, above),
    ...(folder.kind === 'made' ? [sh`mkdir -- ./${directory} || exit 1`] : []),
    enter(sh`./${directory}`, below(above, directory)),
    ...(folder.kind === 'left' ? [] : [sh`chown -- ${owner} . && chmod -- 0700 . || exit 1`]),
    replaced(name, sh`cat ${sent(0)} >key && chown -- ${owner} key && chmod -- 0600 key`),
    ...(folder.kind === 'made' ? [relabelled(below(above, directory))] : []),
    relabelled(below(below(above, directory), name)),
  ]);
}

/** The script that gives back the file and the directory as they were. */
export function takeOut({ above, directory, name, folder, isThere }: Installation): Script {
  return lines([
    sh`umask 077`,
    enter(above, above),
    enter(sh`./${directory}`, below(above, directory)),
    isThere ? replaced(name, sh`cp -a -- ${saved(0)} key`) : sh`rm -f -- ./${name} || exit 1`,
    ...(folder.kind === 'given'
      ? [sh`chown -- ${folder.owner} . && chmod -- ${folder.mode} . || exit 1`]
      : []),
    ...(folder.kind === 'made' ? [sh`cd .. && rmdir -- ./${directory} || exit 1`] : []),
  ]);
}

function enter(where: string | Script, physical: string): Script {
  const message = `${physical} is not the directory that was seen`;
  // The dot keeps newlines at the end of a name.
  return sh`cd -P -- ${where} && [ "$(pwd -P; echo .)" = ${`${physical}\n.`} ] || { echo ${message} >&2; exit 1; }`;
}

function replaced(name: string, make: Script): Script {
  return lines([
    sh`if [ -d ./${name} ]; then echo ${`${name} is a directory`} >&2; exit 1; fi`,
    sh`w=.fettle-$$; mkdir -- "./$w" || exit 1`,
    sh`trap 'rm -rf -- "./$w"' EXIT; trap 'exit 143' HUP INT TERM`,
    sh`( cd -P -- "./$w" && [ -O . ] && { ${make}; } && { sync key 2>/dev/null || sync; } && mv -f -- key ../${name} ) || exit 1`,
    sh`rmdir -- "./$w" || exit 1; trap - EXIT HUP INT TERM`,
  ]);
}

function relabelled(path: string): Script {
  return sh`if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon -- ${path} || exit 1; fi`;
}

function below(folder: string, name: string): string {
  return `${folder === '/' ? '' : folder}/${name}`;
}
