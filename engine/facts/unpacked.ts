import { below, type Fact, Unsettled } from '../contract/fact.ts';
import type { ArchiveEntry, ArchiveFormat } from '../contract/schema.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type Attributes, lastingAttributes, parseAttributes } from './attributes.ts';
import type { PathAnswer } from './path.ts';
import { parseListing } from './tar_listing.ts';

/** An archive of the host, tidy, and where it would go. */
export interface UnpackedSubject {
  readonly src: string;
  /** Tidy. */
  readonly dest: string;
  /** How many folders are taken off each name. */
  readonly strip: number;
}

/** `odd`: tar says something of it that cannot be told on. */
export type UnpackedAnswer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'zip' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'odd'; readonly why: string }
  | {
      readonly kind: 'tar';
      readonly format: ArchiveFormat;
      readonly entries: readonly ArchiveEntry[];
      /** What is there of what it would make, and the folders above within `dest`. */
      readonly at: ReadonlyMap<string, PathAnswer>;
    };

/** What is in a tar archive of the host's, and what lies where that would go. One `stat` for 400 names, `tar` twice. */
export const unpacked: Fact<UnpackedSubject, UnpackedAnswer> = {
  name: 'unpacked',
  id: ({ src, dest, strip }) => JSON.stringify([src, dest, strip]),
  about: ({ src, dest }) => [`path:${src}`, below(dest)],
  ask: ([subject]) => (subject ? listingScript(subject) : sh`:`),
  parse: (output) => [parseThere(output)],
  lasting: (there) =>
    there.kind === 'tar' ? [...there.at].map(([path, at]) => [path, lastingPlace(at)]) : there.kind,
  chunk: 1,
};

/**
 * A line that says what it is, the number of the listing's lines, the listing; a row of stat for each of its names that is
 * there and for what is above it, of which `//` begins each (no path has two slashes in a row); NUL; for each link among them
 * what it says, where it leads and whether that is a directory, each ended by NUL.
 */
function listingScript({ src, dest, strip }: UnpackedSubject): Script {
  return lines([
    sh`a=${src} d=${dest === '/' ? '' : dest}`,
    sh`if [ ! -f "$a" ]; then echo absent; exit 0; fi`,
    sh`[ -r "$a" ] || { echo unreadable; exit 0; }`,
    sh`case $(head -c 6 -- "$a" | od -An -v -tx1 | tr -d ' \\n') in`,
    sh`1f8b*) k=tar.gz o=-z;; 425a68*) k=tar.bz2 o=-j;; fd377a585a00) k=tar.xz o=-J;; 28b52ffd*) k=tar.zst o=--use-compress-program=zstd;;`,
    sh`504b*) echo zip; exit 0;; *) k=tar o=;; esac`,
    sh`export TZ=UTC0; q=; v=; case $(tar --version 2>&1) in *'GNU tar'*) v='--full-time --numeric-owner --quoting-style=c' q=--quoting-style=literal;; esac`,
    sh`l=$(tar $o $v -tvf "$a" 2>/dev/null && echo /) || { echo unreadable; exit 0; }`,
    sh`l=\${l%/}; echo "$k"; printf '%s' "$l" | wc -l; printf '%s' "$l"`,
    // Names with line ends are refused by the listing, so that lines will do here.
    sh`set -f; IFS='
'; set --; last=`,
    sh`for n in $(tar $o $q -tf "$a" 2>/dev/null); do`,
    sh`n=\${n#./}; i=${strip}; while [ "$i" -gt 0 ]; do case $n in */*) n=\${n#*/};; *) n=;; esac; i=$((i-1)); done`,
    sh`n=\${n%/}; [ -n "$n" ] || continue`,
    sh`p=$d/$n; if [ -e "$p" ] || [ -L "$p" ]; then set -- "$@" "$p"; fi`,
    sh`u=\${p%/*}; [ "$u" = "$last" ] || { last=$u; while [ "$u" != "$d" ] && [ -n "$u" ]; do if [ -e "$u" ] || [ -L "$u" ]; then set -- "$@" "$u"; fi; u=\${u%/*}; done; }`,
    sh`done`,
    sh`unset IFS`,
    // The kernel takes no more at once (ARG_MAX).
    sh`rows() { [ $# -eq 0 ] || stat -c //%f:%u:%g:%s:%Y:%i:%d:%h:%U:%G:%n -- "$@" 2>/dev/null; }`,
    sh`m=0 c=; for p do c="$c \\"\\\${$((m+=1))}\\""; if [ $((m % 400)) = 0 ]; then eval "rows $c"; c=; fi; done; eval "rows $c"`,
    sh`printf '\\000'`,
    sh`for p do if [ -L "$p" ]; then printf '%s\\000' "$p"; readlink -n "$p"; printf '\\000'; readlink -fn "$p"; printf '\\000'; if [ -d "$p" ]; then printf 'd\\000'; else printf -- '-\\000'; fi; fi; done`,
    sh`exit 0`,
  ]);
}

function parseThere(output: Buffer): UnpackedAnswer {
  const text = output.toString('latin1');
  const [, kind = '', count] = /^(absent|unreadable|zip|tar[.a-z0-9]*)\n(?: *(\d+)\n)?/.exec(text) ?? [];
  if (kind === 'absent' || kind === 'zip' || kind === 'unreadable') return { kind };
  if (count === undefined) throw new Unsettled('nothing was told of the archive');
  const rest = text.slice(text.indexOf('\n', kind.length + 1) + 1);
  let end = 0;
  for (let left = Number(count); left > 0; left -= 1) end = rest.indexOf('\n', end) + 1;
  const entries = listed(rest.slice(0, end));
  if ('why' in entries) return { kind: 'odd', why: entries.why };
  const [rows = '', ...links] = rest.slice(end).split('\0');
  const at = new Map<string, PathAnswer>();
  for (const row of rows === '' ? [] : rows.slice(2, -1).split('\n//')) {
    const [, attributes = '', path = ''] = /^((?:[^:]*:){9}[^:]*):([\s\S]*)$/.exec(row) ?? [];
    const [known] = parseAttributes(`${utf8(attributes)}\n`, 1);
    at.set(utf8(path), known as Attributes);
  }
  for (let index = 0; index + 3 < links.length; index += 4) {
    const [path = '', target = '', real = '', kindOf] = links.slice(index, index + 4).map(utf8);
    const own = at.get(path);
    if (own?.kind !== 'link') continue;
    const followed: Attributes | null = kindOf === 'd' ? { ...own, kind: 'directory' } : null;
    at.set(path, { ...own, target, real, followed });
  }
  return { kind: 'tar', format: kind as ArchiveFormat, entries, at };
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function listed(text: string): readonly ArchiveEntry[] | { readonly why: string } {
  try {
    return parseListing(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { why: error.message };
  }
}

function lastingPlace(at: PathAnswer): unknown {
  return at.kind === 'absent' ? at.kind : [lastingAttributes(at), at.target ?? null];
}
