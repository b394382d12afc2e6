import { isBelow, parentOf } from '../contract/host_path.ts';
import { type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type Attributes, attributesFormat, lastingAttributes, parseAttributes } from './attributes.ts';

/** A tidy absolute path; the path itself is meant, not what a link leads to. */
export interface PathSubject {
  readonly path: string;
}

/** Nothing there; `other`: the nearest thing above is no directory; `hidden`: a directory above cannot be searched. */
export interface AbsentPath {
  readonly kind: 'absent';
  readonly parent: 'directory' | 'absent' | 'other';
  readonly hidden?: true;
}

/** Something there. */
export interface PresentPath extends Attributes {
  /** A link's text. */
  readonly target?: string;
  /** Where a link leads to in the end; absent for a dangling one. */
  readonly real?: string;
  /** What a link leads to; null for a dangling one. */
  readonly followed?: Attributes | null;
}

export type PathAnswer = AbsentPath | PresentPath;

/** What is at a path: kind, mode, owner, label, where a link leads. One `stat` for all paths. */
export const path: Fact<PathSubject, PathAnswer> = {
  name: 'path',
  id: (subject) => subject.path,
  about: (subject) => [`path:${subject.path}`],
  ask: askPaths,
  parse: parsePaths,
  lasting: lastingPath,
  under: ({ path: at }, ancestor) =>
    isBelow(at, ancestor)
      ? { kind: 'absent', parent: parentOf(at) === ancestor ? 'directory' : 'absent' }
      : undefined,
  // A path may have 4 KiB and an argument list 2 MiB.
  chunk: 400,
};

/** Shell text of a function that puts a letter into `c` for what is at `$1`; built-ins only, so that it costs no fork. */
export const classify = sh`k() {
if [ -L "$1" ]; then if [ -e "$1" ]; then c=l; else c=b; fi; return; fi
if [ -e "$1" ]; then c=e; return; fi
c=d u=$1
while :; do
u=\${u%/*}
if [ -d "\${u:-/}" ]; then if [ ! -x "\${u:-/}" ]; then if [ $c = d ]; then c=h; else c=H; fi; fi; return; fi
if [ -e "$u" ] || [ -L "$u" ]; then c=o; return; fi
c=a
done
}`;

function askPaths(subjects: readonly PathSubject[]): Script {
  const words = subjects.map((subject, index) => sh`p${index}=${subject.path}; q ${index}`);
  return sh`${classify}
E= L= R=
q() {
eval "k \\"\\$p$1\\""
printf %s $c
case $c in
e) E="$E \\"\\$p$1\\"";;
l) E="$E \\"\\$p$1\\"" L="$L \\"\\$p$1\\"" R="$R \\"\\$p$1\\"";;
b) E="$E \\"\\$p$1\\"" L="$L \\"\\$p$1\\"";;
esac
}
${lines(words)}
${attributesFormat}
echo
if [ -n "$E" ]; then eval "stat -c '$f' -- $E"; fi
printf '\\000'
each() { for p do readlink $o "$p" || return; printf '\\000'; done; }
{
if [ -n "$L" ]; then eval "readlink -z -- $L" || { o=-n; eval "each $L"; }; fi
if [ -n "$R" ]; then
eval "readlink -fz -- $R" || { o=-fn; eval "each $R"; }
eval "stat -L -c '$f' -- $R"
fi
} 2>/dev/null`;
}

const absent: Readonly<Record<string, AbsentPath>> = {
  d: { kind: 'absent', parent: 'directory' },
  a: { kind: 'absent', parent: 'absent' },
  o: { kind: 'absent', parent: 'other' },
  h: { kind: 'absent', parent: 'directory', hidden: true },
  H: { kind: 'absent', parent: 'absent', hidden: true },
};

// The letters, then a row of stat for each path that is there, NUL, the texts of the links, where they lead to
// (each ended by NUL), a row of stat for what they lead to. All are told apart by order and number alone.
function parsePaths(output: Buffer, subjects: readonly PathSubject[]): PathAnswer[] {
  const [first = '', ...texts] = output.toString('utf8').split('\0');
  const letters = first.slice(0, subjects.length);
  if (!/^[elbdaohH]*\n/.test(first) || first[subjects.length] !== '\n')
    throw new Unsettled('the paths were not told apart');
  const links = letters.replaceAll(/[^lb]/g, '').length;
  const leading = letters.replaceAll(/[^l]/g, '').length;
  const followedText = texts.pop();
  if (followedText === undefined || texts.length !== links + leading)
    throw new Unsettled('a link went away while it was read');

  const rows = parseAttributes(first.slice(letters.length + 1), letters.replaceAll(/[^elb]/g, '').length);
  const targets = texts.slice(0, links);
  const reals = texts.slice(links);
  const followed = parseAttributes(followedText, leading);
  return [...letters].map((letter) => {
    const nothing = absent[letter];
    if (nothing) return nothing;
    const attributes = rows.shift() as Attributes;
    if (letter === 'e') return attributes;
    const target = targets.shift() as string;
    if (letter === 'b') return { ...attributes, target, followed: null };
    return { ...attributes, target, real: reals.shift() as string, followed: followed.shift() as Attributes };
  });
}

function lastingPath(answer: PathAnswer): unknown {
  if (answer.kind === 'absent') return { kind: 'absent' };
  const { target, followed } = answer;
  return {
    ...(lastingAttributes(answer) as object),
    ...(target === undefined ? {} : { target }),
    ...(followed ? { followed: lastingAttributes(followed) } : {}),
  };
}
