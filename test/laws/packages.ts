import type { Entry } from './law_case.ts';

/*
 * Package managers as far as the state goes that they keep: a file a package, its version in it. `tool` needs `lib`, of which
 * there is an older version too. The real ones are tried on namespace hosts. busybox' shell has an rpm of its own.
 */

const repository = { tool: '2.0', lib: '1.0', other: '1.0' } as const;
const known = Object.keys(repository).join('|');
const version = `version() { case $1 in ${Object.entries(repository)
  .map(([name, number]) => `${name}) echo ${number};;`)
  .join(' ')} esac; }`;

const dpkgQuery = `#!/bin/sh
format=\${2#-f=}; shift 2
[ $# -gt 0 ] || set -- $(ls /var/lib/dpkg/fake)
for n in "$@"; do
[ -e /var/lib/dpkg/fake/$n ] || continue
read -r v </var/lib/dpkg/fake/$n
w=install; [ ! -e /var/lib/dpkg/held/$n ] || w=hold
case $format in
'|'*) echo "|$n|all|$v|$w ok installed|, ,";;
*binary*) echo "$n=$v $w ok installed";;
*Status*) echo "$w ok installed";;
esac
done
`;

const aptGet = `#!/bin/sh
${version}
sim= verb=
while [ $# -gt 0 ]; do
case $1 in -s) sim=1;; -o) shift;; -*) [ "$1" != -- ] || { shift; break; };; *) verb=$1;; esac
shift
done
in_() { read -r v </var/lib/dpkg/fake/$1; }
for n in "$@"; do
case $n in
*-) n=\${n%-}; in_ $n; if [ "$sim" ]; then echo "Remv $n [$v]"; else rm /var/lib/dpkg/fake/$n; fi;;
*=*) v=; [ ! -e /var/lib/dpkg/fake/\${n%=*} ] || in_ \${n%=*}; if [ "$sim" ]; then echo "Inst \${n%=*} \${v:+[$v] }(\${n#*=} fake [all])"; else echo \${n#*=} >/var/lib/dpkg/fake/\${n%=*}; fi;;
${known}) case $verb in
install) a=$n; [ $n != tool ] || a='lib tool'
for b in $a; do if [ "$sim" ]; then echo "Inst $b ($(version $b) fake [all])"; else version $b >/var/lib/dpkg/fake/$b; fi; done;;
*) in_ $n; if [ "$sim" ]; then echo "Remv $n [$v]"; else rm /var/lib/dpkg/fake/$n; fi;;
esac;;
*) echo "E: Unable to locate package $n" >&2; exit 100;;
esac
done
`;

const aptCache = `#!/bin/sh
${version}
while :; do case $1 in -o) shift 2;; -*) shift;; *) break;; esac; done
verb=$1; shift
for n in "$@"; do
a=$(version $n); [ $n != lib ] || a="$a 0.5"
[ $verb = madison ] || { echo "$n:"; echo "  Candidate: $(version $n)"; }
for v in $a; do case $verb in madison) echo " $n | $v | fake";; *) echo "     $v 500"; echo '        500 fake Packages';; esac; done
done
`;

const aptMark = `#!/bin/sh
verb=$1; shift
cd /var/lib/dpkg/held || exit
case $verb in
showhold) for n in *; do [ ! -e "$n" ] || echo "$n"; done;;
hold) for n in "$@"; do >$n; done;;
unhold) for n in "$@"; do rm -f $n; done;;
esac
`;

// Of the versions that are here, sort knows the order.
const dpkg = `#!/bin/sh
case $1 in --print-architecture) echo all; exit;; --compare-versions) ;; *) exit 0;; esac
if [ "$2" = "$4" ]; then case $3 in eq|ge|le) exit 0;; *) exit 1;; esac; fi
first=$(printf '%s\\n' "$2" "$4" | sort -V | head -n 1)
case $3 in ne) exit 0;; lt|le) [ "$first" = "$2" ];; gt|ge) [ "$first" = "$4" ];; *) exit 1;; esac
`;

/** A Debian host with some packages, each in the repository's version or, as `lib=0.5`, in another. */
export function debian(installed: readonly string[]): Readonly<Record<string, Entry>> {
  return {
    'sbin/dpkg-query': { program: dpkgQuery },
    'sbin/apt-get': { program: aptGet },
    'sbin/apt-cache': { program: aptCache },
    'sbin/apt-mark': { program: aptMark },
    'usr/bin/dpkg': { program: dpkg },
    'var/lib/dpkg/held': 'folder',
    'etc/debian_version': '12\n',
    'var/lib/dpkg/fake': 'folder',
    'var/lib/dpkg/info': 'folder',
    // Memory, as it is on a host: no part of what lies on its disk.
    'dev/shm': { link: `/proc/${process.pid}/root/dev/shm` },
    ...present('var/lib/dpkg/fake', installed),
  };
}

const rpm = `#!/bin/sh
cd /var/lib/fake || exit
row() { read -r v <$1; echo "|$1|noarch|0|$v-1"; }
case $1 in
-qa) for n in *; do [ -e "$n" ] || continue; read -r v <$n; echo "$n.noarch=0:$v-1"; done;;
-e) :;;
*) f=$3; shift 3; w=; [ "$1" != --whatprovides ] || { w=1; shift; }
for n in "$@"; do if [ -e "$n" ]; then case $f in *'|'*) row $n;; *) read -r v <"$n"; echo "0 $v-1";; esac; elif [ "$w" ]; then echo "no package provides $n"; else echo "package $n is not installed"; fi; done;;
esac
`;

const dnf = `#!/bin/sh
${version}
no= verb=
while [ $# -gt 0 ]; do
case $1 in --assumeno) no=1;; -*) :;; *) verb=$1; shift; break;; esac
shift
done
row() { echo " $1 noarch $2-1 fake 1 k"; }
case $verb in
install) a=; for n in "$@"; do case $n in tool) a="$a lib tool";; ${known}) a="$a $n";; *) echo "No match for argument: $n"; exit 1;; esac; done
if [ "$no" ]; then echo Installing:; for n in $a; do row $n $(version $n); done; exit 1; fi
for n in $a; do version $n >/var/lib/fake/$n; done;;
remove)
if [ "$no" ]; then echo Removing:; for n in "$@"; do read -r v </var/lib/fake/$n; row $n $v; done; exit 1; fi
for n in "$@"; do rm /var/lib/fake/$n; done;;
list) echo 'Available Packages'; for n in "$@"; do echo "$n.noarch $(version $n)-1 fake"; done;;
shell) while read -r word names; do for n in $names; do n=\${n%.noarch} v=\${n#*-} n=\${n%%-*}
case $word in remove) rm /var/lib/fake/$n;; *) v=\${v#*:}; echo \${v%-1} >/var/lib/fake/$n;; esac; done; done <"$1";;
esac
`;

/** A host with dnf and some packages. */
export function redhat(installed: readonly string[]): Readonly<Record<string, Entry>> {
  return {
    'usr/bin/rpm': { program: rpm },
    'sbin/dnf': { program: dnf },
    'var/lib/fake': 'folder',
    // Memory, as it is on a host: no part of what lies on its disk.
    'dev/shm': { link: `/proc/${process.pid}/root/dev/shm` },
    ...present('var/lib/fake', installed),
  };
}

function present(folder: string, installed: readonly string[]): Readonly<Record<string, Entry>> {
  return Object.fromEntries(
    installed.map((text) => {
      const [name = '', version = repository[text as keyof typeof repository]] = text.split('=');
      return [`${folder}/${name}`, `${version}\n`];
    }),
  );
}
