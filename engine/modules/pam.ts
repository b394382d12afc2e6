import { CannotPlan, type Change, predict } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { isControl } from '../facts/pam/control.ts';
import { evaluate } from '../facts/pam/evaluate.ts';
import { findingsOf } from '../facts/pam/findings.ts';
import { readPamText } from '../facts/pam/lines.ts';
import { rulesOf } from '../facts/pam/stack.ts';
import { pamFiles, type PamFiles, pamHostOf, pamKey } from '../facts/pam_files.ts';
import { type PamArgs, pamArguments } from './pam/arguments.ts';
import { editPam } from './pam/edit.ts';
import { refuseWorse, servicesOf } from './pam/judge.ts';
import { refuseInBlock, refuseManaged } from './pam/managed.ts';
import { isMeant, readable } from './pam/wanted.ts';

export interface PamState {
  readonly edit: EditState;
  readonly files: PamFiles;
}

/** A line of a stack of PAM. */
export const pam: Module<PamArgs, PamState> = {
  kind: 'resource',
  name: 'pam',
  summary: 'Keeps a line of a PAM stack by its meaning, and refuses what would let nobody in, or everybody.',
  args: pamArguments,
  notes: [
    'The stacks of all services that the file is part of are walked as libpam does, before and after (authentication, account, credentials, session): with the right password, a wrong one, locked, by key, as root, as a user of SSSD. What would end worse is refused with the line that decides; a stack in which nobody gets in may be changed into any other.',
    'Jumps (`success=1`) above a line that comes or goes are adapted, so that they lead to where they led. A line that comes just to where a jump leads is come to by it, but for the success of a module that asks for a password.',
    '`before: passwords` is above the lines that guard the password modules by jumps; preauth of pam_faillock belongs there, authfail `after: passwords`.',
    'Files of authselect are refused (module `authselect`), and what pam-auth-update writes within its block (module `pam_auth_update`). Of the files of authconfig it is said what its next run would lose.',
    'A link stays one: the file that it leads to is changed. Comments, blanks and all other lines stay as they are, and a new line is laid out as its neighbour.',
    'A module that is not known may answer either way. A module whose file is not on the host makes libpam return module_unknown: `required` then shuts everybody out, with a leading `-` as well, which only keeps the log quiet.',
    'Sources: pam.conf(5), libpam/pam_dispatch.c and pam_handlers.c of Linux-PAM, pam_faillock(8).',
  ],
  probe: (args) => all({ edit: askEdit(pathOf(args)), files: ask(pamFiles, undefined) }),
  plan: planLine,
  result: (given, { edit, files }) => {
    const path = pathOf(given);
    const args = bytewise(given);
    const text = edit.now.kind === 'text' ? edit.now.bytes.toString('latin1') : '';
    const configuration = withText(files, path, text);
    const rules = rulesOf(readPamText(text), files.atInclude).filter((rule) => isMeant(rule, args));
    const judged = servicesFor(args, configuration, path).map((service) =>
      evaluate(configuration, pamHostOf(files), service),
    );
    return {
      path,
      lines: rules.map(({ line }) => ({
        number: line.number,
        text: readable(text.slice(line.start, line.end).trim()),
      })),
      services: Object.fromEntries(
        judged.map((one) => [
          one.service,
          {
            admitted: Object.fromEntries(
              Object.entries(one.outcomes).map(([name, { admitted }]) => [name, admitted]),
            ),
            findings: findingsOf(one).map(({ kind, says }) => ({ kind, says })),
          },
        ]),
      ),
    };
  },
};

function planLine(given: PamArgs, { edit, files }: PamState): readonly Change[] {
  const path = pathOf(given);
  refuseArguments(given);
  const args = bytewise(given);
  const old = editable(path, edit)?.toString('latin1');
  if (old === undefined)
    throw new CannotPlan(`${path} does not exist`, {
      missing: `path:${path}`,
      next:
        files.directories
          .map((folder) => `${folder}/${given.service ?? ''}`)
          .find((at) => at in files.texts) === undefined
          ? 'a service without a file is judged by /etc/pam.d/other'
          : 'the vendor’s file is elsewhere: copy it to /etc/pam.d first',
    });
  const before = withText(files, path, old);
  const edited = editPam(old, path, args, before);
  if (edited.text === old) return [];
  refuseManaged(path, old, files, args);
  refuseInBlock(path, old, edited.text);
  const after = withText(files, path, edited.text);
  refuseWorse({
    names: namesOf(files, path),
    before,
    after,
    host: pamHostOf(files),
    services: servicesFor(args, before, path),
    accepted: args.accept ?? [],
    placed: edited.placed,
  });
  const made = {
    bytes: Buffer.from(edited.text, 'latin1'),
    what: `${path}: ${edited.what.join('; ')}`,
  };
  const options = args.backup === undefined ? {} : { backup: args.backup };
  return planEdit(path, edit, made, options).map((change) => ({
    ...change,
    touches: change.touches === '*' ? '*' : [...change.touches, pamKey],
    predicts: [
      ...(change.predicts ?? []),
      ...(path in files.texts ? [predict({ fact: pamFiles, subject: undefined }, after)] : []),
    ],
  }));
}

/** The arguments with one character a byte, as the texts have them. */
function bytewise(args: PamArgs): PamArgs {
  const bytes = (word: string) => Buffer.from(word, 'utf8').toString('latin1');
  const { args: own, args_present, args_absent, matching } = args;
  return {
    ...args,
    module: bytes(args.module),
    ...(own ? { args: own.map(bytes) } : {}),
    ...(args_present ? { args_present: args_present.map(bytes) } : {}),
    ...(args_absent ? { args_absent: args_absent.map(bytes) } : {}),
    ...(matching ? { matching: matching.map(bytes) } : {}),
    ...(args.before === undefined ? {} : { before: bytes(args.before) }),
    ...(args.after === undefined ? {} : { after: bytes(args.after) }),
  };
}

function pathOf({ service, path }: PamArgs): string {
  return path === undefined ? `/etc/pam.d/${service ?? ''}` : tidyPath(path);
}

function servicesFor(args: PamArgs, files: PamFiles, path: string): readonly string[] {
  return args.services ?? servicesOf(files, namesOf(files, path));
}

/** All names that lead to a file, its own first. */
function namesOf({ reals, texts }: PamFiles, path: string): readonly string[] {
  const realOf = (name: string) => reals[name] ?? name;
  return [...new Set([path, ...Object.keys(texts).filter((name) => realOf(name) === realOf(path))])];
}

/** The host's files with another text of one, under all the names that lead to it. */
function withText(files: PamFiles, path: string, text: string): PamFiles {
  const texts = Object.fromEntries(namesOf(files, path).map((name) => [name, text]));
  return { ...files, texts: { ...files.texts, ...texts } };
}

function refuseArguments({ service, path, control, state, args, args_present, args_absent }: PamArgs): void {
  if ((service === undefined) === (path === undefined))
    throw new CannotPlan('one of `service` and `path` says which file is meant');
  if (control !== undefined && !isControl(control.replace(/^\[(.*)\]$/s, '$1')))
    throw new CannotPlan(`libpam cannot read the control ${control}, and would refuse everybody there`, {
      next: 'write return codes and actions as in pam.conf(5): [success=1 default=ignore]',
    });
  if (state === 'absent' && (control ?? args ?? args_present ?? args_absent) !== undefined)
    throw new CannotPlan('`control` and arguments are not for state: absent', {
      next: 'tell the lines that are to go by `matching`',
    });
}
