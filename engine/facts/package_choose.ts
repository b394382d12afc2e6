import { lines, sh, type Script } from '../shell/script.ts';
import type { Bound } from './package_spec.ts';

/*
 * Which version of a package is to be installed: chosen on the host, because what comes along with it can be asked only
 * once it is known, and with the host's own order. The plan chooses again, by ours, and trusts only what both chose.
 */

/** What is asked of `choose`: limits, and whether the newest is wanted, any will do, or what lies within them is to go. */
export interface Choice {
  readonly name: string;
  readonly bounds: readonly Bound[];
  readonly how: 'latest' | 'any' | 'gone';
  /** A held package is left as it is by `latest`, unless the hold is lifted. */
  readonly lift: boolean;
}

/** Calls `apt_choose` or `rpm_choose`, which add to `need` and to `offers`. */
export function choose(family: 'apt' | 'rpm', { name, bounds, how, lift }: Choice): Script {
  const limits = bounds.flatMap(({ sign, version }) => [sign, version]);
  const call = family === 'apt' ? sh`apt_choose` : sh`rpm_choose`;
  return sh`${call} ${name} ${how} ${lift ? 'lift' : 'respect'} ${limits}`;
}

/**
 * Shell functions: `apt_choose NAME latest|any|gone lift|respect [SIGN VERSION]…` adds "NAME=VERSION" to `need` where another
 * version than the installed one is wanted, and to `offers` what there is; `limited` names all that may be asked for.
 */
export const aptChoice = sh`apt_offers() {
printf '%s\\n' "$policy" | awk -v n="$1:" '$0 == n { p = 1; next } /^[^ ]/ { p = 0 } !p { next }
/^  Candidate: / { if ($2 != "(none)") print "^" $2; next }
/^ (\\*\\*\\*|   ) [^ ]/ { v = $1 == "***" ? $2 : $1; next }
/^      *-?[0-9]+ / && v != "" && $2 != "/var/lib/dpkg/status" { print "*" v; v = "" }'
}
apt_fits() {
whole=$1; shift
while [ $# -gt 1 ]; do
x=$whole; case $2 in *:*) ;; *) x=\${x#*:};; esac
case $2 in
*'*'*) case $x in $2) [ "$1" = '=' ] || return 1;; *) [ "$1" = '!=' ] || return 1;; esac;;
*) case $2 in *-*) ;; *) x=\${x%-*};; esac
case $1 in '=') o=eq;; '!=') o=ne;; '>=') o=ge;; '<=') o=le;; '>') o=gt;; *) o=lt;; esac
/usr/bin/dpkg --compare-versions "$x" $o "$2" || return 1;;
esac
shift 2
done
}
apt_choose() {
n=$1 how=$2 lift=$3 have= best=; shift 3
IFS=$nl; for r in $rows; do case $r in "|\${n%%:*}|"*' ok installed|'*)
case "$lift $r" in 'respect '*'|hold ok installed|'*) [ $how = any ] || { unset IFS; return 0; };; esac
v=\${r#"|"*"|"*"|"}; have="$have \${v%%"|"*}";; esac; done; unset IFS
if [ $how = any ]; then for v in $have; do apt_fits "$v" "$@" && return; done; fi
if [ $how = gone ]; then for v in $have; do if apt_fits "$v" "$@"; then need="$need $n"; fi; done; return; fi
if [ -z "$policy" ]; then q=apt-cache; policy=$(apt_still -q policy $limited 2>/dev/null); fi
told_offers=$(apt_offers "$n")
for v in $told_offers; do offers="$offers$nl$v $n"; done
if [ -z "$told_offers" ]; then [ $# -gt 0 ] || dpkg_has "$n" || need="$need $n"; return; fi
for v in $told_offers; do if apt_fits "\${v#?}" "$@"; then best=\${v#?}; break; fi; done
[ -n "$best" ] || return
for v in $have; do if apt_fits "$v" "$@" && ! /usr/bin/dpkg --compare-versions "$best" gt "$v"; then return; fi; done
need="$need $n=$best"
}`;

/**
 * Shell functions for dnf and yum, of the same kind. The order is rpm's own, which its Lua knows since 4.7; before 4.16 it
 * compared texts of versions alone, so that they are taken apart here. No percent sign: that would be a macro.
 */
export const rpmChoice = lines([
  sh`rpm_best() { FETTLE_V="$1"; shift; FETTLE_B="$*"; export FETTLE_V FETTLE_B; /usr/bin/rpm --eval "$best_lua" 2>/dev/null; unset FETTLE_V FETTLE_B; }
best_lua='%{lua:
local function words(text)
  local found, from = {}, 1
  while true do
    local a = text:find("[^ ]", from)
    if not a then return found end
    local b = text:find(" ", a, true) or #text + 1
    found[#found + 1] = text:sub(a, b - 1)
    from = b
  end
end
local function cut(text)
  local epoch, version, release = nil, text, nil
  local colon = text:find(":", 1, true)
  if colon then epoch = text:sub(1, colon - 1) version = text:sub(colon + 1) end
  local dash = version:find("-[^-]*$")
  if dash then release = version:sub(dash + 1) version = version:sub(1, dash - 1) end
  return epoch, version, release
end
local function compare(one, two)
  local e, v, r = cut(one)
  local f, w, s = cut(two)
  local order = 0
  if f then order = rpm.vercmp(e or "0", f) end
  if order == 0 then order = rpm.vercmp(v, w) end
  if order == 0 and s then order = rpm.vercmp(r or "", s) end
  return order
end
local function holds(order, sign)
  if sign == "=" then return order == 0 end
  if sign == "!=" then return order ~= 0 end
  if sign == ">=" then return order >= 0 end
  if sign == "<=" then return order <= 0 end
  if sign == ">" then return order > 0 end
  return order < 0
end
local bounds, best = words(os.getenv("FETTLE_B")), nil
for _, version in ipairs(words(os.getenv("FETTLE_V"))) do
  local fit = true
  for i = 1, #bounds, 2 do fit = fit and holds(compare(version, bounds[i + 1]), bounds[i]) end
  if fit and (not best or compare(version, best) > 0) then best = version end
end
if best then print(best) end
}'`,
  sh`dnf_list() {
dnf_still -q list --showduplicates "$@" 2>/dev/null | awk '/^(Available|Installed|Obsoleting|Last metadata)/ { held = ""; there = /^Installed/; next }
there { next }
{ held = held " " $0; if (split(held, w, " ") < 3) next; if (w[3] !~ /^(@|installed)/) print w[1], w[2]; held = "" }'
}
rpm_locked() {
for f in /etc/dnf/plugins/versionlock.list /etc/yum/pluginconf.d/versionlock.list; do
[ -r "$f" ] || continue
while IFS= read -r x || [ -n "$x" ]; do
case $x in ''|'!'*|'#'*) continue;; "$1"-[0-9]*:[0-9]*|[0-9]*:"$1"-[0-9]*) return 0;; esac
IFS=$nl; for r in $told; do case $r in "|$1|"*)
r=\${r#"|"*"|"} y=\${r%%"|"*} r=\${r#*"|"}; e=\${r%%"|"*} r=\${r#*"|"}
for z in "$1" "$1-\${r%-*}" "$1-$e:\${r%-*}" "$1-$r" "$1-$e:$r" "$e:$1-$r" "$1-$r.$y" "$1-$e:$r.$y" "$e:$1-$r.$y"; do case $z in $x) unset IFS; return 0;; esac; done;;
esac; done; unset IFS
done <"$f"
done
return 1
}
rpm_choose() {
n=$1 how=$2 lift=$3 have= all= best=; shift 3; bounds="$*" plain= globs=
while [ $# -gt 1 ]; do case $2 in *'*'*) globs="$globs $1$2";; *) plain="$plain $1 $2";; esac; shift 2; done
case $n in *.*) base=\${n%.*} arch=\${n##*.};; *) base=$n arch=;; esac
case $arch in noarch|x86_64|i?86|aarch64|armv7hl|ppc64le|s390x|loongarch64|riscv64|mips64el|sw_64) ;; *) base=$n arch=;; esac
if [ "$how $lift" = 'latest respect' ] && rpm_locked "$base"; then return 0; fi
IFS=$nl; for r in $told; do case $r in "|$base|"\${arch:-*}"|"*) v=\${r#"|"*"|"*"|"}; have="$have \${v%%"|"*}:\${v#*"|"}";; esac; done; unset IFS
if [ $how = gone ]; then for v in $have; do [ -z "$(rpm_fit "$v")" ] || need="$need $base-\${v#*:}\${arch:+.$arch}"; done; return 0; fi
fit=$(rpm_fit "$have")
if [ $how = any ] && [ -n "$fit" ]; then return 0; fi
[ -n "$listed" ] || listed=$(dnf_list $limited)
IFS=$nl
for r in $listed; do
a=\${r%% *} v=\${r#* }; case $v in *:*) ;; *) v=0:$v;; esac
if [ "$a" = "$n" ] || { [ -z "$arch" ] && [ "\${a%.*}" = "$base" ]; }; then all="$all $v" offers="$offers$nl*$v $n"; fi
done; unset IFS
if [ -z "$all" ]; then [ -n "$bounds" ] || rpm_has "$n" || need="$need $n"; return 0; fi
best=$(rpm_fit "$all")
[ -n "$best" ] || return 0
if [ -n "$fit" ] && [ "$(rpm_best "$best $fit")" = "$fit" ]; then return 0; fi
# yum has a word of its own for it.
if [ "$p" = yum ] && [ -n "$have" ] && [ "$(rpm_best "$best $have")" != "$best" ]; then down=1; fi
need="$need $base-\${best#*:}\${arch:+.$arch}"
}
rpm_fit() {
k=
for v in $1; do
ok=1
for g in $globs; do
case $g in *:*) x=$v;; *) x=\${v#*:};; esac
case $g in
'!='*) case $x in \${g#!=}) ok=;; esac;;
*) case $x in \${g#=}) ;; *) ok=;; esac;;
esac
done
[ -z "$ok" ] || k="$k $v"
done
rpm_best "$k" $plain
}`,
]);
