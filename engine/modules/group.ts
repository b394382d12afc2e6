import { Type } from 'typebox';
import { CannotPlan, type Change, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, known } from '../contract/probe.ts';
import { type AccountDefaults, accountDefaults } from '../facts/account_defaults.ts';
import { group as groupFact, type GroupEntry } from '../facts/group.ts';
import { localGroup, type LocalGroup } from '../facts/local_group.ts';
import {
  accountFiles,
  addLine,
  lockAccounts,
  removeLines,
  replaceField,
  restoreBackups,
  restoreLines,
  setFields,
} from '../shell/account_files.ts';
import { lines, sh, type Script } from '../shell/script.ts';

export interface GroupArgs {
  readonly name: string;
  readonly gid?: number;
  readonly state?: 'present' | 'absent';
  readonly system?: boolean;
  readonly non_unique?: boolean;
  readonly local?: boolean;
}

export interface GroupState {
  readonly defaults: AccountDefaults;
  /** From every source that the host knows. */
  readonly entry: GroupEntry | null;
  readonly local: LocalGroup | null;
  /** The group that has the wanted number. */
  readonly holder: GroupEntry | null;
}

/** A group of the host's own files. */
export const group: Module<GroupArgs, GroupState> = {
  kind: 'resource',
  name: 'group',
  summary: 'Makes and removes groups, and gives them their number.',
  args: Type.Object(
    {
      name: Type.String({
        pattern: '^[A-Za-z_][A-Za-z0-9_.-]{0,31}$',
        description: 'The name.',
        errorMessage: 'must be a name of letters, digits and _ . -, at most 32',
      }),
      gid: Type.Optional(Type.Integer({ minimum: 0, maximum: 4294967294, description: 'The number.' })),
      state: Type.Optional(
        Type.Union([Type.Literal('present'), Type.Literal('absent')], {
          default: 'present',
          description: 'Whether the group is there.',
        }),
      ),
      system: Type.Optional(
        Type.Boolean({ description: 'A new group gets a number of those for the system.' }),
      ),
      non_unique: Type.Optional(
        Type.Boolean({ description: 'The number may be that of another group; needs `gid`.' }),
      ),
      local: Type.Optional(
        Type.Boolean({
          description: 'For playbooks of Ansible: only the files of the host are ever changed.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  notes: [
    'groupadd, groupmod and groupdel do it; where a host has none (busybox), the files are edited under the same locks.',
    'Another number is also given to the users whose primary group it is, but not to files: find them by their old number.',
    'Undo gives back the number and the members as they were. A group that was made is not taken away while a user has it as primary group.',
  ],
  probe: ({ name, gid }) =>
    all({
      defaults: ask(accountDefaults, undefined),
      entry: ask(groupFact, { name }),
      local: ask(localGroup, name),
      holder: gid === undefined ? known<GroupEntry | null>(null) : ask(groupFact, { gid }),
    }),
  plan(args, state) {
    const { entry, local } = state;
    if (!local && entry && (args.state === 'absent' || differs(args, entry.gid))) {
      throw new CannotPlan(
        `the group ${args.name} is not in /etc/group: it comes from a directory (LDAP, SSSD)`,
        {
          next: 'change it there',
        },
      );
    }
    if (args.state === 'absent') return local ? [remove(args, state, local)] : [];
    if (!entry && !local) return [make(args, state)];
    return local && differs(args, local.gid) ? [renumber(args, state, local)] : [];
  },
  result: ({ name, state = 'present', system = false }, { entry }) => ({
    name,
    state,
    system,
    ...(entry ? { gid: entry.gid } : {}),
  }),
};

function differs({ gid }: GroupArgs, now: number): boolean {
  return gid !== undefined && gid !== now;
}

function make(args: GroupArgs, state: GroupState): Change {
  const { name, gid, system } = args;
  refuseTaken(args, state);
  const { tools, gids, systemGids } = state.defaults;
  const number = gid === undefined ? [] : ['-g', String(gid), ...(args.non_unique ? ['-o'] : [])];
  const by = [...number, ...(system ? ['-r'] : [])];
  const [from, to] = system ? systemGids : gids;
  const free = gid === undefined ? sh`g=$(free ${from} ${to}) || exit 1` : sh`g=${String(gid)}`;
  return changeOf(args, {
    what: `make the group ${name}${gid === undefined ? '' : `, gid ${gid}`}`,
    before: null,
    after: `group ${name}\n${gid === undefined ? '' : `gid ${gid}\n`}`,
    apply: tools
      ? sh`groupadd ${by} -- ${name} || exit 1`
      : lines([
          lockAccounts,
          free,
          addLine('/etc/group', sh`${name}:x:"$g":`),
          addLine('/etc/gshadow', sh`${`${name}:!::`}`),
        ]),
    undo: lines([
      lockAccounts,
      refuseUsed(name),
      restoreLines('/etc/group', name),
      restoreLines('/etc/gshadow', name),
    ]),
    entry: { name, gid: gid ?? -1, members: [] },
    local: { gid: gid ?? -1, members: [], primaryOf: [] },
  });
}

function remove(args: GroupArgs, { defaults }: GroupState, local: LocalGroup): Change {
  const { name } = args;
  if (local.primaryOf.length > 0) {
    throw new CannotPlan(`${name} is the primary group of ${local.primaryOf.join(', ')}`, {
      next: 'give these users another group, or remove them first',
    });
  }
  return changeOf(args, {
    what: `remove the group ${name}, gid ${local.gid}`,
    before: shown(name, local),
    after: null,
    apply: defaults.tools
      ? sh`groupdel -- ${name} || exit 1`
      : lines([lockAccounts, removeLines('/etc/group', name), removeLines('/etc/gshadow', name)]),
    undo: lines([lockAccounts, restoreLines('/etc/group', name), restoreLines('/etc/gshadow', name)]),
    entry: null,
    local: null,
  });
}

function renumber(args: GroupArgs, state: GroupState, local: LocalGroup): Change {
  const { name, gid = local.gid } = args;
  refuseTaken(args, state);
  const [from, to] = [String(local.gid), String(gid)];
  const move = (old: string, now: string): Script =>
    lines([
      lockAccounts,
      setFields('/etc/group', name, { 3: now }),
      replaceField('/etc/passwd', 4, old, now),
    ]);
  return changeOf(args, {
    what: `group ${name}: gid ${from} → ${to}`,
    before: shown(name, local),
    after: shown(name, { ...local, gid }),
    apply: state.defaults.tools
      ? sh`groupmod -g ${to} ${args.non_unique ? ['-o'] : []} -- ${name} || exit 1`
      : move(from, to),
    undo: move(to, from),
    entry: { name, gid, members: local.members },
    local: { ...local, gid },
  });
}

function refuseTaken({ name, gid, non_unique: shared }: GroupArgs, { holder }: GroupState): void {
  if (!holder || holder.name === name || shared) return;
  throw new CannotPlan(`gid ${gid} belongs to the group ${holder.name}`, {
    next: 'take another, or say non_unique: true',
  });
}

/** The number may have gone to a user since. */
function refuseUsed(name: string): Script {
  return sh`n=${name} awk -F: 'FILENAME == ARGV[1] { if ($1 == ENVIRON["n"]) g = $3; next } g != "" && $4 == g { print "the primary group of " $1; bad = 1 } END { exit bad }' /etc/group /etc/passwd >&2 || exit 1`;
}

interface Parts {
  readonly what: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly apply: Script;
  readonly undo: Script;
  readonly entry: GroupEntry | null;
  readonly local: LocalGroup | null;
}

function changeOf({ name, gid }: GroupArgs, parts: Parts): Change {
  const { what, before, after, entry, local } = parts;
  return {
    what,
    diff: { before, after },
    touches: [`group:${name}`, ...accountFiles.map((file) => `path:${file}` as const)],
    saves: accountFiles,
    apply: lines([sh`PATH=$PATH:/usr/sbin:/sbin`, parts.apply]),
    undo: lines([parts.undo, restoreBackups]),
    predicts: [
      predict({ fact: groupFact, subject: { name } }, entry),
      predict({ fact: localGroup, subject: name }, local),
      ...(gid !== undefined && entry ? [predict({ fact: groupFact, subject: { gid } }, entry)] : []),
    ],
  };
}

function shown(name: string, { gid, members }: LocalGroup): string {
  return `group ${name}\ngid ${gid}\n${members.length > 0 ? `members ${members.join(', ')}\n` : ''}`;
}
