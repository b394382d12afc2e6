import { below, type Fact, Unsettled } from '../contract/fact.ts';
import type { ArchiveEntry, ArchiveFormat } from '../contract/schema.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { type Attributes, lastingAttributes, parseAttributes } from './attributes.ts';
import type { PathAnswer } from './path.ts';
import { parseListing } from './tar_listing.ts';
import { parseZipListing, zipListing } from './zip_listing.ts';

/** An archive of the host, tidy, and where it would go. */
export interface UnpackedSubject {
  readonly src: string;
  /** Tidy. */
  readonly dest: string;
  /** How many folders are taken off each name. */
  readonly strip: number;
}

/** `odd`: there is something in it that cannot be told on. */
export type UnpackedAnswer =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'odd'; readonly why: string }
  | {
      readonly kind: 'archive';
      readonly format: ArchiveFormat;
      readonly entries: readonly ArchiveEntry[];
      /** What is there of what it would make, and the folders above within `dest`. */
      readonly at: ReadonlyMap<string, PathAnswer>;
    };

/** What is in an archive of the host's, and what lies where that would go. One `stat` for 400 names; `tar` twice, or `od` and `awk`. */
export const unpacked: Fact<UnpackedSubject, UnpackedAnswer> = {
  name: 'unpacked',
  id: ({ src, dest, strip }) => JSON.stringify([src, dest, strip]),
  about: ({ src, dest }) => [`path:${src}`, below(dest)],
  ask: ([subject]) => (subject ? listingScript(subject) : sh`:`),
  parse: (output) => [parseThere(output)],
  lasting: (there) =>
    there.kind === 'archive' ? [...there.at].map(([path, at]) => [path, lastingPlace(at)]) : there.kind,
  chunk: 1,
};

/**
 * A line that says what it is, the number of the listing's lines, the listing (of zip the bytes of its directory); a row of stat for each of its names that is
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
    sh`504b0304*|504b0506*) k=zip;; *) k=tar o=;; esac`,
    sh`if [ "$k" = zip ]; then`,
    zipListing,
    sh`else`,
    sh`export TZ=UTC0; q=; v=; case $(tar --version 2>&1) in *'GNU tar'*) v='--full-time --numeric-owner --quoting-style=c' q=--quoting-style=literal;; esac`,
    sh`l=$(tar $o $v -tvf "$a" 2>/dev/null && echo /) || { echo unreadable; exit 0; }`,
    sh`l=\${l%/}; echo "$k"; printf '%s' "$l" | wc -l; printf '%s' "$l"`,
    sh`names() { tar $o $q -tf "$a" 2>/dev/null; }`,
    sh`fi`,
    // Names with line ends are refused by the listing, so that lines will do here.
    sh`set -f; IFS='
'; set --; last=`,
    sh`for n in $(names); do`,
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
  const [first = ''] = text.split('\n', 1);
  if (first === 'absent' || first === 'unreadable') return { kind: first };
  if (first === 'large') return { kind: 'odd', why: 'its directory has more than 8 MiB' };
  if (first.startsWith('lacks '))
    return { kind: 'odd', why: `the host has no ${first.slice(6)} to read it with` };
  const listing = listingIn(text, first);
  const entries = listed(listing.format, listing.text);
  if ('why' in entries) return { kind: 'odd', why: entries.why };
  const [rows = '', ...links] = listing.rest.split('\0');
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
  return { kind: 'archive', format: listing.format, entries, at };
}

/** The listing and what follows it. Throws Unsettled where there is none. */
function listingIn(
  text: string,
  first: string,
): { readonly format: ArchiveFormat; readonly text: string; readonly rest: string } {
  const start = first.length + 1;
  if (first.startsWith('zip ')) {
    const end = start + Number(first.slice(4));
    return { format: 'zip', text: text.slice(start, end), rest: text.slice(end) };
  }
  const [head, count] = /^ *(\d+)\n/.exec(text.slice(start)) ?? [];
  if (head === undefined) throw new Unsettled('nothing was told of the archive');
  let end = start + head.length;
  const from = end;
  for (let left = Number(count); left > 0; left -= 1) end = text.indexOf('\n', end) + 1;
  return { format: first as ArchiveFormat, text: text.slice(from, end), rest: text.slice(end) };
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function listed(format: ArchiveFormat, text: string): readonly ArchiveEntry[] | { readonly why: string } {
  try {
    return format === 'zip' ? parseZipListing(Buffer.from(text, 'latin1')) : parseListing(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { why: error.message };
  }
}

function lastingPlace(at: PathAnswer): unknown {
  return at.kind === 'absent' ? at.kind : [lastingAttributes(at), at.target ?? null];
}
