import { CannotPlan } from '../contract/change.ts';
import { type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { mountKeys, mounts, type MountsAnswer } from './mounts.ts';
import type { PathSubject } from './path.ts';

/** One thing that cannot go; the path is the host's bytes, each a character (latin1). */
export interface Held {
  /**
   * `immutable`, `append`: chattr(1). `closed`: a directory that the asking user may not change, `sticky`: one in which only
   * owners remove. `read-only`: so is its file system. `mount`: something is mounted there.
   */
  readonly why: 'immutable' | 'append' | 'closed' | 'sticky' | 'read-only' | 'mount';
  readonly path: string;
}

/** What keeps a path and all below it from being removed; empty where nothing does, or nothing is there. */
export type RemovalAnswer = readonly Held[];

/**
 * What would stop a removal half-way. Where there is something, one or two walks over it, which ask `lsattr` in bulk where the
 * host has it. A file with a line end in its name is passed over. Only commands and mounts make the answer stale.
 */
export const removal: Fact<PathSubject, RemovalAnswer> = {
  name: 'removal',
  id: ({ path }) => path,
  about: ({ path }) => [`attribute:${path}`, ...mountKeys(path)],
  ask: askRemoval,
  parse: parseRemoval,
  chunk: 400,
};

/** Throws CannotPlan where something keeps a path from being removed. */
export function refuseHeld(given: string, held: RemovalAnswer): void {
  const [first] = held;
  if (!first) return;
  const { reason, next } = explained(first);
  const rest = held.length === 1 ? '' : `, and ${held.length - 1} more below ${given} cannot go either`;
  throw new CannotPlan(`${shown(first)} ${reason}${rest}; nothing was removed`, { next });
}

/** Throws CannotPlan where chattr(1) has locked one of some paths (latin1). */
export function refuseLocked(held: RemovalAnswer, paths: ReadonlySet<string>): void {
  const locked = held.find(({ why, path }) => (why === 'immutable' || why === 'append') && paths.has(path));
  if (!locked) return;
  const { reason, next } = explained(locked);
  throw new CannotPlan(`${shown(locked)} ${reason}; nothing was changed`, { next });
}

// For each subject rows of a letter and a path, each ended by NUL, and an empty one; then the table of mounts.
function askRemoval(subjects: readonly PathSubject[]): Script {
  return lines([
    sh`r() { printf '%s%s\\000' "$1" "$2"; }`,
    sh`locked() { l=$(lsattr -d -- "$1"); case \${l%% *} in *i*) r i "$1";; *a*) r a "$1";; esac; }`,
    sh`t=; for p in ${subjects.map((subject) => subject.path)}; do`,
    sh`if [ -e "$p" ] || [ -L "$p" ]; then`,
    sh`t=1; u=\${p%/*}; u=\${u:-/}`,
    // A link may lead anywhere on the way; the table of mounts has none.
    sh`r u "$(cd -P -- "$u" && pwd -P)"`,
    sh`if command -v lsattr >/dev/null; then`,
    sh`locked "$u"`,
    sh`find "$p" -xdev '(' -type f -o -type d ')' -exec lsattr -d -- {} + | sed -n '/^[-a-zA-Z]*[ia][-a-zA-Z]* /p' | head -n 100 |`,
    sh`while IFS= read -r l; do f=\${l#* }; case $f in "$p"|"$p"/*) locked "$f";; esac; done`,
    sh`fi`,
    sh`[ -w "$u" ] && [ -x "$u" ] || r w "$u"`,
    sh`if [ -k "$u" ] && [ ! -O "$u" ] && [ ! -L "$p" ] && [ ! -O "$p" ] && [ "$(id -u)" != 0 ]; then r s "$u"; fi`,
    sh`if [ -d "$p" ] && [ ! -L "$p" ]; then find "$p" -xdev -type d -exec sh -c ${closed.text} sh {} +; fi`,
    sh`fi 2>/dev/null`,
    sh`printf '\\000'`,
    sh`done`,
    sh`[ -z "$t" ] || cat /proc/self/mountinfo 2>/dev/null; exit 0`,
  ]);
}

// An empty directory needs no more than the one above it.
const closed = sh`for d do
if [ -r "$d" ] && [ -w "$d" ] && [ -x "$d" ]; then continue; fi
if [ -r "$d" ] && [ -z "$(ls -A -- "$d")" ]; then continue; fi
printf 'w%s\\000' "$d"
done`;

const reasons: Readonly<Record<string, Held['why']>> = {
  i: 'immutable',
  a: 'append',
  s: 'sticky',
  w: 'closed',
};

function parseRemoval(output: Buffer, subjects: readonly PathSubject[]): RemovalAnswer[] {
  const rows = output.toString('latin1').split('\0');
  let at = 0;
  const told = subjects.map(() => {
    const end = rows.indexOf('', at);
    if (end < 0) throw new Unsettled('what holds the paths was not told');
    const own = rows.slice(at, end);
    at = end + 1;
    return own;
  });
  const table = Buffer.from(rows.slice(at).join('\0'), 'latin1');
  const places = told.map((own, index) => realPath(own, subjects[index] as PathSubject));
  const mounted = mounts.parse(table, places, 0);
  return told.map((own, index) => {
    if (own.length === 0) return [];
    return heldBy(own.slice(1), subjects[index] as PathSubject, mounted[index] as MountsAnswer);
  });
}

/** Where a path really lies, a link at its end not followed. */
function realPath([above]: readonly string[], { path }: PathSubject): PathSubject {
  if (above === undefined) return { path };
  const parent = Buffer.from(above.slice(1), 'latin1').toString('utf8');
  return { path: `${parent === '/' ? '' : parent}${path.slice(path.lastIndexOf('/'))}` };
}

function heldBy(rows: readonly string[], subject: PathSubject, mounted: MountsAnswer): RemovalAnswer {
  const points = [...mounted.at.map(({ path }) => path), ...mounted.below].map(
    (path): Held => ({ why: 'mount', path: Buffer.from(path).toString('latin1') }),
  );
  const isReadOnly = [mounted.holder?.options, mounted.holder?.superOptions].some((all) =>
    all?.includes('ro'),
  );
  const attributes = rows.filter((row) => /^[ia]/.test(row)).map(toHeld);
  const known = new Set(attributes.map(({ path }) => path));
  const others = rows
    .filter((row) => /^[sw]/.test(row))
    .map(toHeld)
    .filter(({ path }) => !known.has(path));
  if (isReadOnly && points.length === 0 && others.length > 0)
    return [{ why: 'read-only', path: Buffer.from(subject.path).toString('latin1') }];
  // What is mounted has rules of its own.
  return [...points, ...attributes, ...(points.length > 0 ? [] : others)];
}

function toHeld(row: string): Held {
  return { why: reasons[row.charAt(0)] ?? 'closed', path: row.slice(1) };
}

function explained({ why, path }: Held): { readonly reason: string; readonly next: string } {
  switch (why) {
    case 'immutable':
      return {
        reason: 'is immutable (lsattr -d shows i), so that not even root may change it',
        next: 'if that is not meant, chattr -i takes it away',
      };
    case 'append':
      return {
        reason: 'may only be appended to (lsattr -d shows a), so that not even root may change it',
        next: 'if that is not meant, chattr -a takes it away',
      };
    case 'closed':
      return {
        reason: 'is a directory that this user may not write to',
        next: 'become a user who may; of root, lsattr -d tells why',
      };
    case 'sticky':
      return {
        reason: 'is a sticky directory, in which only owners remove',
        next: 'become root or the owner',
      };
    case 'read-only':
      return { reason: 'is on a file system that is mounted read-only', next: 'mount it read-write first' };
    case 'mount':
      return {
        reason: 'is a mount point',
        next: `take away first what is mounted there: mount: {path: ${shown({ path })}, state: unmounted}`,
      };
  }
}

function shown({ path }: Pick<Held, 'path'>): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}
