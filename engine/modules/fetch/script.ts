import { lines, sh, type Script } from '../../shell/script.ts';

const mebibyte = 1024 * 1024;
const perPiece = 8;

/** Bytes of a file that are told at once: a frame's output carries 16 MiB, the line ahead included. */
export const largest = 15 * mebibyte;

/** Exit statuses that say what is at the path. */
export const ends = { absent: 3, directory: 4, other: 5, unreadable: 6, unseen: 8 } as const;

/**
 * Prints "SIZE SHA256" and a line end, then the file. Of one that grows only what was there when it was asked for; files of
 * /proc say that they have no bytes. `-` stands for no sum; of one that is too large to be told at once the line alone,
 * which then ends in " pieces".
 */
export function readScript(path: string): Script {
  return lines([
    sh`LC_ALL=C; export LC_ALL; p=${path}`,
    sh`if [ -d "$p" ]; then exit ${ends.directory}; fi`,
    sh`if [ ! -e "$p" ]; then`,
    sh`u=$p; while [ -n "$u" ]; do u=\${u%/*}; if [ -d "\${u:-/}" ]; then [ -x "\${u:-/}" ] || exit ${ends.unseen}; break; fi; done`,
    sh`exit ${ends.absent}; fi`,
    sh`[ -f "$p" ] || exit ${ends.other}`,
    sh`[ -r "$p" ] || exit ${ends.unreadable}`,
    sh`n=$(stat -L -c %s -- "$p") || exit 1`,
    sh`w=$n; [ "$n" -gt 0 ] || n=${largest + 1}`,
    sh`s=-; if command -v sha256sum >/dev/null; then s=$(head -c "$n" -- "$p" | sha256sum) && s=\${s%% *} || exit 1; fi`,
    sh`if [ "$w" -gt ${largest} ]; then printf '%s %s pieces\\n' "$n" "$s"; exit 0; fi`,
    sh`printf '%s %s\\n' "$n" "$s"`,
    sh`exec head -c "$n" -- "$p"`,
  ]);
}

/** How many pieces a file of so many bytes comes in. */
export function countOf(size: number): number {
  return Math.ceil(size / (perPiece * mebibyte));
}

/** Prints the n-th piece of a file of so many bytes. `dd` goes to its place, which not every `tail` does. */
export function pieceScript(path: string, size: number, index: number): Script {
  const length = Math.min(size - index * perPiece * mebibyte, perPiece * mebibyte);
  return sh`dd if=${path} bs=${mebibyte} skip=${index * perPiece} count=${perPiece} 2>/dev/null | head -c ${length}`;
}
