import { lines, sh, type Script } from '../shell/script.ts';
import { withSystemPath } from './program.ts';
import { listed } from './recurse.ts';
import type { LabelledPath } from './selinux_labels.ts';

/** More paths are not relabelled in one change. */
export const mostPaths = 20_000;

/** Asks `restorecon` for the labels that the policy has; `force` also for user, level, and types that are kept else. */
export function restoreLabels(paths: readonly LabelledPath[], force: boolean): Script {
  return lines([
    withSystemPath,
    ...groups(paths, () => '').map(
      ([, names]) => sh`${listed(names)} | xargs -0 restorecon ${force ? ['-F'] : []} -- || exit 1`,
    ),
  ]);
}

/** Gives each path a label of its own; links are labelled themselves. */
export function setLabels(paths: readonly LabelledPath[], labelOf: (one: LabelledPath) => string): Script {
  return lines([
    withSystemPath,
    ...groups(paths, labelOf).map(
      ([label, names]) => sh`${listed(names)} | xargs -0 chcon -h -- ${label} || exit 1`,
    ),
  ]);
}

/** A path as it is shown. */
export function shownPath({ path }: LabelledPath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** Neighbours that get the same; at most as many as a shell word can hold. */
function groups(
  paths: readonly LabelledPath[],
  of: (one: LabelledPath) => string,
): readonly (readonly [string, readonly string[]])[] {
  const found: [string, string[]][] = [];
  for (const one of paths) {
    const value = of(one);
    const last = found.at(-1);
    if (last && last[0] === value && last[1].length < 200) last[1].push(one.path);
    else found.push([value, [one.path]]);
  }
  return found;
}
