import { CannotPlan, type Change, predict } from '../contract/change.ts';
import { parentOf, tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, known, type Probe } from '../contract/probe.ts';
import { type AccountDefaults, accountDefaults } from '../facts/account_defaults.ts';
import { group as groupFact, type GroupEntry } from '../facts/group.ts';
import { type LocalAccount, localAccount } from '../facts/local_account.ts';
import { localGroup, type LocalGroup } from '../facts/local_group.ts';
import { askDirectory, type DirectoryState, makeDirectories } from '../facts/make_directory.ts';
import { passwd, type PasswdEntry } from '../facts/passwd.ts';
import { accountFiles } from '../shell/account_files.ts';
import { Secret } from '../shell/secret.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type UserArgs, userArguments } from './user/arguments.ts';
import {
  dayOf,
  differenceOf,
  groupWords,
  type Line,
  namedGroups,
  refuseGroup,
  wantedEnd,
} from './user/difference.ts';
import { makeHome } from './user/home.ts';
import { type PasswordStep, passwordStep } from './user/password.ts';
import {
  changeUser,
  handOver,
  mailOf,
  makeUser,
  removeNewMail,
  removeUser,
  restoreUser,
} from './user/scripts.ts';

export interface UserState {
  readonly defaults: AccountDefaults;
  /** From every source that the host knows. */
  readonly entry: PasswdEntry | null;
  readonly local: LocalAccount;
  /** The group of the user's name. */
  readonly ownGroup: LocalGroup | null;
  /** `group`; null where there is none of this name. */
  readonly primary: GroupEntry | null;
  readonly groups: readonly (GroupEntry | null)[];
  /** The user that has the wanted number. */
  readonly holder: PasswdEntry | null;
  /** The way to the wanted home. */
  readonly above: DirectoryState | null;
}

/** A user of the host's own files. */
export const user: Module<UserArgs, UserState> = {
  kind: 'resource',
  name: 'user',
  summary: 'Makes, changes and removes users, with their groups, home and password.',
  args: userArguments,
  notes: [
    'A user without a password is locked, and sshd without PAM refuses the keys of locked users: `password: "*"` lets no password in and keys through.',
    '`password` is a hash, since a password in plain text could not be compared and would lie in the playbook. It is handed to `chpasswd -e` on standard input. DES hashes are refused, since any thirteen letters could be one.',
    'useradd, usermod, chage, chpasswd and userdel do it; where a host has none (busybox), the files are edited under the same locks.',
    'A group of the name of a new user that is there already becomes its primary group; Ansible takes the group `users`.',
    'With another uid or primary group, what the user owns in its home goes along, as usermod has it; undo gives all of it back, so that files that had the new group before get the old one.',
    "Undo puts the user's own lines of passwd, shadow, group and gshadow back as they were, and leaves those of others. A home that it has made goes only while it holds nothing but the skeleton.",
    'A removed user leaves its home unless `remove: true`, which cannot be taken back.',
  ],
  probe: probeUser,
  plan: (args, state) => (args.state === 'absent' ? planAbsent(args, state) : planPresent(args, state)),
  result: (args, { entry, local }) => ({
    name: args.name,
    state: args.state ?? 'present',
    ...(entry
      ? { uid: entry.uid, group: entry.gid, comment: entry.gecos, home: entry.home, shell: entry.shell }
      : {}),
    groups: local.groups.map((one) => one.name).join(','),
  }),
};

function probeUser(args: UserArgs): Probe<UserState> {
  const { name, uid, group, home } = args;
  const groupOf = (word: string) =>
    ask(groupFact, /^\d+$/.test(word) ? { gid: Number(word) } : { name: word });
  return all({
    defaults: ask(accountDefaults, undefined),
    entry: ask(passwd, { name }),
    local: ask(localAccount, { name, home: home === undefined ? null : tidyPath(home) }),
    ownGroup: ask(localGroup, name),
    primary: group === undefined ? known<GroupEntry | null>(null) : groupOf(group),
    groups: each(groupWords(args).map(groupOf)),
    holder: uid === undefined ? known<PasswdEntry | null>(null) : ask(passwd, { uid }),
    above: home === undefined ? known<DirectoryState | null>(null) : askDirectory(parentOf(tidyPath(home))),
  });
}

function planPresent(args: UserArgs, state: UserState): readonly Change[] {
  const { entry, local, primary, holder } = state;
  if (args.group !== undefined && !primary) refuseGroup(args.group);
  const isNew = !entry && !local.entry;
  if (holder && holder.name !== args.name && !args.non_unique && args.uid !== (local.entry ?? entry)?.uid) {
    throw new CannotPlan(`uid ${args.uid} belongs to the user ${holder.name}`, {
      next: 'take another, or say non_unique: true',
    });
  }
  const account = isNew ? [make(args, state)] : change(args, state);
  const isMoving = !isNew && moves(args, state);
  const { path: home, kind } = local.home;
  const needsHome = (args.create_home ?? true) && kind === 'absent' && !isMoving && home !== '/nonexistent';
  if (!needsHome || (!isNew && !local.entry)) return account;
  const missing = state.above?.missing ?? [];
  const parents =
    state.above && missing.length > 0 ? [makeDirectories(state.above.path, state.above, missing, {})] : [];
  return [...account, ...parents, makeHome(args.name, home, state.defaults)];
}

function make(args: UserArgs, state: UserState): Change {
  const { name, uid, comment = '', system = false } = args;
  const { defaults, primary, ownGroup, local } = state;
  const shell = args.shell ?? defaults.shell;
  const home = local.home.path;
  const gid = primary?.gid ?? ownGroup?.gid ?? (defaults.userGroups ? undefined : usersGroup);
  const groups = (namedGroups(args, state.groups) ?? [])
    .filter((one) => one.gid !== gid)
    .map((one) => one.name);
  const password = passwordStep(args, null, true);
  const expires = wantedEnd(args);
  const after = [
    ...(uid === undefined ? [] : [`uid ${uid}`]),
    // A group that a step before this one is to make has no number yet.
    ...(gid === undefined ? [] : [gid < 0 ? `group ${primary?.name}` : `gid ${gid}`]),
    ...(comment === '' ? [] : [`comment ${JSON.stringify(comment)}`]),
    `home ${home}`,
    `shell ${shell}`,
    ...(groups.length > 0 ? [`groups ${groups.join(',')}`] : []),
    ...(expires === undefined ? [] : [`ends ${dayOf(expires)}`]),
    ...(password.set ? ['password set'] : []),
    ...password.what,
  ];
  const made = {
    name,
    uid,
    shared: args.non_unique === true,
    gid,
    groups,
    comment,
    home,
    shell,
    system,
    expires,
    password,
  };
  return changeOf(args, {
    what: `make the user ${name}${uid === undefined ? '' : `, uid ${uid}`}`,
    before: null,
    after: [`user ${name}`, ...after],
    password,
    apply: makeUser(made, defaults),
    undo: lines([restoreUser(name, true), removeNewMail(name)]),
    entry: { name, uid: uid ?? -1, gid: gid ?? -1, gecos: comment, home, shell },
    saves: [...accountFiles, ...mailOf(name)],
  });
}

function change(args: UserArgs, state: UserState): readonly Change[] {
  const { name } = args;
  const { local, primary, defaults } = state;
  const now = (local.entry ?? state.entry) as PasswdEntry;
  const wanted = { primary, groups: namedGroups(args, state.groups) };
  const { difference, lines: fields } = differenceOf(args, now, local, wanted);
  const password = passwordStep(args, local.shadow, false);
  if (fields.length === 0 && password.what.length === 0) return [];
  if (!local.entry) {
    throw new CannotPlan(`the user ${name} is not in /etc/passwd: it comes from a directory (LDAP, SSSD)`, {
      next: `change it there: ${[...fields.map(shown), ...password.what].join(', ')}`,
    });
  }
  const move = moves(args, state);
  const { uid, gid, home = now.home } = difference;
  const after: PasswdEntry = {
    ...now,
    uid: uid ?? now.uid,
    gid: gid ?? now.gid,
    gecos: difference.comment ?? now.gecos,
    home,
    shell: difference.shell ?? now.shell,
  };
  const back = { uid: uid === undefined ? undefined : now.uid, gid: gid === undefined ? undefined : now.gid };
  return [
    changeOf(args, {
      what: `user ${name}: ${[...fields.map(shown), ...password.what].join(', ')}`,
      before: [`user ${name}`, ...fields.map((field) => `${field.name} ${field.from}`)],
      after: [`user ${name}`, ...fields.map((field) => `${field.name} ${field.to}`), ...password.what],
      password,
      apply: changeUser(
        name,
        difference,
        now,
        { move, shared: args.non_unique === true, password },
        defaults,
      ),
      undo: lines([
        restoreUser(name, false),
        ...(move ? [sh`if [ ! -e ${now.home} ]; then mv -- ${home} ${now.home} || exit 1; fi`] : []),
        handOver(now.home, name, after, back),
      ]),
      entry: after,
      touched: move ? [now.home, home] : [],
    }),
  ];
}

function planAbsent(args: UserArgs, { entry, local, ownGroup, defaults }: UserState): readonly Change[] {
  const { name, remove = false, force = false } = args;
  const now = local.entry;
  if (!now) {
    if (!entry) return [];
    throw new CannotPlan(`the user ${name} is not in /etc/passwd: it comes from a directory (LDAP, SSSD)`, {
      next: 'remove it there',
    });
  }
  if (now.uid === 0) throw new CannotPlan(`${name} is root, and is never removed`);
  const hasOwnGroup =
    ownGroup?.gid === now.gid &&
    ownGroup.members.every((member) => member === name) &&
    ownGroup.primaryOf.every((one) => one === name);
  const groups = local.groups.map((one) => one.name);
  const isLost = remove && local.oldHome !== 'absent';
  const change = changeOf(args, {
    what: `remove the user ${name}, uid ${now.uid}${isLost ? `, with its home ${now.home}` : ''}`,
    before: [
      `user ${name}`,
      `uid ${now.uid}`,
      `gid ${now.gid}`,
      `home ${now.home}`,
      `shell ${now.shell}`,
      ...(groups.length > 0 ? [`groups ${groups.join(',')}`] : []),
    ],
    after: null,
    password: { what: [] },
    apply: removeUser(name, { remove, force, ownGroup: hasOwnGroup, home: now.home, uid: now.uid }, defaults),
    undo: restoreUser(name, true),
    entry: null,
    touched: isLost ? [now.home] : [],
  });
  if (!isLost) return [change];
  return [{ ...change, undo: { impossible: `what is in ${now.home} goes for good` } }];
}

// useradd's own, where a new user gets no group of its own.
const usersGroup = 100;

function moves({ move_home: move, home }: UserArgs, { local }: UserState): boolean {
  const isOther = home !== undefined && local.entry !== null && tidyPath(home) !== local.entry.home;
  return move === true && isOther && local.oldHome === 'directory' && local.home.kind === 'absent';
}

function shown({ name, from, to }: Line): string {
  return `${name} ${from} → ${to}`;
}

interface Parts {
  readonly what: string;
  readonly before: readonly string[] | null;
  readonly after: readonly string[] | null;
  readonly password: PasswordStep;
  readonly apply: Script;
  readonly undo: Script;
  readonly entry: PasswdEntry | null;
  readonly touched?: readonly string[];
  readonly saves?: readonly string[];
}

function changeOf({ name }: UserArgs, parts: Parts): Change {
  const { what, before, after, password, apply, undo, entry, touched = [], saves = accountFiles } = parts;
  const text = (all: readonly string[] | null) => all && all.map((line) => `${line}\n`).join('');
  return {
    what,
    diff: { before: text(before), after: text(after) },
    touches: [
      `user:${name}`,
      `group:${name}`,
      `crontab:${name}`,
      `authorized_keys:${name}`,
      ...[...saves, ...touched].map((file) => `path:${file}` as const),
    ],
    saves,
    ...(password.set
      ? { sends: [{ kind: 'bytes', bytes: Secret.join([`${name}:`, password.set, '\n']) }] }
      : {}),
    apply,
    undo,
    predicts: [predict({ fact: passwd, subject: { name } }, entry)],
  };
}
