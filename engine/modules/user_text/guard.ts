import { CannotPlan } from '../../contract/change.ts';
import { below } from '../../contract/fact.ts';
import { joinPath, parentOf, tidyPath } from '../../contract/host_path.ts';
import { all, ask, askScript, known, map, type Probe } from '../../contract/probe.ts';
import { path } from '../../facts/path.ts';
import { lines, quote, sh, userScript, type Script } from '../../shell/script.ts';
import type { Secret } from '../../shell/secret.ts';
import { plainText } from './arguments.ts';

export interface GuardArguments {
  readonly chdir?: string;
  readonly creates?: string;
  readonly removes?: string;
  readonly unless?: string | Secret;
  readonly onlyif?: string | Secret;
}

/** Says why there is nothing to do (`creates`, `removes`, `unless`, `onlyif`, in this order), or null to run. */
export function guardOf(args: GuardArguments): Probe<string | null> {
  const { chdir, creates, removes, unless, onlyif } = args;
  return map(
    all({
      creates: creates === undefined ? known(false) : existence(creates, 'creates', chdir),
      removes: removes === undefined ? known(true) : existence(removes, 'removes', chdir),
      unless: unless === undefined ? known(1) : status(unless, 'unless', chdir),
      onlyif: onlyif === undefined ? known(0) : status(onlyif, 'onlyif', chdir),
    }),
    (seen) => {
      if (seen.creates) return `${creates} exists`;
      if (!seen.removes) return `${removes} does not exist`;
      if (seen.unless === 0) return '`unless` ended with status 0';
      return seen.onlyif === 0 ? null : `\`onlyif\` ended with status ${seen.onlyif}`;
    },
  );
}

function existence(name: string, argument: string, chdir: string | undefined): Probe<boolean> {
  if (!name.startsWith('/') && chdir === undefined) {
    throw new CannotPlan(
      `\`${argument}\` is no absolute path, and there is no \`chdir\` that it could be in`,
    );
  }
  const at = name.startsWith('/') ? tidyPath(name) : joinPath(chdir ?? '/', name);
  plainText(at, argument);
  if (!/[*?[]/.test(at)) return map(ask(path, { path: at }), (answer) => answer.kind !== 'absent');
  const script = lines([sh`set -- ${globWord(at)}`, sh`[ -e "$1" ] || [ -L "$1" ]`]);
  const fixed = at.slice(0, at.search(/[*?[]/));
  return map(askScript(argument, script, [below(parentOf(fixed))], true), ({ code }) => code === 0);
}

/** A pattern for the shell in which nothing but the signs of a pattern has a meaning. */
function globWord(pattern: string): Script {
  return userScript(
    pattern
      .split(/([*?[\]!^-])/)
      .map((part, index) => (index % 2 === 1 || part === '' ? part : quote(part)))
      .join(''),
  );
}

/** Where the folder is missing the command shall run, to fail with that reason. */
function status(
  text: string | Secret,
  argument: 'unless' | 'onlyif',
  chdir: string | undefined,
): Probe<number> {
  const enter =
    chdir === undefined ? sh`:` : sh`cd -- ${chdir} 2>/dev/null || exit ${argument === 'unless' ? 1 : 0}`;
  const script = lines([enter, shellText(plainText(text, argument))]);
  return map(askScript(argument, script, [], true), ({ code }) => code);
}

/** Runs shell text of the user's in a shell of its own, so that no text can spoil what is around it. */
export function shellText(text: string, shell = '/bin/sh'): Script {
  // A leading sign would be taken for an option.
  return sh`${shell} -c ${/^[-+]/.test(text) ? ` ${text}` : text}`;
}
