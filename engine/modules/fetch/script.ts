import { lines, sh, type Script } from '../../shell/script.ts';

/** Bytes of a file: a frame's output carries 16 MiB, the line ahead included. */
export const largest = 15 * 1024 * 1024;

/** Exit statuses that say what is at the path. */
export const ends = { absent: 3, directory: 4, other: 5, unreadable: 6, large: 7, unseen: 8 } as const;

/**
 * Prints "SIZE SHA256" and a line end, then the file. Of one that grows only what was there when it was asked for; files of
 * /proc say that they have no bytes. `-` stands for no sum; where it is too large, the size alone is told.
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
    sh`if [ "$n" -gt ${largest} ]; then echo "$n"; exit ${ends.large}; fi`,
    sh`[ "$n" -gt 0 ] || n=${largest + 1}`,
    sh`s=-; if command -v sha256sum >/dev/null; then s=$(head -c "$n" -- "$p" | sha256sum) && s=\${s%% *} || exit 1; fi`,
    sh`printf '%s %s\\n' "$n" "$s"`,
    sh`exec head -c "$n" -- "$p"`,
  ]);
}
