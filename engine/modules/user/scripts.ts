import { sent } from '../../contract/change.ts';
import type { AccountDefaults } from '../../facts/account_defaults.ts';
import {
  accountFiles,
  addLine,
  lockAccounts,
  removeLines,
  restoreBackups,
  restoreLines,
  restoreMember,
  setFields,
  setHash,
  setLock,
  setMember,
} from '../../shell/account_files.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { Difference } from './difference.ts';
import type { PasswordStep } from './password.ts';

/** A user that is to be made. */
export interface NewUser {
  readonly name: string;
  readonly uid: number | undefined;
  readonly shared: boolean;
  /** Undefined where it gets a group of its own. */
  readonly gid: number | undefined;
  readonly groups: readonly string[];
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
  readonly system: boolean;
  readonly expires: number | null | undefined;
  readonly password: PasswordStep;
}

/** What the tools of the host, or edits of its files where it has none, do to the accounts. */
export function makeUser(user: NewUser, defaults: AccountDefaults): Script {
  const { name, uid, gid, groups, comment, home, shell, expires } = user;
  if (defaults.tools) {
    const words = [
      ...(uid === undefined ? [] : ['-u', String(uid)]),
      ...(user.shared ? ['-o'] : []),
      ...(gid === undefined ? [] : ['-g', String(gid)]),
      ...(groups.length > 0 ? ['-G', groups.join(',')] : []),
      ...(comment === '' ? [] : ['-c', comment]),
      ...(user.system ? ['-r'] : []),
    ];
    return lines([
      systemPath,
      // The home is made by a step of its own.
      sh`useradd ${words} -d ${home} -s ${shell} -M -- ${name} || exit 1`,
      end(name, expires ?? undefined),
      passwordByTools(name, user.password, defaults),
    ]);
  }
  const [from, to] = user.system ? defaults.systemUids : defaults.uids;
  const own = lines([
    sh`g=$u`,
    sh`if g=$u awk -F: '$3 == ENVIRON["g"] { found = 1 } END { exit !found }' /etc/group; then g=$(free ${defaults.gids[0]} ${defaults.gids[1]}) || exit 1; fi`,
    addLine('/etc/group', sh`${name}:x:"$g":`),
    addLine('/etc/gshadow', sh`${`${name}:!::`}`),
  ]);
  return lines([
    lockAccounts,
    uid === undefined ? sh`u=$(free ${from} ${to}) || exit 1` : sh`u=${String(uid)}`,
    gid === undefined ? own : sh`g=${String(gid)}`,
    addLine('/etc/passwd', sh`${name}:x:"$u":"$g":${comment}:${home}:${shell}`),
    addLine('/etc/shadow', sh`${name}:!:${today}:0:99999:7::${String(expires ?? '')}:`),
    ...['/etc/group', '/etc/gshadow'].map((file) => setMember(file, name, groups, true)),
    passwordInFiles(name, user.password),
  ]);
}

/** Changes of a user that is there. `from` is what it was. */
export function changeUser(
  name: string,
  to: Difference,
  from: { readonly uid: number; readonly gid: number; readonly home: string },
  how: { readonly move: boolean; readonly shared: boolean; readonly password: PasswordStep },
  defaults: AccountDefaults,
): Script {
  const { uid, gid, comment, home, shell, groups, expires } = to;
  if (defaults.tools) {
    const words = [
      ...(uid === undefined ? [] : ['-u', String(uid), ...(how.shared ? ['-o'] : [])]),
      ...(gid === undefined ? [] : ['-g', String(gid)]),
      ...(comment === undefined ? [] : ['-c', comment]),
      ...(home === undefined ? [] : ['-d', home, ...(how.move ? ['-m'] : [])]),
      ...(shell === undefined ? [] : ['-s', shell]),
      ...(groups === undefined ? [] : ['-G', groups.join(',')]),
    ];
    return lines([
      systemPath,
      ...(words.length > 0 ? [sh`usermod ${words} -- ${name} || exit 1`] : []),
      end(name, expires),
      passwordByTools(name, how.password, defaults),
    ]);
  }
  const fields: Record<number, string> = {
    ...(uid === undefined ? {} : { 3: String(uid) }),
    ...(gid === undefined ? {} : { 4: String(gid) }),
    ...(comment === undefined ? {} : { 5: comment }),
    ...(home === undefined ? {} : { 6: home }),
    ...(shell === undefined ? {} : { 7: shell }),
  };
  const files = groups === undefined ? [] : ['/etc/group', '/etc/gshadow'];
  return lines([
    lockAccounts,
    setFields('/etc/passwd', name, fields),
    ...files.map((file) => setMember(file, name, groups ?? [], false)),
    ...(expires === undefined ? [] : [setFields('/etc/shadow', name, { 8: String(expires ?? '') })]),
    passwordInFiles(name, how.password),
    ...(how.move && home !== undefined ? [sh`mv -- ${from.home} ${home} || exit 1`] : []),
    handOver(how.move && home !== undefined ? home : from.home, name, from, { uid, gid }),
  ]);
}

/** Takes a user's lines out; with `remove` also what belongs to it. */
export function removeUser(
  name: string,
  options: {
    readonly remove: boolean;
    readonly force: boolean;
    readonly ownGroup: boolean;
    readonly home: string;
    readonly uid: number;
  },
  defaults: AccountDefaults,
): Script {
  const { remove, force, home, uid } = options;
  if (defaults.tools)
    return sh`${systemPath}
userdel ${[...(force ? ['-f'] : []), ...(remove ? ['-r'] : [])]} -- ${name} || exit 1`;
  return lines([
    lockAccounts,
    ...['/etc/group', '/etc/gshadow'].map((file) => setMember(file, name, [], false)),
    ...(options.ownGroup ? [removeLines('/etc/group', name), removeLines('/etc/gshadow', name)] : []),
    ...ownFiles.map((file) => removeLines(file, name)),
    ...(remove
      ? [
          sh`rm -f -- ${mailOf(name)} || exit 1`,
          sh`if [ "$(stat -c %u -- ${home} 2>/dev/null)" = ${String(uid)} ]; then rm -rf -- ${home} || exit 1; fi`,
        ]
      : []),
  ]);
}

/** Where a user's mail may lie; one is mostly a link to the other's folder. */
export function mailOf(name: string): readonly string[] {
  return [`/var/mail/${name}`, `/var/spool/mail/${name}`];
}

/** Gives back the lines and memberships of a user as they were saved. */
export function restoreUser(name: string, ownGroup: boolean): Script {
  return lines([
    lockAccounts,
    ...ownFiles.map((file) => restoreLines(file, name)),
    ...['/etc/group', '/etc/gshadow'].map((file) => restoreMember(file, name, ownGroup)),
    restoreBackups,
  ]);
}

/** Takes the empty mail box away that useradd has made; the change has saved it behind the files of accounts. */
export function removeNewMail(name: string): Script {
  return lines(
    mailOf(name).map(
      (file, index) =>
        sh`if [ ! -e "$FETTLE_SAVE"/${accountFiles.length + index} ] && [ -f ${file} ] && [ ! -s ${file} ]; then rm -f -- ${file} || exit 1; fi`,
    ),
  );
}

/** Gives what a user owns in its home, and its mail, to another number; usermod does so, and an undo must. */
export function handOver(
  home: string,
  name: string,
  from: { readonly uid: number; readonly gid: number },
  to: { readonly uid: number | undefined; readonly gid: number | undefined },
): Script {
  const { uid, gid } = to;
  const group =
    gid === undefined
      ? []
      : [
          sh`if [ -d ${home} ]; then find ${home} -xdev -user ${from.uid} -group ${from.gid} -exec chgrp -h -- ${String(gid)} {} + || exit 1; fi`,
        ];
  const owner =
    uid === undefined
      ? []
      : [
          sh`if [ -d ${home} ]; then find ${home} -xdev -user ${from.uid} -exec chown -h -- ${String(uid)} {} + || exit 1; fi`,
          sh`for f in ${mailOf(name)}; do if [ -f "$f" ] && [ "$(stat -c %u -- "$f")" = ${from.uid} ]; then chown -h -- ${String(uid)} "$f" || exit 1; fi; done`,
        ];
  return lines([...group, ...owner]);
}

const ownFiles = ['/etc/passwd', '/etc/shadow', '/etc/subuid', '/etc/subgid'];
const systemPath = sh`PATH=$PATH:/usr/sbin:/sbin`;
const today = sh`"$(($(date +%s)/86400))"`;

function end(name: string, expires: number | null | undefined): Script {
  return expires === undefined ? sh`:` : sh`chage -E ${String(expires ?? -1)} -- ${name} || exit 1`;
}

// After the tools, which take the locks themselves.
function passwordByTools(name: string, { set, lock }: PasswordStep, { chpasswd }: AccountDefaults): Script {
  if (set)
    return chpasswd
      ? sh`chpasswd -e <${sent(0)} || exit 1`
      : lines([lockAccounts, passwordInFiles(name, { set, what: [] })]);
  return lock === undefined ? sh`:` : sh`usermod ${lock ? '-L' : '-U'} -- ${name} || exit 1`;
}

function passwordInFiles(name: string, { set, lock }: PasswordStep): Script {
  if (set) return lines([setHash(name, sent(0)), setFields('/etc/shadow', name, { 3: today })]);
  return lock === undefined ? sh`:` : setLock(name, lock);
}
