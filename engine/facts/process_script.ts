import { lines, sh, type Script } from '../shell/script.ts';
import type { ProcessSubject } from './process.ts';

/**
 * Prints the processes that fit, rule by rule: a fork for all of /proc/PID/stat, one for all users and groups, one for all
 * programs; then built-ins. A second pass is made only where the first found what would be told, or where one is asked for.
 */
export function askProcesses(subjects: readonly ProcessSubject[]): Script {
  return lines([
    sh`nl='\n' z=0; set -f`,
    sh`if [ -e /sys/fs/selinux/enforce ] || [ -e /selinux/enforce ]; then z=1; fi; echo "S $z"`,
    sh`h=$(getconf CLK_TCK 2>/dev/null) || h=100; echo "H $h"`,
    askers,
    ...subjects.map(userNumber),
    gather,
    tell,
    sh`pass() { ${lines(subjects.map((_subject, index) => sh`c${index}=0;`))} b=0
gather
${lines([eachProcess(subjects)])}
}`,
    sh`pass; w=${Math.max(0, ...subjects.map(({ interval }) => interval))}`,
    ...subjects.map(needsSecondLook),
    sh`if [ $w -gt 0 ]; then sleep $w; pass; fi`,
  ]);
}

const askers = sh`a= p=$$
while [ "$p" -gt 1 ] 2>/dev/null; do
a="$a $p" s=; { IFS= read -r s <"/proc/$p/stat"; } 2>/dev/null
s=\${s##*") "}; s=\${s#* }; p=\${s%% *}
done
echo "A$a"`;

function userNumber({ user }: ProcessSubject, index: number): Script {
  if (user === undefined) return sh`:`;
  if (/^\d+$/.test(user)) return sh`v${index}=${user}`;
  return sh`v${index}=$(id -u -- ${user} 2>/dev/null) || { v${index}=-; echo U ${index}; }`;
}

/**
 * Reads stat, users and groups, and programs of all processes into variables by their number: r (fields of stat from the third), n (name),
 * u (effective user), g (whether it has group 0), x (program). A name may hold anything: a row of stat ends only where
 * more numbers follow the last parenthesis than a name of 15 bytes could hold; a second program of one process is another's,
 * whose path holds a line end. Kernel threads (PF_KTHREAD) and the dead that nobody has asked for yet are left out.
 */
const gather = sh`gather() {
set +f
read -r t y </proc/uptime; echo "L $t"
A=$(cat /proc/[0-9]*/stat 2>/dev/null)
B=$(grep -h -E '^(Pid|Uid|Gid|Groups):' /proc/[0-9]*/status 2>/dev/null)
E=$(ls -ld /proc/[0-9]*/exe 2>/dev/null)
set -f; IFS=$nl; P= l=
for y in $A; do
l=$l\${l:+$nl}$y
unset IFS; set -- \${l##*") "}
[ $# -ge 20 ] || continue
p=\${l%% *} k=\${l#*"("}; k=\${k%")"*}
case $p in ''|*[!0-9]*) l=; continue;; esac
while :; do case $k in *"$nl"*) k=\${k%%"$nl"*}?\${k#*"$nl"};; *) break;; esac; done
case $1 in Z|X) l=; continue;; esac
if [ $(($7 & 2097152)) = 0 ]; then
P="$P $p"; eval "n$p=\\$k r$p=\\"\\$2 \${20} \${12} \${13} \${17}\\" u$p= g$p=0 x$p="
fi
l=
done
p= IFS=$nl
for y in $B; do
unset IFS; set -- $y
case $1 in
Pid:) p=$2;;
Uid:) eval "u$p=\\$3";;
Gid:|Groups:) case " $* " in *' 0 '*) eval "g$p=1";; esac;;
esac
done
IFS=$nl
for y in $E; do
case $y in *' /proc/'[0-9]*'/exe -> '*) ;; *) continue;; esac
p=\${y#*' /proc/'}; p=\${p%%/exe*}; y=\${y#*'/exe -> '}
case $p in *[!0-9]*) continue;; esac
eval "if [ -n \\"\\$x$p\\" ]; then x$p='?'; else x$p=\\$y; fi"
done
unset IFS
}`;

// The asking shell and its own children do not count. Who may not look at process 1 cannot tell namespaces apart.
const tell = sh`o=0; if [ /proc/1/ns/pid -ef /proc/1/ns/pid ]; then o=1; fi
own() {
k=$p; for i in 1 2 3 4; do
if [ "$k" = $$ ]; then return 1; fi
eval "k=\\\${r$k%% *}"; case $k in ''|0|1) break;; esac
done
[ $o = 0 ] || [ "/proc/$p/ns/pid" -ef /proc/1/ns/pid ]
}
tell() {
C=; { while IFS=: read -r i j k; do
case $i:$j in *:name=systemd) C=$k;; 0:) C=\${C:-$k};; esac
done <"/proc/$p/cgroup"; } 2>/dev/null
echo "P $1 $p $r \${u:--} $g"
printf 'X %s\\nT %s\\nC %s\\nN %s\\n' "$x" "$T" "$C" "$n"
}`;

/** Tests come in the order of their cost; what lies in another pid namespace belongs to a container. */
function eachProcess(subjects: readonly ProcessSubject[]): Script {
  return sh`for p in $P; do
eval "n=\\$n$p r=\\$r$p u=\\$u$p g=\\$g$p x=\\$x$p"
q= T=
if [ $z = 1 ]; then { IFS= read -r T <"/proc/$p/attr/current"; } 2>/dev/null; fi
s=\${T#*:*:}; s=\${s%%:*}
${lines(subjects.map(ruleOf))}
done`;
}

function ruleOf(subject: ProcessSubject, index: number): Script {
  const tests = [
    ...(subject.name === undefined ? [] : [nameTest(subject.name)]),
    ...(subject.user === undefined ? [] : [sh`[ "$u" = "$v${index}" ]`]),
    ...(subject.type === undefined ? [] : [sh`[ "$s" = ${subject.type} ]`]),
    ...(subject.exe === undefined ? [] : [exeTest(subject.exe)]),
  ];
  const all = tests.reduce((left, right) => sh`${left} && ${right}`, sh`own`);
  return sh`if ${tests.length === 0 ? sh`own` : all}; then
c${index}=$((c${index}+1)); ${signTest(subject, index)}
tell ${index}
fi`;
}

function exeTest(exe: string): Script {
  return sh`case $x in ${exe}|${`${exe} (deleted)`}) ;; *) false;; esac`;
}

function nameTest(name: string): Script {
  const bytes = Buffer.from(name).subarray(0, 15);
  const cut = bytes.toString('utf8');
  // The kernel cuts within a character.
  return Buffer.from(cut).equals(bytes)
    ? sh`[ "$n" = ${cut} ]`
    : sh`case $n in ${cut.slice(0, -1)}*) ;; *) false;; esac`;
}

function signTest({ signs, exempt = [] }: ProcessSubject, index: number): Script {
  const tests = {
    gid0: sh`if [ "$g" = 1 ] && [ "\${u:-0}" != 0 ]; then b="$b ${index}"; fi;`,
    init_t: sh`if [ "$s" = init_t ] && [ $p != 1 ] && [ "$n" != '(sd-pam)' ]; then b="$b ${index}"; fi;`,
    deleted: sh`case $x in *' (deleted)') b="$b ${index}";; esac;`,
  };
  const found = lines(signs.map((sign) => tests[sign]));
  if (signs.length === 0 || exempt.length === 0) return found;
  const leave = exempt.flatMap((one) => [
    nameTest(one),
    ...(one.startsWith('/') ? [exeTest(one)] : []),
    ...(/^\d+$/.test(one) ? [sh`[ "$u" = ${one} ]`] : []),
  ]);
  return sh`if ${leave.reduce((left, right) => sh`${left} || ${right}`)}; then :; else ${found}
fi`;
}

function needsSecondLook({ min, max, recheck }: ProcessSubject, index: number): Script {
  if (recheck === 0) return sh`:`;
  const most = max === null ? sh`` : sh` || [ $c${index} -gt ${max} ]`;
  return sh`if [ $c${index} -lt ${min} ]${most}; then f=1; else case "$b " in *' '${index}' '*) f=1;; *) f=0;; esac; fi
if [ $f = 1 ] && [ $w -lt ${recheck} ]; then w=${recheck}; fi`;
}
