import type { ArchiveEntry } from '../contract/schema.ts';
import { readZipDirectory } from '../contract/zip_directory.ts';
import { lines, sh, type Script } from '../shell/script.ts';

/** A directory of more bytes is not told: a frame's output carries 16 MiB. */
const largest = 8 * 1024 * 1024;

/**
 * For the zip archive `$a` prints "zip SIZE" and a line end, then its directory as it stands at its end, and puts a function
 * `names` that prints the names in it, a line each. Prints why not and exits where that cannot be. `unzip` itself tells names
 * by its locale, and busybox' in another form. Source: PKWARE's APPNOTE, 4.3.12 and 4.3.16.
 */
export const zipListing: Script = lines([
  sh`for p in od awk; do command -v "$p" >/dev/null || { echo "lacks $p"; exit 0; }; done`,
  // The last of the archive is its comment, of at most 65,535 bytes, and 22 bytes before it.
  sh`set -- $(tail -c 65557 -- "$a" | od -An -v -tu1 | awk ${`
{ for (i = 1; i <= NF; i++) b[n++] = $i + 0 }
END { for (at = n - 22; at >= 0; at--)
  if (b[at] == 80 && b[at+1] == 75 && b[at+2] == 5 && b[at+3] == 6 && b[at+20] + 256 * b[at+21] == n - at - 22) {
    for (f = 12; f <= 16; f += 4) printf "%.0f ", b[at+f] + 256 * (b[at+f+1] + 256 * (b[at+f+2] + 256 * b[at+f+3]))
    exit
  }
}`})`,
  sh`[ $# = 2 ] || { echo unreadable; exit 0; }`,
  sh`[ "$1" -le ${largest} ] || { echo large; exit 0; }`,
  sh`z=$1 o=$(($2+1))`,
  sh`directory() { tail -c "+$o" -- "$a" | head -c "$z"; }`,
  // A header of 46 bytes, the name, what else is said of it.
  sh`names() { directory | od -An -v -tu1 | awk ${`{
  for (i = 1; i <= NF; i++) {
    p++
    if (p <= 46) {
      h[p-1] = $i + 0
      if (p == 46) { l = h[28] + 256 * h[29]; e = 46 + l + h[30] + 256 * h[31] + h[32] + 256 * h[33] }
    } else if (p <= 46 + l) {
      printf "%c", $i + 0
      if (p == 46 + l) printf "\\n"
    }
    if (p >= 46 && p == e) p = 0
  }
}`}; }`,
  sh`echo "zip $z"; directory`,
]);

/** The entries of such a directory. Throws a RangeError for what cannot be told. */
export function parseZipListing(directory: Buffer): readonly ArchiveEntry[] {
  return readZipDirectory(directory).map(
    ({ method: _method, packed: _packed, offset: _offset, ...entry }) => {
      if (entry.name.includes('\n'))
        throw new RangeError(`the archive has a name with a line end: ${JSON.stringify(entry.name)}`);
      if (entry.kind === 'link')
        throw new RangeError(
          `${entry.name} in it is a symbolic link, and of a zip archive of the host's own none are taken`,
        );
      return entry;
    },
  );
}
