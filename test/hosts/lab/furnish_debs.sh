#!/bin/sh
# Gives a Debian host a repository of small packages in /srv/debs, and no other: furnish_debs.sh, on the host.
#   labtool → lablib (>= 2), recommends labextra; labold conflicts with labnew; labmta-a and labmta-b provide labmta
#   and labconf has a configuration file; labscript has a script for its purge; labsvc brings a user and a file; labuser → labtool; labdeny conflicts with sudo;
#   labguard → labbase; labrival conflicts with labguard; labbroken → what nobody has; labver in many versions
#   containerd.io 1.6.33 to 2.0.5 with unit, configuration and shim; docker-ce → containerd.io; containerd, Debian's own
set -eu
mkdir -p /srv/debs
work=$(mktemp -d)

make() { # NAME VERSION FIELDS
  folder=$work/$1-$2
  mkdir -p "$folder/DEBIAN" "$folder/opt/$1"
  echo "$2" >"$folder/opt/$1/version"
  printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: nobody <nobody@invalid>\nDescription: test\n%s' "$1" "$2" "${3:+$3
}" >"$folder/DEBIAN/control"
}
build() {
  (cd "$work/$1-$2" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | xargs -0r md5sum >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -b "$work/$1-$2" "/srv/debs/$1_$2_all.deb" >/dev/null
}

make lablib 1.0 && build lablib 1.0
make lablib 2.0 && build lablib 2.0
make labextra 1.0 && build labextra 1.0
make labtool 1:2.0 'Depends: lablib (>= 2)
Recommends: labextra' && mv "$work/labtool-1:2.0" "$work/labtool-2.0" && build labtool 2.0
make labold 1.0 && build labold 1.0
make labnew 1.0 'Conflicts: labold' && build labnew 1.0
make labmta-a 1.0 'Provides: labmta' && build labmta-a 1.0
make labmta-b 1.0 'Provides: labmta' && build labmta-b 1.0
make labconf 1.0
mkdir -p "$work/labconf-1.0/etc"
echo packaged >"$work/labconf-1.0/etc/labconf"
echo /etc/labconf >"$work/labconf-1.0/DEBIAN/conffiles"
build labconf 1.0
make labscript 1.0
printf '#!/bin/sh\nrm -rf /var/lib/labscript\n' >"$work/labscript-1.0/DEBIAN/postrm"
chmod 755 "$work/labscript-1.0/DEBIAN/postrm"
build labscript 1.0
make labsvc 1.0
mkdir -p "$work/labsvc-1.0/etc"
echo packaged >"$work/labsvc-1.0/etc/labsvc.conf"
printf '#!/bin/sh\nid labsvc >/dev/null 2>&1 || useradd -r labsvc\n' >"$work/labsvc-1.0/DEBIAN/preinst"
chmod 755 "$work/labsvc-1.0/DEBIAN/preinst"
build labsvc 1.0
make labuser 1.0 'Depends: labtool' && build labuser 1.0
make labdeny 1.0 'Conflicts: sudo' && build labdeny 1.0
make labbase 1.0 && build labbase 1.0
make labguard 1.0 'Depends: labbase' && build labguard 1.0
make labrival 1.0 'Conflicts: labguard' && build labrival 1.0
make labbroken 1.0 'Depends: labmissing (>= 3)' && build labbroken 1.0
for version in 1.9-1 1.10-1 2.0~rc1-1 2.0-1 2.0-1+b1; do
  make labver "$version" && build labver "$version"
done

containerd() { # NAME VERSION FIELDS [TEXT IN THE SHIM]
  make "$1" "$2" "$3"
  folder=$work/$1-$2
  mkdir -p "$folder/usr/bin" "$folder/lib/systemd/system" "$folder/etc/containerd"
  printf '#!/bin/sh\ncase $1 in\n--version|-v) echo "containerd %s %s 0000000000000000000000000000000000000000";;\n*) exec sleep infinity;;\nesac\n' \
    "$1" "${2%%-*}" >"$folder/usr/bin/containerd"
  cp /bin/sleep "$folder/usr/bin/containerd-shim-runc-v2"
  echo "${4:-} $2" >>"$folder/usr/bin/containerd-shim-runc-v2"
  chmod 755 "$folder/usr/bin/containerd" "$folder/usr/bin/containerd-shim-runc-v2"
  printf '[Unit]\nDescription=containerd container runtime\n[Service]\nExecStart=/usr/bin/containerd\nKillMode=process\nDelegate=yes\n[Install]\nWantedBy=multi-user.target\n' \
    >"$folder/lib/systemd/system/containerd.service"
  echo 'disabled_plugins = ["cri"]' >"$folder/etc/containerd/config.toml"
  echo /etc/containerd/config.toml >"$folder/DEBIAN/conffiles"
  build "$1" "$2"
}
strict='is expected to have 4 fields'
own='Provides: containerd, runc
Conflicts: containerd, runc
Replaces: containerd, runc'
containerd containerd.io 1.6.33-1 "$own" "$strict"
containerd containerd.io 1.7.0-1 "$own"
containerd containerd.io 1.7.3-1 "$own"
containerd containerd.io 1.7.27-1 "$own"
containerd containerd.io 2.0.5-1 "$own"
containerd containerd 1.6.20~ds1-1+deb12u1 '' "$strict"

docker() { # VERSION NEEDS
  make docker-ce "5:$1" "Depends: containerd.io (>= $2)"
  mv "$work/docker-ce-5:$1" "$work/docker-ce-$1"
  mkdir -p "$work/docker-ce-$1/lib/systemd/system"
  printf '[Unit]\nDescription=Docker Application Container Engine\nBindsTo=containerd.service\nAfter=containerd.service\n[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n' \
    >"$work/docker-ce-$1/lib/systemd/system/docker.service"
  build docker-ce "$1"
}
docker 20.10.24-1 1.4.1
docker 26.1.3-1 1.6.24
rm -rf "$work"

# What dpkg-scanpackages would write; it is not on every host.
cd /srv/debs
for deb in *.deb; do
  dpkg-deb -f "$deb"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done >Packages

rm -f /etc/apt/sources.list.d/* /etc/apt/sources.list
echo 'deb [trusted=yes] copy:/srv/debs ./' >/etc/apt/sources.list
apt-get update -qq
