import { CannotPlan, type Change, predict, type Prediction, saved } from '../contract/change.ts';
import { refused, refusing, restoreFile, temporary } from '../shell/replace_file.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { path, type PathAnswer } from './path.ts';
import { newAttributes } from './wanted_attributes.ts';
import { writable } from './writable.ts';

/**
 * The change that makes a path a symbolic link with the given text, or null where it is one.
 * `force` lets it take the place of a file or an empty directory. Throws CannotPlan.
 */
export function linkChange(
  given: string,
  at: PathAnswer,
  target: string,
  options: {
    readonly force: boolean;
    /** An argument for chown, for the link itself. */
    readonly chown?: string | undefined;
    /** What is there already, where the link will lead to. */
    readonly leadsTo?: { readonly path: string; readonly at: PathAnswer };
  },
): Change | null {
  if (at.kind === 'link' && at.target === target) return null;
  if (at.kind !== 'absent' && at.kind !== 'link' && !options.force) {
    throw new CannotPlan(`${given} is a ${at.kind}`, {
      next: 'say force: true to put the link in its place',
    });
  }
  if (at.kind === 'absent') writable(at, given);
  const isThere = at.kind !== 'absent';
  const former = at.kind === 'link' ? `link to ${at.target}\n` : isThere ? `${at.kind}\n` : null;
  return {
    what: isThere
      ? `link ${given}: ${at.kind === 'link' ? at.target : at.kind} → ${target}`
      : `link ${given} → ${target}`,
    diff: { before: former, after: `link to ${target}\n` },
    touches: [`path:${given}`],
    ...(isThere ? { saves: [given] } : {}),
    apply: putLink(given, target, at.kind, options.chown),
    undo: isThere
      ? restoreFile(given, saved(0))
      : sh`if [ -L ${given} ]; then rm -f -- ${given} || exit 1; fi`,
    predicts: predictLink(given, target, options.leadsTo),
  };
}

// `mv -T` is one step; the busybox of before 2020 has no -T.
function putLink(given: string, target: string, kind: PathAnswer['kind'], chown: string | undefined): Script {
  if (kind === 'absent')
    return lines([
      refusing,
      sh`ln -s -- ${target} ${given} || ${refused(given)}`,
      ...(chown === undefined ? [] : [sh`chown -h -- ${chown} ${given} || { rm -f -- ${given}; exit 1; }`]),
    ]);
  return lines([
    refusing,
    temporary(given),
    sh`trap 'rm -f -- "$t"' EXIT; trap 'exit 143' HUP INT TERM`,
    sh`ln -s -- ${target} "$t" || ${refused(given)}`,
    ...(chown === undefined ? [] : [sh`chown -h -- ${chown} "$t" || exit 1`]),
    ...(kind === 'directory' ? [sh`rmdir -- ${given} || ${refused(given)}`] : []),
    sh`mv -fT -- "$t" ${given} 2>/dev/null || { rm -f -- ${given} && mv -f -- "$t" ${given}; } || ${refused(given)}`,
    sh`trap - EXIT HUP INT TERM`,
  ]);
}

// Only what the link leads to makes it certain how it will be seen.
function predictLink(
  given: string,
  target: string,
  leadsTo: { readonly path: string; readonly at: PathAnswer } | undefined,
): readonly Prediction[] {
  if (!leadsTo || leadsTo.at.kind === 'absent') return [];
  const attributes = leadsTo.at.kind === 'link' ? leadsTo.at.followed : leadsTo.at;
  if (!attributes) return [];
  const real = leadsTo.at.kind === 'link' ? (leadsTo.at.real ?? leadsTo.path) : leadsTo.path;
  const link = newAttributes('link', Buffer.byteLength(target), '0777', {});
  return [predict({ fact: path, subject: { path: given } }, { ...link, target, real, followed: attributes })];
}
