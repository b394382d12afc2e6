#!/bin/sh
# Builds the smallest root that fettle can work on, busybox and dropbear alone: build_busybox.sh TARGET
set -eu
target=$1
partial=$target.partial

rm -rf "$partial"
umask 022
for folder in bin dev etc/lab home mnt proc root run sys tmp var/log; do
  mkdir -p "$partial/$folder"
done
chmod 1777 "$partial/tmp"
chmod 0700 "$partial/root"
cp "$(command -v busybox)" "$partial/bin/busybox"
for applet in $(busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "$partial/bin/$applet"
done
for folder in sbin usr; do
  ln -s . "$partial/$folder" 2>/dev/null || true
done
rm "$partial/sbin" && ln -s bin "$partial/sbin"

dropbear=$(command -v dropbear || echo /usr/sbin/dropbear)
cp "$dropbear" "$partial/bin/dropbear"
ldd "$dropbear" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "$partial$(dirname "$library")"
  cp "$library" "$partial$library"
done

for user in root:0:/root ops:1000:/home/ops dev:1001:/home/dev; do
  name=${user%%:*} rest=${user#*:}
  id=${rest%%:*} home=${rest#*:}
  echo "$name:x:$id:$id::$home:/bin/sh" >>"$partial/etc/passwd"
  echo "$name:*:20000:0:99999:7:::" >>"$partial/etc/shadow"
  echo "$name:x:$id:" >>"$partial/etc/group"
  mkdir -p "$partial$home"
  chown "$id:$id" "$partial$home"
done
chmod 0600 "$partial/etc/shadow"
echo /bin/sh >"$partial/etc/shells"
cat >"$partial/etc/os-release" <<'RELEASE'
NAME="fettle busybox host"
ID=busybox
RELEASE
cat >"$partial/etc/lab/start" <<'START'
exec /bin/dropbear -F -E -r /etc/dropbear/dropbear_ed25519_host_key -p "$1:$2"
START

mv "$partial" "$target"
