# The work of mixed.yml, written by hand.
set -eu
root=/home/ops/bench

directory() { # PATH MODE
  [ -d "$1" ] || mkdir "$1"
  [ "$(stat -c %a "$1")" = "$2" ] || chmod "$2" "$1"
}

. /etc/os-release
who=$(id -un)
[ "$who" = ops ] && directory "$root/mixed" 750
if [ "$ID" = debian ]; then
  [ "$(cat "$root/mixed/system" 2>/dev/null)" = "$ID" ] || printf '%s\n' "$ID" >"$root/mixed/system"
  [ "$(stat -c %a "$root/mixed/system")" = 640 ] || chmod 640 "$root/mixed/system"
fi

sudo -n sh -eu -c '
  directory() { # PATH MODE
    [ -d "$1" ] || mkdir "$1"
    [ "$(stat -c %a "$1")" = "$2" ] || chmod "$2" "$1"
  }
  shadow=$(wc -l /etc/shadow)
  [ -n "$shadow" ] && directory /etc/fettle-bench 700
  settings=/etc/fettle-bench/settings
  case $(uname -m) in
    x86_64 | aarch64)
      [ -f "$settings" ] || printf "workers=1\nlimit=10\n" >"$settings"
      [ "$(stat -c %a "$settings")" = 600 ] || chmod 600 "$settings"
      ;;
  esac
  if ! grep -qx workers=4 "$settings"; then
    sed -i "s/^workers=.*/workers=4/" "$settings"
  fi
  [ "$(stat -c %a /etc/shadow)" = 640 ] || chmod 640 /etc/shadow
'
[ "$ID" = debian ]
