import { below, type Fact, Unsettled } from '../contract/fact.ts';
import { sh, type Script } from '../shell/script.ts';
import { type Attributes, attributesFormat, lastingAttributes, parseAttributes } from './attributes.ts';
import type { PathSubject } from './path.ts';

/** One thing of a tree; the path is the host's bytes, each a character (latin1). */
export interface TreeEntry extends Attributes {
  readonly path: string;
}

/** A directory and everything below it, links not followed; empty where it is no directory. */
export type TreeAnswer = readonly TreeEntry[];

/** What is in a directory, however deep. Three walks and one `stat`, for all trees together. */
export const tree: Fact<PathSubject, TreeAnswer> = {
  name: 'tree',
  id: (subject) => subject.path,
  about: (subject) => [below(subject.path)],
  ask: askTrees,
  parse: parseTrees,
  lasting: (answer) =>
    answer
      .map((entry) => ({ path: entry.path, is: lastingAttributes(entry) }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
  chunk: 400,
};

// A path with `//` is none that a walk prints, so it divides the trees.
const divider = '/dev//null';

function askTrees(subjects: readonly PathSubject[]): Script {
  return sh`${attributesFormat}
set --
for p in ${subjects.map((subject) => subject.path)}; do
if [ -d "$p" ] && [ ! -L "$p" ]; then set -- "$@" "$p"; fi
set -- "$@" ${divider}
done
find "$@" -print0
printf '\\000'
find "$@" -exec stat -c "$f" -- {} +
printf '\\000'
find "$@" -print0`;
}

// The names, NUL; the rows of stat, NUL; the names again: what moved meanwhile would put a row to the wrong name.
function parseTrees(output: Buffer, subjects: readonly PathSubject[], code: number): TreeAnswer[] {
  const text = output.toString('latin1');
  const end = text.indexOf('\0\0') + 1;
  const rowsEnd = text.indexOf('\0', end + 1);
  if (code !== 0 || end === 0 || rowsEnd < 0 || text.slice(rowsEnd + 1) !== text.slice(0, end)) {
    throw new Unsettled('a tree changed while it was walked');
  }
  const names = text.slice(0, end - 1).split('\0');
  const rows = parseAttributes(output.subarray(end + 1, rowsEnd).toString('utf8'), names.length);
  const trees: TreeEntry[][] = [[]];
  names.forEach((name, index) => {
    if (name === divider) trees.push([]);
    else trees.at(-1)?.push({ ...(rows[index] as Attributes), path: name });
  });
  if (trees.length !== subjects.length + 1) throw new Unsettled('a tree changed while it was walked');
  return trees.slice(0, -1);
}
