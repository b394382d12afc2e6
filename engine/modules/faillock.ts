import { CannotPlan, type Change, predict, saved } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import {
  faillock as faillockFact,
  type FaillockAnswer,
  faillockTally,
  type Tally,
  tallyDirectory,
} from '../facts/faillock.ts';
import { pamKey } from '../facts/pam_files.ts';
import { withSystemPath } from '../facts/program.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';
import {
  defaultConf,
  type FaillockArgs,
  faillockArguments,
  type Option,
  usualFiles,
  type Wanted,
  wantedOf,
} from './faillock/arguments.ts';
import { withOptions } from './faillock/conf.ts';
import { confOf, faillockLines, lineValue, withArguments } from './faillock/lines.ts';

export interface FaillockState {
  readonly host: FaillockAnswer;
  readonly conf: EditState;
  /** By path. */
  readonly files: ReadonlyMap<string, EditState>;
  readonly tally: Tally | null;
}

/** The values of pam_faillock, and the failures of a user. */
export const faillock: Module<FaillockArgs, FaillockState> = {
  kind: 'resource',
  name: 'faillock',
  summary:
    'Sets when pam_faillock locks users, where it really reads it, and forgets the failures of a user.',
  args: faillockArguments,
  notes: [
    'Whether pam_faillock reads /etc/security/faillock.conf is seen in the module itself: since Linux-PAM 1.4 and RHEL 8.2 it does, in EL7 it takes arguments alone.',
    'A value on a line of PAM goes before the file; so an option that a line names is changed there too, on all lines of the `files` alike (openEuler, Kylin). Where no file is read, it is added to each line: preauth and authfail read their own.',
    'It sets values only and brings no line of PAM: pam_faillock must be in the stacks (see `authselect`, `pam_auth_update`, `pam`). Lines of authselect’s own files are never changed.',
    '`even_deny_root` and `root_unlock_time` lock root, for any who try its password often enough. Keep a way in by key and `root_unlock_time` short.',
    'Lines of the file keep their place, blanks and comments. A new one goes below its example that is commented out. The last line of an option counts; a flag is on whatever is written behind it.',
    'Failures lie in /var/run/faillock, which a boot empties. A login by key as that user forgets them in Linux-PAM before 1.7.2.',
    'Undo of `state: reset` gives the failures back. The register has `module` (where pam_faillock.so is, or null), `reads_conf`, and `tally` (`failures`: how many count, `rows`, `dir`) where `user` is given.',
    'Sources: pam_faillock(8), faillock.conf(5), faillock(8), faillock_config.c of Linux-PAM.',
  ],
  probe: (args) =>
    all({
      host: ask(faillockFact, undefined),
      conf: askEdit(confPath(args)),
      files: map(
        each(filesOf(args).map((file) => askEdit(file))),
        (states) => new Map(filesOf(args).map((file, index) => [file, states[index] as EditState])),
      ),
      tally: map(
        each(args.user === undefined ? [] : [ask(faillockTally, tallySubject(args, args.user))]),
        ([tally]) => tally ?? null,
      ),
    }),
  plan: planFaillock,
  result: (args, { host, tally }) => ({
    module: host.module,
    reads_conf: host.readsConf,
    files: [...new Set(host.lines.map(({ file }) => file))],
    ...(tally
      ? {
          tally: {
            user: args.user ?? '',
            dir: tally.dir,
            failures: countOf(tally),
            rows: tally.failures ?? [],
          },
        }
      : {}),
  }),
};

function confPath({ path = defaultConf }: FaillockArgs): string {
  return tidyPath(path);
}

function filesOf({ files = [...usualFiles] }: FaillockArgs): readonly string[] {
  return [...new Set(files.map(tidyPath))];
}

function tallySubject({ dir }: FaillockArgs, user: string) {
  return { user, dir: dir === undefined ? null : tidyPath(dir) };
}

function countOf({ failures }: Tally): number {
  return failures?.filter(({ valid }) => valid).length ?? 0;
}

function planFaillock(args: FaillockArgs, state: FaillockState): readonly Change[] {
  const wanted = wantedOf(args);
  if (args.state === 'reset' && args.user === undefined)
    throw new CannotPlan('`state: reset` needs `user`', {
      next: 'name the user whose failures are to be forgotten',
    });
  return [...(wanted.size > 0 ? planOptions(args, wanted, state) : []), ...planReset(args, state)];
}

function planOptions(args: FaillockArgs, wanted: Wanted, state: FaillockState): readonly Change[] {
  const { host } = state;
  refuseHost(wanted, host);
  const path = confPath(args);
  const edits = [...ownFiles(state)].map(([file, edit]) => {
    const old = editable(file, edit)?.toString('latin1') ?? '';
    return { file, edit, old, text: withArguments(old, wanted, !host.readsConf) };
  });
  for (const { file, edit, old, text } of edits) {
    refuseOtherConf(file, old, path);
    if (text !== old) refuseAuthselect(file, realOf(file, edit));
  }
  refuseStrays(args, wanted, state);
  if (!host.readsConf && !edits.some(({ text }) => faillockLines(text).some(({ type }) => type === 'auth')))
    throw new CannotPlan(
      `no auth line of ${edits.map(({ file }) => file).join(', ') || filesOf(args).join(', ')} runs pam_faillock, and this pam_faillock reads no faillock.conf`,
      { missing: `path:${filesOf(args)[0] ?? '/etc/pam.d'}`, next: 'bring its lines in first, with `pam`' },
    );
  const inFiles = edits
    .filter(({ text, old }) => text !== old)
    .flatMap(({ file, edit, text }) => {
      const what = `${said(wanted)} on the pam_faillock lines of ${file}`;
      return planEdit(file, edit, { bytes: Buffer.from(text, 'latin1'), what }, {});
    })
    .map((change): Change => {
      const touches: Change['touches'] = change.touches === '*' ? '*' : [...change.touches, pamKey];
      return { ...change, touches, predicts: [...(change.predicts ?? []), ...afterwards(wanted, state)] };
    });
  return [...inFiles, ...(host.readsConf ? planConf(path, wanted, state) : [])];
}

/** What is certain of the lines of all files once those that are kept in step are changed. */
function afterwards(wanted: Wanted, { host, files }: FaillockState) {
  const known = namesOf(files);
  const isOpen = ({ text }: { text: string }) => text.trimEnd().endsWith('\\');
  if (host.lines.some(isOpen)) return [];
  const lines = host.lines.map(({ file, text }) => ({
    file,
    text: known.has(file) ? withArguments(text, wanted, !host.readsConf) : text,
  }));
  return [predict({ fact: faillockFact, subject: undefined }, { ...host, lines })];
}

function planConf(path: string, wanted: Wanted, { conf }: FaillockState): readonly Change[] {
  const old = editable(path, conf)?.toString('latin1') ?? null;
  const text = withOptions(old ?? '', wanted);
  if (text === (old ?? '')) return [];
  const edit = { bytes: Buffer.from(text, 'latin1'), what: `${said(wanted)} in ${path}` };
  return planEdit(path, conf, edit, { create: true });
}

/** The files that are there, each real file once. */
function ownFiles({ files }: FaillockState): ReadonlyMap<string, EditState> {
  const found = new Map<string, EditState>();
  const reals = new Set<string>();
  for (const [file, edit] of files) {
    const real = realOf(file, edit);
    if (edit.now.kind === 'absent' || reals.has(real)) continue;
    reals.add(real);
    found.set(file, edit);
  }
  return found;
}

function namesOf(files: FaillockState['files']): ReadonlySet<string> {
  return new Set([...files].flatMap(([file, edit]) => [file, realOf(file, edit)]));
}

function realOf(file: string, { at }: EditState): string {
  return at.kind !== 'absent' && at.real !== undefined ? at.real : file;
}

function refuseHost(wanted: Wanted, { module, readsConf }: FaillockAnswer): void {
  if (module === null)
    throw new CannotPlan('the host has no pam_faillock.so', {
      missing: 'path:/usr/lib64/security',
      next: 'it comes with the package pam (RHEL, openEuler, Kylin), libpam-modules (Debian 11, Ubuntu 22.04 and later) or linux-pam (Alpine)',
    });
  const late: readonly Option[] = ['local_users_only', 'nodelay', 'admin_group'];
  const unknown = late.filter((option) => wanted.get(option));
  if (!readsConf && unknown.length > 0)
    throw new CannotPlan(
      `this pam_faillock reads no faillock.conf and is too old to know ${unknown.join(', ')}`,
      {
        next: 'leave it out for this host',
      },
    );
}

function refuseOtherConf(file: string, text: string, path: string): void {
  for (const line of faillockLines(text)) {
    const conf = confOf(line);
    if (conf !== undefined && conf !== path)
      throw new CannotPlan(`${file}, line ${line.number}, reads ${conf} in place of ${path}`, {
        next: `say path: ${conf}, or take conf= out of the line`,
      });
  }
}

function refuseAuthselect(file: string, real: string): void {
  if (real.startsWith('/etc/authselect/'))
    throw new CannotPlan(`${file} leads to ${real}, which authselect writes anew each time`, {
      next: 'take the options off in authselect’s profile (authselect create-profile), so that faillock.conf counts',
    });
}

/** Lines elsewhere that would go on to say something else. */
function refuseStrays(args: FaillockArgs, wanted: Wanted, { host, files }: FaillockState): void {
  const known = namesOf(files);
  for (const { file, text } of host.lines) {
    if (known.has(file) || withArguments(text, wanted, !host.readsConf) === text) continue;
    const [line] = faillockLines(text);
    const own = [...wanted.keys()].filter((option) => line && lineValue(line, option) !== null);
    throw new CannotPlan(
      `a pam_faillock line of ${file} ${own.length > 0 ? `says otherwise (${own.join(', ')})` : 'would go without the options'}`,
      {
        missing: `path:${file}`,
        next: `name all files that are to be kept in step: files: [${[...filesOf(args), file].join(', ')}]`,
      },
    );
  }
}

function planReset(args: FaillockArgs, { tally }: FaillockState): readonly Change[] {
  const { user, state } = args;
  if (user === undefined || state !== 'reset' || !tally) return [];
  if (tally.failures === null)
    throw new CannotPlan('the host has no faillock program', {
      missing: 'program:faillock',
      next: 'it comes with the package pam (RHEL, openEuler, Kylin), libpam-modules-bin (Debian, Ubuntu) or linux-pam (Alpine)',
    });
  if (tally.failures.length === 0) return [];
  const file = `${tally.dir || tallyDirectory}/${user}`;
  const rows = tally.failures.map(
    ({ when, type, source, valid }) => `${when} ${type} ${source} ${valid ? 'V' : 'I'}\n`,
  );
  return [
    {
      what: `forget ${rows.length} failure${rows.length === 1 ? '' : 's'} of ${user}`,
      diff: { before: rows.join(''), after: '' },
      touches: [`faillock:${user}`, `path:${file}`],
      saves: [file],
      apply: lines([withSystemPath, sh`faillock --dir ${tally.dir} --user ${user} --reset`]),
      undo: restoreFile(file, saved(0)),
      predicts: [
        predict({ fact: faillockTally, subject: tallySubject(args, user) }, { ...tally, failures: [] }),
      ],
    },
  ];
}

function said(wanted: Wanted): string {
  const set = [...wanted].filter(([, value]) => value !== null);
  const gone = [...wanted].filter(([, value]) => value === null).map(([option]) => option);
  return [
    ...(set.length > 0
      ? [`set ${set.map(([option, value]) => (value === true ? option : `${option} = ${value}`)).join(', ')}`]
      : []),
    ...(gone.length > 0 ? [`${set.length > 0 ? 'no' : 'set no'} ${gone.join(', ')}`] : []),
  ].join(', ');
}
