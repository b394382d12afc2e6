import { below, type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { withSystemPath } from './program.ts';

/** The configuration of an SSH server: the file that it starts with, and all that this includes. */
export interface SshdFiles {
  /** Where sshd is, or null. */
  readonly program: string | null;
  /** The text of each file, one character a byte; null where it cannot be read. */
  readonly texts: Readonly<Record<string, string | null>>;
  /** The files that an Include line leads to, in the order in which sshd reads them, by "FILE:LINE". */
  readonly includes: Readonly<Record<string, readonly string[]>>;
}

/**
 * The files of an sshd_config. Include lines are followed as sshd does it (sshd_config(5)): relative to /etc/ssh,
 * patterns in lexical order, what is not there passed over, no deeper than 16.
 */
export const sshdFiles: Fact<string, SshdFiles> = {
  name: 'sshd_files',
  id: (main) => main,
  about: (main) => [`path:${main}`, below(`${main}.d`), sshdFilesKey(main)],
  ask: (mains) =>
    lines([
      withSystemPath,
      sh`w=$(command -v sshd) || w=; case $w in /*) ;; *) w=;; esac; printf '%s\\000' "$w"`,
      readFunction,
      ...mains.map((main) => sh`( d=0; sshd_file ${main} ); printf 'E\\000'`),
    ]),
  // One text, whatever the order in which files were come upon.
  lasting: ({ program, texts, includes }) =>
    JSON.stringify([program, Object.entries(texts).toSorted(), Object.entries(includes).toSorted()]),
  parse(output, mains) {
    const reader = new Reader(output);
    const program = reader.word() || null;
    return mains.map(() => readOne(reader, program));
  },
};

/** The key of all that sshd reads, which a change of any of its files touches. */
export function sshdFilesKey(main: string): `sshd:${string}` {
  return `sshd:${main}`;
}

const readFunction = sh`sshd_file() {
f=$1
if [ ! -r "$f" ] || [ ! -f "$f" ]; then printf 'U\\000%s\\000' "$f"; return; fi
printf 'F\\000%s\\000%s\\000' "$f" "$(stat -L -c %s -- "$f")"; cat -- "$f"; printf '\\000'
n=0
while IFS= read -r l || [ -n "$l" ]; do
n=$((n+1))
case $l in *[Ii][Nn][Cc][Ll][Uu][Dd][Ee]*) ;; *) continue;; esac
l=\${l#"\${l%%[!	 ]*}"}
case $l in [Ii][Nn][Cc][Ll][Uu][Dd][Ee][!A-Za-z0-9]*) l=\${l#???????};; *) continue;; esac
while :; do
l=\${l#"\${l%%[!	 =]*}"}
case $l in
''|'#'*) break;;
'"'*) l=\${l#?}; p=\${l%%'"'*}; case $l in *'"'*) l=\${l#*'"'};; *) l=;; esac;;
*) p=\${l%%[	 ]*}; l=\${l#"$p"};;
esac
case $p in /*) ;; *) p=/etc/ssh/$p;; esac
IFS=; set +f
for g in $p; do
[ -e "$g" ] || continue
printf 'I\\000%s\\000%s\\000%s\\000' "$f" "$n" "$g"
[ "$d" -ge 16 ] || ( d=$((d+1)); sshd_file "$g" )
done
set -f; unset IFS
done
done <"$f"
}
set -f`;

class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  word(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new Unsettled('what sshd reads was not all told');
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  bytes(count: number): string {
    const text = this.#bytes.toString('latin1', this.#at, this.#at + count);
    this.#at += count;
    if (this.#bytes[this.#at] !== 0) throw new Unsettled('a file of sshd changed while it was read');
    this.#at += 1;
    return text;
  }
}

function readOne(reader: Reader, program: string | null): SshdFiles {
  const texts: Record<string, string | null> = {};
  const includes: Record<string, string[]> = {};
  // The same file may be included twice; its own lines count once.
  const seen = new Set<string>();
  let again = false;
  for (;;) {
    const kind = reader.word();
    if (kind === 'E') return { program, texts, includes };
    const file = nameOf(reader.word());
    if (kind === 'U') {
      texts[file] = null;
    } else if (kind === 'F') {
      texts[file] = reader.bytes(Number(reader.word()));
      again = seen.has(file);
      seen.add(file);
    } else if (kind === 'I') {
      const place = `${file}:${reader.word()}`;
      const target = nameOf(reader.word());
      const list = (includes[place] ??= []);
      if (!again || !list.includes(target)) list.push(target);
    } else {
      throw new Unsettled('what sshd reads was told in parts');
    }
  }
}

function nameOf(latin: string): string {
  return Buffer.from(latin, 'latin1').toString('utf8');
}
