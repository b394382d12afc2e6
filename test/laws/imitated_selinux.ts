import type { Entry } from './law_case.ts';

/*
 * What the tools of SELinux keep and tell, where no kernel enforces it. The formats and exit statuses are those of
 * Debian 12's policycoreutils 3.4, tried in a root directory of its own. A path's label lies in /run/labels; one that has
 * none there is labelled as file_contexts says, without the host's own rules. The real tools are in test/vm.
 */
const library = `c=/etc/selinux/targeted/contexts/files
# lookup FILE…: the rule that counts for $P
lookup() {
k=f; if [ -L "$P" ]; then k=l; elif [ -d "$P" ]; then k=d; fi
export P k
cat "$@" 2>/dev/null | awk '/^\\// { f = NF == 3 ? $2 : ""; if (f == "--") f = "-f"; if ((f == "" || f == "-" ENVIRON["k"]) && ENVIRON["P"] ~ "^(" $1 ")$") l = $NF } END { print l }'
}
store() { printf %s "$P" | md5sum | cut -c 1-32; }
label() { s=/run/labels/$(store); if [ -e "$s" ]; then cat "$s"; else lookup $c/file_contexts; fi; }
set_label() { s=/run/labels/$(store); if [ "$1" = "$(lookup $c/file_contexts)" ]; then rm -f "$s"; else echo "$1" >"$s"; fi; }
`;

const programs: Readonly<Record<string, string>> = {
  stat: `follow=
while :; do case $1 in -L) follow=-L; shift;; -c) f=$2; shift 2;; --) shift; break;; *) break;; esac; done
case $f in
*:%C) for P; do busybox stat $follow -c "\${f%:%C}" -- "$P" | tr -d '\\n'; if [ -n "$follow" ]; then P=$(readlink -f "$P"); fi; printf ':%s\\n' "$(label)"; done;;
*) exec busybox stat $follow -c "$f" -- "$@";;
esac`,
  matchpathcon: `while :; do case $1 in -n) shift;; --) shift; break;; *) break;; esac; done
for P; do lookup $c/file_contexts $c/file_contexts.local; done`,
  restorecon: `force=
while :; do case $1 in -F) force=1; shift;; --) shift; break;; *) break;; esac; done
for P; do
l=$(lookup $c/file_contexts $c/file_contexts.local) n=$(label)
t=\${l#*:*:} t=\${t%%:*} o=\${n#*:*:} o=\${o%%:*}
if [ "$l" = '<<none>>' ]; then continue; fi
if [ -n "$force" ]; then set_label "$l"; continue; fi
if [ "$t" = "$o" ] || grep -qx "$o" $c/../customizable_types; then continue; fi
set_label "\${n%%:*}:object_r:$t:s0"
done`,
  chcon: `while :; do case $1 in -h) shift;; --) shift; break;; *) break;; esac; done
l=$1; shift
t=\${l#*:*:} t=\${t%%:*}
for P; do
if ! grep -qx "$t" /etc/selinux/targeted/types; then echo "chcon: failed to change context of '$P' to '$l': Invalid argument" >&2; exit 1; fi
set_label "$l"
done`,
  semanage: `what=$1 do=$2; shift 2
r=$c/file_contexts.local f=a t= u=system_u v=s0
while :; do case $1 in -N) shift;; -f) f=$2; shift 2;; -t) t=$2; shift 2;; -s) u=$2; shift 2;; -r) v=$2; shift 2;; *) break;; esac; done
case $what in
fcontext)
case $f in a) g=;; f) g=' --';; *) g=" -$f";; esac
case $t in '<<none>>') l=$t;; *) l=$u:object_r:$t:$v;; esac
export T="$1$g"
is() { awk '{ t = $1 (NF == 3 ? " " $2 : ""); if (t == ENVIRON["T"]) r = 1 } END { exit !r }' "$1" 2>/dev/null; }
case $do in
-a) if is $r || is $c/file_contexts; then echo "ValueError: File context for $1 already defined" >&2; exit 1; fi;;
-m) if ! is $r && ! is $c/file_contexts; then echo "ValueError: File context for $1 is not defined" >&2; exit 1; fi;;
-d) if ! is $r; then echo "ValueError: File context for $1 is not defined" >&2; exit 1; fi;;
esac
if [ "$do" != -d ] && [ "$t" != '<<none>>' ] && ! grep -qx "$t" /etc/selinux/targeted/types; then echo "ValueError: Type $t is invalid, must be a file or device type" >&2; exit 1; fi
awk '{ t = $1 (NF == 3 ? " " $2 : ""); if (t != ENVIRON["T"]) print }' $r >$r.new
if [ "$do" != -d ]; then printf '%s %s\\n' "$T" "$l" >>$r.new; fi
cat $r.new >$r; rm $r.new;;
permissive)
m=/var/lib/selinux/targeted/active/modules/400/permissive_$1
case $do in -a) mkdir -p "$m"; echo cil >"$m/lang_ext";; -d) rm -r "$m";; esac;;
boolean) cat /run/defaults;;
esac`,
  setsebool: `persistent=
case $1 in -P) persistent=1; shift;; esac
case $2 in on|1|true) v=1;; *) v=0;; esac
if ! [ -e /sys/fs/selinux/booleans/$1 ]; then echo "Could not change active booleans: Invalid boolean" >&2; exit 1; fi
echo "$v $v" >/sys/fs/selinux/booleans/$1
b=/var/lib/selinux/targeted/active/booleans.local
if [ -n "$persistent" ]; then { grep -v "^$1=" $b; echo "$1=$v"; } >$b.new; cat $b.new >$b; rm $b.new; fi`,
  setenforce: `case $1 in 1|0) printf %s "$1" >/sys/fs/selinux/enforce;; *) exit 1;; esac`,
  semodule: `s=/var/lib/selinux/targeted/active/modules p=400
while :; do case $1 in
-X) p=$2; shift 2;;
-H) shift;;
-N|-n) shift;;
-r) n=$2; if ! [ -e "$s/$p/$n" ]; then echo "libsemanage.semanage_direct_remove_key: Unable to remove module $n at priority $p" >&2; exit 1; fi
rm -r "\${s:?}/$p/$n"; rmdir "$s/$p" 2>/dev/null; exit 0;;
-i) f=$2; if grep -q nonsense "$f"; then echo "semodule:  Failed on $f!" >&2; exit 1; fi
n=\${f##*/} e=\${f##*.} n=\${n%.*}; mkdir -p "$s/$p/$n"; cp "$f" "$s/$p/$n/hll"; printf %s "$e" >"$s/$p/$n/lang_ext"; exit 0;;
*) exit 1;;
esac; done`,
};

const contexts = `/.*	system_u:object_r:default_t:s0
/etc/.*	system_u:object_r:etc_t:s0
/srv/.*	system_u:object_r:var_t:s0
/srv/([^/]*/)?www(/.*)?	system_u:object_r:httpd_sys_content_t:s0
/srv	-d	system_u:object_r:var_t:s0
/tmp/.*	<<none>>
/usr/lib/keepalived	-d	system_u:object_r:lib_t:s0
/usr/libexec/keepalived(/.*)?	--	system_u:object_r:keepalived_unconfined_script_exec_t:s0
`;

const types = ['etc_t', 'var_t', 'bin_t', 'default_t', 'httpd_sys_content_t', 'public_content_t'];

/** A host on which SELinux is enforcing, with tools of its own, and what else lies on it. */
export function selinuxHost(entries: Readonly<Record<string, Entry>> = {}): Readonly<Record<string, Entry>> {
  const own = Object.entries(programs).map(
    ([name, text]) => [`usr/bin/${name}`, { program: `#!/bin/sh\n${library}${text}\n` }] as const,
  );
  return {
    ...Object.fromEntries(own),
    'etc/os-release': 'ID=rocky\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n',
    'etc/selinux/config': '# mode\nSELINUX=enforcing\nSELINUXTYPE=targeted\n',
    'etc/selinux/targeted/contexts/files/file_contexts': contexts,
    'etc/selinux/targeted/contexts/files/file_contexts.local': '# by libsemanage\n',
    'etc/selinux/targeted/contexts/files/file_contexts.subs_dist': '# alike\n/usr/lib64 /usr/lib\n',
    'etc/selinux/targeted/contexts/customizable_types': 'public_content_t\n',
    'etc/selinux/semanage.conf': 'module-store = direct\nbzip-blocksize = 0\n',
    'etc/selinux/targeted/types': `${[...types, 'keepalived_unconfined_script_exec_t'].join('\n')}\n`,
    'run/labels': 'folder',
    'run/defaults':
      'SELinux boolean                State  Default Description\n\nfettle_web                     (off  ,  off)  Allow it\n',
    'sys/fs/selinux/enforce': '1',
    'sys/fs/selinux/booleans/fettle_web': '0 0\n',
    'var/lib/selinux/targeted/active/booleans.local': '# by libsemanage\n',
    'var/lib/selinux/targeted/active/modules/100/base/lang_ext': 'pp',
    ...entries,
  };
}
