# The work of thirty.yml, written by hand: looks first, changes only what is missing.
set -eu
root=/home/ops/bench

directory() { # PATH MODE
  [ -d "$1" ] || mkdir "$1"
  [ "$(stat -c %a "$1")" = "$2" ] || chmod "$2" "$1"
}

file() { # PATH MODE CONTENT
  if [ ! -f "$1" ] || [ "$(cat "$1")" != "$3" ]; then
    printf '%s\n' "$3" >"$1.new"
    chmod "$2" "$1.new"
    mv "$1.new" "$1"
  fi
  [ "$(stat -c %a "$1")" = "$2" ] || chmod "$2" "$1"
}

line() { # PATH NAME VALUE
  if grep -qx "$2=$3" "$1"; then
    return
  elif grep -q "^$2=" "$1"; then
    sed -i "s|^$2=.*|$2=$3|" "$1"
  else
    printf '%s\n' "$2=$3" >>"$1"
  fi
}

directory "$root/srv/app1" 750
directory "$root/srv/app2" 750
directory "$root/srv/app3" 750
directory "$root/srv/app4" 750
directory "$root/srv/app5" 750
directory "$root/srv/app6" 750
directory "$root/srv/app7" 750
directory "$root/srv/app8" 750
directory "$root/srv/app9" 750
directory "$root/srv/app10" 750

file "$root/env/app1.env" 640 "APP=app1
PORT=8001"
file "$root/env/app2.env" 640 "APP=app2
PORT=8002"
file "$root/env/app3.env" 640 "APP=app3
PORT=8003"
file "$root/env/app4.env" 640 "APP=app4
PORT=8004"
file "$root/env/app5.env" 640 "APP=app5
PORT=8005"
file "$root/env/app6.env" 640 "APP=app6
PORT=8006"
file "$root/env/app7.env" 640 "APP=app7
PORT=8007"
file "$root/env/app8.env" 640 "APP=app8
PORT=8008"
file "$root/env/app9.env" 640 "APP=app9
PORT=8009"
file "$root/env/app10.env" 640 "APP=app10
PORT=8010"

line "$root/conf/app1.conf" workers 1
line "$root/conf/app2.conf" workers 2
line "$root/conf/app3.conf" workers 3
line "$root/conf/app4.conf" workers 4
line "$root/conf/app5.conf" workers 5
line "$root/conf/app6.conf" workers 6
line "$root/conf/app7.conf" workers 7
line "$root/conf/app8.conf" workers 8
line "$root/conf/app9.conf" workers 9
line "$root/conf/app10.conf" workers 10
