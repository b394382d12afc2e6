import { sha256 } from '../contract/digest.ts';
import { type Fact, Unsettled } from '../contract/fact.ts';
import { isBelow } from '../contract/host_path.ts';
import { lines, sh, type Script } from '../shell/script.ts';

/** A file, links followed. */
export interface ContentSubject {
  /** Tidy and absolute. */
  readonly path: string;
  /** The SHA-256 that is wished for: then the answer is `same` where it is so. */
  readonly wanted?: string;
  /** Text is told up to 16 MiB, not 1 MiB. */
  readonly whole?: true;
}

/** `other`: no regular file. `large`: too long to be told; the hash is there where one was wanted. */
export type ContentAnswer =
  | { readonly kind: 'same'; readonly sha256: string }
  | { readonly kind: 'text'; readonly bytes: Buffer }
  | { readonly kind: 'large'; readonly size: number; readonly sha256?: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable' };

/** How many bytes of a file are told. */
export const textLimit = 1024 * 1024;

/** How many bytes are told where the whole file is needed. */
export const wholeLimit = 16 * textLimit;

/** Files that are to be compared are told rather than hashed up to this many bytes in all: `sha256sum` costs a host more. */
const toldLimit = 64 * 1024;

/** What a file holds. One `cat` for all whose text is needed, before it one `sha256sum` where much is to be compared. */
export const content: Fact<ContentSubject, ContentAnswer> = {
  name: 'content',
  id: ({ path, wanted = '-', whole }) => `${wanted} ${whole ? 'whole' : '-'} ${path}`,
  about: ({ path }) => [`path:${path}`],
  ask: askContent,
  parse: parseContent,
  lasting: lastingContent,
  under: ({ path }, ancestor) => (isBelow(path, ancestor) ? { kind: 'absent' } : undefined),
  restate: restateContent,
  chunk: 400,
};

// c is the class: t text, l large, s same, a absent, o other, u unreadable; s and l bear their hash.
// r is a file's row of stat. It is asked before and after the `cat`; a difference shows a file that moved meanwhile.
function askContent(subjects: readonly ContentSubject[]): Script {
  return sh`${lines(subjects.map(subjectWords))}
n=${subjects.length} H= R= C= i=0
while [ $i -lt $n ]; do
eval "p=\\$p$i w=\\$w$i"
if [ -f "$p" ]; then
if [ -r "$p" ]; then
c=t R="$R $i"
if [ -n "$w" ]; then H="$H $i"; fi
else c=u
fi
elif [ -e "$p" ]; then c=o
else
c=a u=$p
while [ -n "$u" ]; do
u=\${u%/*}
if [ -d "\${u:-/}" ]; then [ -x "\${u:-/}" ] || c=u; break; fi
done
fi
eval "c$i=\\$c h$i="
i=$((i+1))
done
nl='
'
set -f
${rows}
${hashes}
i=0
while [ $i -lt $n ]; do
eval "c=\\$c$i"
if [ "$c" = t ]; then
eval "r=\\$r$i m=\\$m$i h=\\$h$i"
if [ "\${r%% *}" -gt $m ]; then c="l \${r%% *} $h"
else c="t $r" C="$C \\"\\$p$i\\""
fi
fi
echo "$c"
i=$((i+1))
done
if [ -n "$C" ]; then
eval "cat -- $C"
eval "exec stat -L -c '%s %i %y %z' -- $C"
fi`;
}

function subjectWords({ path, wanted = '', whole }: ContentSubject, index: number): Script {
  return sh`p${index}=${path}; w${index}=${wanted}; m${index}=${whole ? wholeLimit : textLimit}`;
}

const rows = sh`if [ -n "$R" ]; then
a= z=0
for i in $R; do a="$a \\"\\$p$i\\""; done
o=$(eval "exec stat -L -c '%s %i %y %z' -- $a") || exit 75
IFS=$nl; set -- $o; unset IFS
for i in $R; do eval "r$i=\\$1"; shift; done
for i in $H; do eval "r=\\$r$i"; z=$((z+\${r%% *})); done
if [ $z -le ${toldLimit} ]; then H=; fi
fi 2>/dev/null`;

// All in one call; one by one only where a name holds a newline or a file cannot be read after all.
const hashes = sh`if [ -n "$H" ]; then
a= z=0 K=
for i in $H; do
eval "p=\\$p$i"
case $p in *"$nl"*) ;; *) a="$a \\"\\$p$i\\"" z=$((z+1));; esac
done
if [ -n "$a" ] && o=$(eval "exec sha256sum -- $a"); then
IFS=$nl; set -- $o; unset IFS
if [ $# = $z ]; then K=1; fi
fi
for i in $H; do
eval "p=\\$p$i w=\\$w$i"
case $p in *"$nl"*) k=;; *) k=$K;; esac
if [ -n "$k" ]; then h=\${1%% *}; h=\${h#\\\\}; shift
else h=$(sha256sum <"$p") || h=; h=\${h%% *}
fi
if [ -z "$h" ]; then c=u; elif [ "$h" = "$w" ]; then c="s $h"; else c=t; fi
eval "c$i=\\$c h$i=\\$h"
done
fi 2>/dev/null`;

function parseContent(output: Buffer, subjects: readonly ContentSubject[]): ContentAnswer[] {
  let at = 0;
  const told = subjects.map(() => {
    const end = output.indexOf('\n', at);
    if (end < 0) throw new Unsettled('a file went away while it was read');
    const row = output.toString('latin1', at, end);
    at = end + 1;
    return row;
  });
  const answers = told.map((row, index): ContentAnswer => {
    const [kind, first = '', second = ''] = row.split(' ');
    switch (kind) {
      case 's':
        return { kind: 'same', sha256: first };
      case 'l':
        return { kind: 'large', size: Number(first), ...(second ? { sha256: second } : {}) };
      case 'a':
        return { kind: 'absent' };
      case 'o':
        return { kind: 'other' };
      case 'u':
        return { kind: 'unreadable' };
      default: {
        const bytes = output.subarray(at, at + Number(first));
        at += Number(first);
        return comparedText(bytes, subjects[index]?.wanted);
      }
    }
  });
  const before = told.filter((row) => row.startsWith('t ')).map((row) => `${row.slice(2)}\n`);
  if (output.toString('latin1', at) !== before.join(''))
    throw new Unsettled('a file changed while it was read');
  return answers;
}

function comparedText(bytes: Buffer, wanted: string | undefined): ContentAnswer {
  return wanted !== undefined && sha256(bytes) === wanted
    ? { kind: 'same', sha256: wanted }
    : { kind: 'text', bytes };
}

function lastingContent(answer: ContentAnswer): unknown {
  switch (answer.kind) {
    case 'text':
      return { sha256: sha256(answer.bytes) };
    case 'same':
      return { sha256: answer.sha256 };
    case 'large':
      return answer.sha256 === undefined ? { size: answer.size } : { sha256: answer.sha256 };
    case 'absent':
    case 'other':
    case 'unreadable':
      return { kind: answer.kind };
  }
}

// A text is an answer to every question on the same file.
function restateContent(answer: ContentAnswer, { wanted, whole }: ContentSubject): ContentAnswer | undefined {
  switch (answer.kind) {
    case 'text': {
      const { bytes } = answer;
      if (wanted !== undefined && sha256(bytes) === wanted) return { kind: 'same', sha256: wanted };
      if (bytes.length <= (whole ? wholeLimit : textLimit)) return answer;
      return {
        kind: 'large',
        size: bytes.length,
        ...(wanted === undefined ? {} : { sha256: sha256(bytes) }),
      };
    }
    case 'same':
      return answer.sha256 === wanted ? answer : undefined;
    case 'large':
      return undefined;
    case 'absent':
    case 'other':
    case 'unreadable':
      return answer;
  }
}
