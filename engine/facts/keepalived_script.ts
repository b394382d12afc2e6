import { attributesFormat } from './attributes.ts';
import { sh, type Script } from '../shell/script.ts';

/** What is looked at. */
export interface KeepalivedSubject {
  /** The main file. */
  readonly config: string;
  /** Where scripts are to be. */
  readonly directory: string;
  /** A user to look for beside those that the configuration names. */
  readonly user: string;
}

/** Files of more bytes are not told. */
export const toldLimit = 128 * 1024;

/*
 * One look at everything, since what is to be asked next stands in files: it reads the configuration and what that
 * includes, then looks at every path that is written there or can be put together of what is written there
 * (a directory in one place, a name in another), and at the directories above.
 *
 * Output: strings that end in NUL, each kind with a letter before it: i DIRECTORY PATTERN FILE… "", p PATH, r REAL PATH
 * (as many as p), a DIRECTORY ABOVE, c NUMBER OF A CONFIGURATION FILE, s NUMBER OF A FILE WITH A HASH,
 * t NUMBER OF A FILE THAT IS TOLD, then k VERSION, h NODE, u LINES OF PASSWD, e. Rows of stat follow (paths, links
 * followed, directories above), hashes, contents, and the rows with links followed again: what moved shows.
 */
export function askKeepalived({ config, directory, user }: KeepalivedSubject): Script {
  return sh`${attributesFormat}
nl='
' n=0 b=' \t'$(printf '\\r') P=$nl T=$nl I=$nl Q=$nl U=${user}
${collect}
${braces}
${include}
${scan}
config ${config}
q=0
while :; do
eval "p=\\\${q$q-}"
if [ -z "$p" ]; then break; fi
scan "$p" "\${p%/*}/"
q=$((q+1))
done
m=$q
${candidates}
w0=${directory}
beside "$w0"
${above}
${tell}
${contents}`;
}

// A path that is there is taken once, and none that holds a newline; a bare word may be a user. Words that no path begins with cost nothing more.
const collect = sh`add() {
case $P in *"$nl$1$nl"*) return;; esac
case $1 in *"$nl"*) return;; esac
if [ -e "$1" ] && [ $n -lt 2000 ]; then P=$P$1$nl; eval "p$n=\\$1"; n=$((n+1)); fi
}
m=0
config() {
case $Q in *"$nl$1$nl"*) return;; esac
case $1 in *"$nl"*) return;; esac
Q=$Q$1$nl
if [ -f "$1" ] && [ -r "$1" ] && [ $m -lt 500 ]; then add "$1"; eval "q$m=\\$1"; m=$((m+1)); fi
}
word() {
case $1 in
/*) case $T in *"$nl$1$nl"*) ;; *) T=$T$1$nl;; esac;;
*[!A-Za-z0-9_.-]*|-*|'') ;;
*) if [ $# -lt 2 ]; then U="$U $1"; fi;;
esac
}`;

// csh's braces, which sh lacks, from the left: a{b,c{d,e}} → ab, ac{d,e} → … Unclosed ones stay.
const braces = sh`braces() {
E=$1$nl D=
while [ -n "$E" ]; do
e=\${E%%"$nl"*} E=\${E#*"$nl"} pre= rest=$e done=
while :; do
case $rest in *'{'*) ;; *) break;; esac
pre=$pre\${rest%%'{'*} rest=\${rest#*'{'}
d=0 alt= alts= g=$rest
while [ -n "$g" ]; do
k=\${g%"\${g#?}"} g=\${g#?}
case $k in
'{') d=$((d+1));;
'}') if [ $d = 0 ]; then done=1; break; fi; d=$((d-1));;
,) if [ $d = 0 ]; then alts=$alts$alt$nl alt=; continue; fi;;
esac
alt=$alt$k
done
if [ -n "$done" ]; then break; fi
pre="$pre{"
done
if [ -z "$done" ]; then D=$D$e$nl; continue; fi
alts=$alts$alt$nl N=
while [ -n "$alts" ]; do N=$N$pre\${alts%%"$nl"*}$g$nl alts=\${alts#*"$nl"}; done
E=$N$E
done
}`;

// As glob(3) does: sorted within each alternative, names with a dot at the front left out.
const include = sh`include() {
case $I in *"$nl$1 $2$nl"*) return;; esac
I="$I$1 $2$nl"
printf 'i\\000%s\\000%s\\000' "$1" "$2"
case $2 in /*) braces "$2";; *) braces "$1$2";; esac
while [ -n "$D" ]; do
e=\${D%%"$nl"*} D=\${D#*"$nl"}
set +f; IFS=
for g in $e; do
case $g in *"$nl"*) continue;; esac
if [ -f "$g" ]; then printf '%s\\000' "$g"; config "$g"; fi
done
unset IFS; set -f
done
printf '\\000'
}`;

const scan = sh`strip() { l=\${l#"\${l%%[!"$b"]*}"}; }
set -f
scan() {
while IFS= read -r l || [ -n "$l" ]; do
strip
case $l in '#'*|'!'*|'') continue;; esac
while :; do
case $l in
@*["$b"]*) l=\${l#*["$b"]}; strip;;
*) break;;
esac
done
case $l in
include["$b"]*|include[rmwba]["$b"]*)
l=\${l#include}; l=\${l#[rmwba]}; strip; l=\${l%%[#!]*}; l=\${l%"\${l##*[!"$b"]}"}
include "$2" "$l"
continue;;
user*|script_user*|notify*|quorum_*|startup_*|shutdown_*|*notify_fifo*) x=;;
*/*) x=1;;
*) continue;;
esac
IFS=$b\\"\\''={}(),;<>|&\\:'
for w in $l; do word "\${w%%\\$*}" $x; done
unset IFS
done <"$1"
}`;

// A directory that is named stands for the files in it; a path may be in two parts, "$DIR" and "/name".
const candidates = sh`beside() {
case $1 in */|/bin|/sbin|/usr|/usr/*bin|/etc|/dev|/proc|/sys|/run|/tmp|/var|/root|/home|/lib|/lib64|/opt|/srv|/mnt) return;; esac
if [ -d "$1" ]; then
set +f; IFS=
for g in "$1"/*; do if [ -f "$g" ]; then add "$g"; fi; done
unset IFS; set -f
fi
}
W=$nl i=0
while [ $i -lt $m ]; do
eval "p=\\$q$i"
case $W in *"$nl\${p%/*}$nl"*) ;; *) W=$W\${p%/*}$nl;; esac
i=$((i+1))
done
IFS=$nl
for w in $T; do
if [ -d "$w" ]; then
w=\${w%/}
case $W in *"$nl$w$nl"*) ;; *) W=$W$w$nl;; esac
else add "$w"
fi
done
c=0
for d in $W; do
for w in $T; do
if [ $c -lt 20000 ]; then c=$((c+1)); if [ -f "$d$w" ]; then add "$d$w"; fi; fi
done
done
for w in $T; do IFS=$nl; w=\${w%/}; if [ -d "$w" ]; then beside "$w"; IFS=$nl; fi; done
unset IFS`;

const above = sh`A= i=0
while [ $i -lt $n ]; do A="$A \\"\\$p$i\\"" i=$((i+1)); done
R=
if [ -n "$A" ]; then
R=$(eval "readlink -f -- $A" 2>/dev/null)
IFS=$nl; set -- $R; unset IFS
if [ $# != $n ]; then
R= i=0
while [ $i -lt $n ]; do eval "p=\\$p$i"; R=$R$(readlink -f "$p")$nl i=$((i+1)); done
fi
fi
up() {
g=$1
while :; do
g=\${g%/*}
case $G in *"$nl\${g:-/}$nl"*) return;; esac
G=$G\${g:-/}$nl
if [ -z "$g" ]; then return; fi
done
}
G=$nl IFS=$nl
for p in $R; do up "$p"; done
for p in $P; do up "$p"; done
up "$w0/x"
B= z=0
for p in $G; do if [ -e "$p" ]; then eval "g$z=\\$p"; B="$B \\"\\$g$z\\"" z=$((z+1)); fi; done
unset IFS`;

const tell = sh`i=0
while [ $i -lt $n ]; do
eval "p=\\$p$i"
printf 'p\\000%s\\000' "$p"
if [ -f "$p" ] && [ -r "$p" ]; then
case $p in
/bin/*|/sbin/*|/usr/bin/*|/usr/sbin/*) ;;
*) printf 's\\000%s\\000' $i; H="$H \\"\\$p$i\\"";;
esac
fi
i=$((i+1))
done
IFS=$nl
for p in $R; do printf 'r\\000%s\\000' "$p"; done
for p in $G; do if [ -e "$p" ]; then printf 'a\\000%s\\000' "$p"; fi; done
unset IFS
k=$(command -v keepalived) || k=/usr/sbin/keepalived
v=; if [ -x "$k" ]; then v=$("$k" --version 2>&1) || v=; printf 'k\\000%s\\000' "$k \${v%%"$nl"*}"; fi
h=; if [ -r /proc/sys/kernel/hostname ]; then read -r h </proc/sys/kernel/hostname; fi
printf 'h\\000%s\\000' "$h"
u=
set +f; set -- /lib/ld-musl-*; set -f
if ! [ -e "$1" ] && command -v getent >/dev/null; then u=$(getent passwd -- keepalived_script $U)
elif [ -r /etc/passwd ]; then u=$(cat /etc/passwd)
fi 2>/dev/null
printf 'u\\000%s\\000' "$u"`;

// Sizes come from the rows, so that the number of a file that is told needs them first.
const contents = sh`t=
if [ -n "$A" ]; then
L=$(eval "stat -L -c '$f' -- $A") || exit 75
IFS=$nl; set -- $L; unset IFS
i=0
for l do
IFS=:; set -- $l; unset IFS
z=$4
eval "p=\\$p$i"
case $Q in *"$nl$p$nl"*) w=${16 * 1024 * 1024};; *) w=${toldLimit};; esac
if [ -f "$p" ] && [ -r "$p" ] && [ $z -le $w ]; then printf 't\\000%s\\000' $i; t="$t \\"\\$p$i\\""; fi
i=$((i+1))
done
fi
printf 'e\\000'
if [ -n "$A" ]; then
eval "stat -c '$f' -- $A" || exit 75
printf '%s\\n' "$L"
eval "stat -c '$f' -- $B" || exit 75
if [ -n "$H" ]; then eval "sha256sum -- $H" || exit 75; fi
if [ -n "$t" ]; then eval "cat -- $t" || exit 75; fi
eval "exec stat -L -c '$f' -- $A"
fi`;
