import { CannotPlan, type Change, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { sshdEffective, type SshdEffective, sshdOptionKey } from '../facts/sshd_effective.ts';
import { sshdFiles, type SshdFiles, sshdFilesKey } from '../facts/sshd_files.ts';
import { lines } from '../shell/script.ts';
import { type SshdConfigArgs, sshdConfigArguments } from './sshd_config/arguments.ts';
import { connectionOf } from './sshd_config/connection.ts';
import { editOption } from './sshd_config/edit.ts';
import { trialOf, withFile } from './sshd_config/included.ts';
import { type Directive, directivesOf, wordsOf } from './sshd_config/lines.ts';
import { reloadSshd, tryNewFile } from './sshd_config/scripts.ts';
import { isSatisfied, ofOption, type Wanted, wantedOf } from './sshd_config/wanted.ts';

export interface SshdConfigState {
  readonly edit: EditState;
  readonly files: SshdFiles;
  readonly effective: SshdEffective | null;
}

/** An option of the SSH server. */
export const sshdConfig: Module<SshdConfigArgs, SshdConfigState> = {
  kind: 'resource',
  name: 'sshd_config',
  summary: 'Sets an option of the SSH server, where sshd really reads it, and lets sshd judge it first.',
  args: sshdConfigArguments,
  notes: [
    'Of most options the first line that sshd reads counts, and an Include at the top is read first. A value that another file sets before is named, and nothing is changed; set it there with `path`.',
    'Port, ListenAddress, HostKey, HostCertificate, AcceptEnv, AllowUsers, DenyUsers, AllowGroups and DenyGroups add up: `value` is all of them together. Subsystem has one line a name.',
    'The line that there is changes its value only: its comment, blanks and spelling stay. A new one goes below its example that is commented out, else below the last option, and never behind a Match.',
    'The complete new configuration passes `sshd -t` before it is put into place. What is in force afterwards is asked with `sshd -T`, where it can run (as root), for a Match block with a connection that meets its criteria, unless they are groups or patterns.',
    'Without `reload`, sshd goes on with what it has read; sessions that are open stay in any case. An undo of a change with `reload` reloads as well.',
  ],
  probe: (args) => {
    const wanted = wantedOf(args);
    const subject = subjectOf(wanted);
    const probe = all({
      edit: askEdit(wanted.path),
      files: ask(sshdFiles, wanted.main),
      effective: each(subject === null ? [] : [ask(sshdEffective, subject)]),
    });
    return map(probe, ({ edit, files, effective }) => ({ edit, files, effective: effective[0] ?? null }));
  },
  plan: planOption,
  result: (args, { files, effective }) => {
    const wanted = wantedOf(args);
    const found = ofOption(wanted, directivesOf(wanted.main, files.texts, files.includes));
    return {
      path: wanted.path,
      set: found.map(({ file, line, words }) => ({ file, line, value: words.join(' ') })),
      effective: effective?.now ?? null,
    };
  },
};

function planOption(args: SshdConfigArgs, state: SshdConfigState): readonly Change[] {
  const wanted = wantedOf(args);
  const { files, edit } = state;
  refuseHost(wanted, files);
  const old = editable(wanted.path, edit)?.toString('latin1') ?? null;
  const includes = old === null ? withFile(files, wanted.main, wanted.path) : files.includes;
  const textsWith = (text: string | null) =>
    text === null ? files.texts : { ...files.texts, [wanted.path]: text };
  const before = directivesOf(wanted.main, textsWith(old), includes);
  if (isSatisfied(wanted, before)) {
    refuseOverruled(wanted, before, state.effective);
    return [];
  }
  const trial = wanted.path === wanted.main ? undefined : trialOf(files, includes, wanted.main, wanted.path);
  if (trial === null || (old === null && trial === undefined)) refuseUnread(wanted, old);
  const text = editOption(old ?? '', {
    option: wanted.option,
    values: ownTexts(wanted, before),
    match: wanted.match,
    isMeant: (value) => wanted.isMeant(wordsOf(value)),
    all: wanted.kind !== 'one',
  });
  const after = directivesOf(wanted.main, textsWith(text), includes);
  if (!isSatisfied(wanted, after)) refuseElsewhere(wanted, after);
  const changes = planEdit(
    wanted.path,
    edit,
    { bytes: Buffer.from(text, 'latin1'), what: whatOf(wanted, before) },
    { create: true, backup: args.backup },
  );
  return changes.map((change, index) =>
    index === changes.length - 1 ? finished(change, args, wanted, state, { text, trial, includes }) : change,
  );
}

/** The file's change with the trial before it, the reload behind it, and what later questions will be told. */
function finished(
  change: Change,
  { reload }: SshdConfigArgs,
  wanted: Wanted,
  { files, effective }: SshdConfigState,
  made: { text: string; trial: string | null | undefined; includes: SshdFiles['includes'] },
): Change {
  const { path, main } = wanted;
  const subject = subjectOf(wanted);
  const isMain = made.trial === undefined || made.trial === null;
  const reloading = reload ? [reloadSshd(main)] : [];
  const trial = isMain ? [] : [{ kind: 'bytes' as const, bytes: Buffer.from(made.trial ?? '', 'latin1') }];
  return {
    ...change,
    what: reload ? `${change.what}, and reload sshd` : change.what,
    touches: [
      ...(change.touches === '*' ? [] : change.touches),
      sshdFilesKey(main),
      ...(subject ? [sshdOptionKey(subject)] : []),
    ],
    sends: [...(change.sends ?? []), ...trial],
    apply: lines([tryNewFile(isMain), change.apply, ...reloading]),
    undo: 'text' in change.undo ? lines([change.undo, ...reloading]) : change.undo,
    predicts: [
      ...(change.predicts ?? []),
      predict(
        { fact: sshdFiles, subject: main },
        { ...files, includes: made.includes, texts: { ...files.texts, [path]: made.text } },
      ),
      ...(subject
        ? [
            predict(
              { fact: sshdEffective, subject },
              { now: effective?.wanted ?? null, wanted: effective?.wanted ?? null },
            ),
          ]
        : []),
    ],
  };
}

/** What sshd is asked for; null where it cannot tell, or the lines of an option add up. */
function subjectOf({ main, block, option, kind, keyword, texts }: Wanted) {
  const connection = connectionOf(block);
  const [value] = texts;
  if (connection === null || value === undefined || kind !== 'one' || keyword === 'subsystem') return null;
  return { main, connection, option, value };
}

/** What this file must say where the lines of all files add up. */
function ownTexts(wanted: Wanted, before: readonly Directive[]): readonly string[] {
  if (wanted.kind === 'one') return wanted.texts;
  const elsewhere = ofOption(wanted, before).filter(({ file }) => file !== wanted.path);
  if (wanted.kind === 'lines') {
    const there = new Set(elsewhere.map(({ words }) => words.join(' ')));
    return wanted.texts.filter((_, index) => !there.has(wanted.values[index]?.join(' ') ?? ''));
  }
  if (elsewhere.length === 0) return wanted.texts;
  const there = new Set(elsewhere.flatMap(({ words }) => words));
  const rest = wanted.values.flat().filter((word) => !there.has(word));
  return rest.length === 0 ? [] : [rest.join(' ')];
}

function whatOf(wanted: Wanted, before: readonly Directive[]): string {
  const { option, texts, match, path } = wanted;
  const old = ofOption(wanted, before).map(({ words }) => words.join(' '));
  const where = match === null ? path : `the block "Match ${match}" of ${path}`;
  if (texts.length === 0) return `take ${option} (${old.join(', ')}) out of ${where}`;
  const from = old.length === 0 ? 'not set' : wanted.kind === 'one' ? old[0] : old.join(', ');
  return `set ${option} in ${where}: ${from} → ${texts.join(', ')}`;
}

function refuseHost({ main, path }: Wanted, { program, texts }: SshdFiles): void {
  if (program === null) {
    throw new CannotPlan('this host has no sshd', {
      missing: 'program:sshd',
      next: 'install it first (the package openssh-server)',
    });
  }
  const unreadable = Object.keys(texts).find((file) => texts[file] === null && file !== path);
  if (unreadable === undefined) {
    if (texts[main] === null && path === main)
      throw new CannotPlan(`${main} is not there, or cannot be read`, {
        missing: `path:${main}`,
        next: 'make it first, or become a user who may read it',
      });
    return;
  }
  throw new CannotPlan(
    `${unreadable}, which sshd reads, ${unreadable === main ? 'is not there, or ' : ''}cannot be read`,
    {
      missing: `path:${unreadable}`,
      next: 'become a user who may (`become: true`)',
    },
  );
}

function refuseUnread({ main, path }: Wanted, old: string | null): never {
  throw new CannotPlan(
    `sshd does not read ${path}: no Include line of ${main} ${old === null ? 'would take' : 'takes'} it in`,
    {
      next: `name a file that it does, or put an Include line at the top of ${main} first (\`lineinfile\`)`,
    },
  );
}

function refuseElsewhere(wanted: Wanted, after: readonly Directive[]): never {
  const { option, kind, path, values } = wanted;
  const found = ofOption(wanted, after);
  const other = (kind === 'one' && values.length > 0 ? found : found.filter(({ file }) => file !== path))[0];
  if (!other) throw new CannotPlan(`${option} cannot be set in ${path} so that sshd would read it`);
  const first = kind === 'one' && values.length > 0 ? ', which sshd reads first' : '';
  throw new CannotPlan(
    `${option} is set to "${other.words.join(' ')}" by ${other.file}, line ${other.line}${first}`,
    {
      next: `change it there (\`path: ${other.file}\`), or take it out there first (\`state: absent\`)`,
    },
  );
}

function refuseOverruled(
  wanted: Wanted,
  before: readonly Directive[],
  effective: SshdEffective | null,
): void {
  if (!effective?.now || !effective.wanted || effective.now.join('\n') === effective.wanted.join('\n'))
    return;
  const [own] = ofOption(wanted, before);
  const others = before.filter(({ keyword, block }) => keyword === wanted.keyword && block !== wanted.block);
  const named = others.map(
    ({ file, line, block }) =>
      `${file}, line ${line} (${block === null ? 'for everybody' : `Match ${block}`})`,
  );
  throw new CannotPlan(
    `${wanted.option} is "${own?.words.join(' ') ?? ''}" in ${own?.file ?? wanted.path}, but sshd goes by "${effective.now.join(' ')}"`,
    {
      next:
        named.length > 0
          ? `look at the other lines that set it: ${named.join('; ')}`
          : `ask sshd itself: sshd -T -f ${wanted.main}`,
    },
  );
}
