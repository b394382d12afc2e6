import { CannotPlan, type Change, saved } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map } from '../contract/probe.ts';
import { content, type ContentAnswer } from '../facts/content.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { pamKey } from '../facts/pam_files.ts';
import { program, withSystemPath } from '../facts/program.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type PamAuthUpdateArgs, pamAuthUpdateArguments } from './pam_auth_update/arguments.ts';
import { type BlockType, blockTypes, findProfiles } from './pam_auth_update/blocks.ts';
import { isStale, profileText } from './pam_auth_update/profile.ts';

export interface PamAuthUpdateState {
  readonly tool: string | null;
  /** What the files hold that pam-auth-update keeps, by path. */
  readonly kept: ReadonlyMap<string, ContentAnswer>;
  /** The files of the profiles that are named, by their names. */
  readonly profiles: ReadonlyMap<string, EditState>;
}

/** The profiles that make Debian's common files of PAM. */
export const pamAuthUpdate: Module<PamAuthUpdateArgs, PamAuthUpdateState> = {
  kind: 'resource',
  name: 'pam_auth_update',
  summary: 'Turns profiles of PAM on and off by pam-auth-update, and keeps their files (Debian, Ubuntu).',
  args: pamAuthUpdateArguments,
  notes: [
    'A profile is a file of /usr/share/pam-configs; pam-auth-update puts the lines of all that are in force into /etc/pam.d/common-* by priority, and reckons their jumps.',
    'Profiles that need each other (pam_faillock’s preauth and authfail) belong into one task, so that they come into force in one step.',
    'Options that were added by hand to a line of its block stay. A line that was added, changed or moved makes pam-auth-update refuse, without failing: here the task fails before anything is done, and names the line.',
    'At least one profile stays in force: pam-auth-update takes all defaults otherwise.',
    'Undo turns back the same profiles, and then gives the files of /etc/pam.d and /var/lib/pam what they held, byte for byte.',
    'Source: pam-auth-update(8) and the program itself, libpam-runtime 1.5.2.',
  ],
  probe: (args) =>
    all({
      tool: ask(program, 'pam-auth-update'),
      kept: map(
        each(keptFiles.map((path) => ask(content, { path, whole: true }))),
        (answers) => new Map(keptFiles.map((path, index) => [path, answers[index] as ContentAnswer])),
      ),
      profiles: map(
        each(named(args).map((name) => askEdit(profilePath(name)))),
        (states) => new Map(named(args).map((name, index) => [name, states[index] as EditState])),
      ),
    }),
  plan: planProfiles,
  result: (_args, state) => {
    const found = findProfiles(textsOf(state));
    return { enabled: 'profiles' in found ? found.profiles : null };
  },
};

const commonFile = (type: BlockType) => `/etc/pam.d/common-${type}`;
const savedFile = (type: BlockType) => `/var/lib/pam/${type}`;
const keptFiles = [...blockTypes.map(commonFile), ...blockTypes.map(savedFile), '/var/lib/pam/seen'];

function profilePath(name: string): string {
  return `/usr/share/pam-configs/${name}`;
}

function named({ enable = [], profiles = {} }: PamAuthUpdateArgs): readonly string[] {
  return [...new Set([...enable, ...Object.keys(profiles)])];
}

function planProfiles(args: PamAuthUpdateArgs, state: PamAuthUpdateState): readonly Change[] {
  const { enable = [], disable = [], profiles = {} } = args;
  const both = enable.find((name) => disable.includes(name));
  if (both !== undefined) throw new CannotPlan(`${both} is both to be enabled and to be disabled`);
  const written = Object.entries(profiles).flatMap(([name, text]) => planProfile(name, text, state));
  if (enable.length + disable.length === 0) return written;
  const present = inForce(state);
  for (const name of enable) {
    const isThere = name in profiles || state.profiles.get(name)?.now.kind === 'text';
    if (!isThere)
      throw new CannotPlan(`there is no profile ${profilePath(name)}`, {
        missing: `path:${profilePath(name)}`,
        next: 'install the package that brings it, or give its text in `profiles`',
      });
  }
  const on = enable.filter((name) => !present.includes(name));
  const stale = enable.filter((name) => present.includes(name) && isOld(name, profiles[name], state));
  const off = disable.filter((name) => present.includes(name));
  const after = [...present.filter((name) => !off.includes(name)), ...on].toSorted();
  if (after.length === 0)
    throw new CannotPlan('no profile would be left in force, and pam-auth-update would take all defaults', {
      next: 'leave at least one enabled, such as unix',
    });
  if (on.length + stale.length + off.length === 0) return written;
  return [...written, update({ on, stale, off, present, after }, state)];
}

function planProfile(name: string, given: string, { profiles }: PamAuthUpdateState): readonly Change[] {
  const path = profilePath(name);
  const state = profiles.get(name) as EditState;
  const text = profileText(name, given);
  const old = editable(path, state);
  const what = `${old === null ? 'write' : 'change'} the profile ${path}`;
  return planEdit(path, state, { bytes: Buffer.from(text, 'utf8'), what }, { create: true });
}

function isOld(name: string, given: string | undefined, { kept, profiles }: PamAuthUpdateState): boolean {
  const now = profiles.get(name)?.now;
  const text =
    given === undefined
      ? now?.kind === 'text'
        ? now.bytes.toString('utf8')
        : null
      : profileText(name, given);
  const saved = new Map(blockTypes.map((type) => [type, textOf(kept.get(savedFile(type)))]));
  return text !== null && isStale(name, text, saved);
}

/** The profiles in force. Throws CannotPlan where pam-auth-update cannot tell. */
function inForce(state: PamAuthUpdateState): readonly string[] {
  if (state.tool === null)
    throw new CannotPlan('the host has no pam-auth-update', {
      missing: 'program:pam-auth-update',
      next: 'it is Debian’s and Ubuntu’s (package libpam-runtime); RHEL 8 and later have authselect',
    });
  const found = findProfiles(textsOf(state));
  if ('profiles' in found) return found.profiles;
  const file = commonFile(found.file);
  throw new CannotPlan(
    found.line === null
      ? `${file} has no block of pam-auth-update’s, so that it would refuse to change it`
      : `line ${found.line} of ${file} comes from no profile, so that pam-auth-update would refuse to change it`,
    {
      missing: `path:${file}`,
      next: 'put the line before or behind the block or into a profile of its own; `pam-auth-update --force` writes the block anew without it',
    },
  );
}

function textsOf({ kept }: PamAuthUpdateState) {
  const isThere = (path: string) => kept.get(path)?.kind === 'text';
  return new Map(
    blockTypes
      .filter((type) => isThere(commonFile(type)) && isThere(savedFile(type)))
      .map((type) => [
        type,
        { current: textOf(kept.get(commonFile(type))), saved: textOf(kept.get(savedFile(type))) },
      ]),
  );
}

function textOf(answer: ContentAnswer | undefined): string {
  return answer?.kind === 'text' ? answer.bytes.toString('utf8') : '';
}

interface Update {
  readonly on: readonly string[];
  readonly stale: readonly string[];
  readonly off: readonly string[];
  readonly present: readonly string[];
  readonly after: readonly string[];
}

function update({ on, stale, off, present, after }: Update, { kept }: PamAuthUpdateState): Change {
  const saves = keptFiles.filter((path) => kept.get(path)?.kind !== 'absent');
  const made = keptFiles.filter((path) => !saves.includes(path));
  const said = [
    ...(on.length > 0 ? [`enable ${on.join(', ')}`] : []),
    ...(stale.length > 0 ? [`renew ${stale.join(', ')}`] : []),
    ...(off.length > 0 ? [`disable ${off.join(', ')}`] : []),
  ];
  return {
    what: `${said.join(', ')} (pam-auth-update)`,
    diff: { before: `${present.join('\n')}\n`, after: `${after.join('\n')}\n` },
    touches: [pamKey, ...keptFiles.map((path) => `path:${path}` as const)],
    saves,
    apply: lines([run([...on, ...stale], off), sh`case $said in *'Local modifications'*) exit 1;; esac`]),
    undo: lines([
      // For what debconf remembers; the files follow.
      run(off, on),
      ...saves.map((path, index) => sh`( ${restoreFile(path, saved(index))} ) || exit 1`),
      ...(made.length > 0 ? [sh`rm -f -- ${made} || exit 1`] : []),
    ]),
  };
}

// Its messages are kept, since it ends with 0 where it refuses.
function run(on: readonly string[], off: readonly string[]): Script {
  const words = [
    ...(on.length > 0 ? ['--enable', ...on] : []),
    ...(off.length > 0 ? ['--disable', ...off] : []),
  ];
  return lines([
    withSystemPath,
    sh`DEBIAN_FRONTEND=noninteractive LC_ALL=C; export DEBIAN_FRONTEND LC_ALL`,
    sh`said=$(pam-auth-update --package ${words} </dev/null 2>&1); r=$?`,
    sh`[ -z "$said" ] || printf '%s\\n' "$said" >&2`,
    sh`[ $r = 0 ] || exit 1`,
  ]);
}
