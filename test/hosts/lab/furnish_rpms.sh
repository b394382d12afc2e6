#!/bin/sh
# Gives a host with dnf a repository of small packages in /srv/rpms, and no other: furnish_rpms.sh [plain|kernels|containers|all], on the host.
#   plain: labtool → lablib (>= 2), recommends labextra; labuser → labtool; labnew obsoletes labold; labmta-a and labmta-b
#     provide labmta; sudo and labguard → labbase; labrival obsoletes labguard; labbroken → what nobody has; labver in many versions
#   kernels: kernel → kernel-core, kernel-modules, in Kylin's naming: 4.19.90-52.39, -52.40 and -89.11. Their scriptlets call
#     /usr/lib/lab/kernel-install add|remove RELEASE, where there is such a program.
#   containers: containerd.io 1.6.33 to 2.0.5 with unit, configuration and a shim that is an ELF program, which up to 1.6 bears
#     the message of the parser that is too strict; docker-ce → containerd.io
set -eu
parts=${1:-all}
mkdir -p /srv/rpms /etc/yum.repos.d /etc/dnf/vars /etc/rpm /var/lib/rpm
# Debian keeps the database of rpm in the user's home.
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
echo 1 >/etc/dnf/vars/releasever
printf '[lab]\nname=lab\nbaseurl=file:///srv/rpms\nenabled=1\ngpgcheck=0\n' >/etc/yum.repos.d/lab.repo
# Debian brings all plugins in one package. This one keeps every file in a repository of its own.
printf '[main]\nenabled=0\n' >/etc/dnf/plugins/local.conf
work=$(mktemp -d)
mkdir "$work/failed"

# Two at a time: rpmbuild mostly starts.
running=0
build() { # NAME VERSION RELEASE ARCH TAGS [INSTALL FILES [SCRIPTLETS]]
  spec=$work/$1-$2-$3.spec
  cat >"$spec" <<SPEC
%define debug_package %{nil}
%define __os_install_post %{nil}
%define _build_id_links none
Name: $1
Version: $2
Release: $3
Summary: test
License: none
AutoReqProv: no
$5
%description
A package for tests.
%install
mkdir -p %{buildroot}/opt/$1-$3
echo $2 >%{buildroot}/opt/$1-$3/version
${6:-}
%files
/opt/$1-$3
${7:-}
${8:-}
SPEC
  (
    rpmbuild -bb --quiet --target "$4" --define '_rpmdir /srv/rpms' --define "_topdir $work/$1-$2-$3" \
      --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' "$spec" >"$spec.log" 2>&1 || mv "$spec.log" "$work/failed"
  ) &
  running=$((running + 1))
  [ $((running % 3)) -ne 0 ] || wait
}

# The files of these lie in /opt/NAME, whatever their release.
make() { # NAME VERSION TAGS
  build "$1" "$2" 1 noarch "$3" "mv %{buildroot}/opt/$1-1 %{buildroot}/opt/$1; ln -s $1 %{buildroot}/opt/$1-1" "/opt/$1"
}

plain() {
  make lablib 1.0 ''
  make lablib 2.0 ''
  make labextra 1.0 ''
  make labtool 2.0 'Epoch: 1
Requires: lablib >= 2
Recommends: labextra'
  make labold 1.0 ''
  make labnew 1.0 'Obsoletes: labold'
  make labmta-a 1.0 'Provides: labmta'
  make labmta-b 1.0 'Provides: labmta'
  make labuser 1.0 'Requires: labtool'
  make a-package-whose-name-is-far-too-long-for-a-column-of-dnf 1.0 ''
  make labbase 1.0 ''
  make labguard 1.0 'Requires: labbase'
  make labrival 1.0 'Obsoletes: labguard'
  make sudo 1.0 'Requires: labbase'
  make labbroken 1.0 'Requires: labmissing >= 3'
  make labver 1.9 ''
  make labver 1.10 ''
  make labver 2.0~rc1 ''
  make labver 2.0 ''
  make labver 2.0^git1 ''
}

kernels() {
  for release in 52.39.v2207.ky10 52.40.v2207.ky10 89.11.v2401.ky10; do
    full=4.19.90-$release.x86_64
    build kernel 4.19.90 "$release" x86_64 "Requires: kernel-core = %{version}-%{release}, kernel-modules = %{version}-%{release}"
    build kernel-core 4.19.90 "$release" x86_64 "Provides: kernel-uname-r = $full, installonlypkg(kernel)" \
      "mkdir -p %{buildroot}/boot %{buildroot}/usr/lib/modules/$full
echo kernel $full >%{buildroot}/boot/vmlinuz-$full
echo CONFIG_NF_CONNTRACK=m >%{buildroot}/boot/config-$full
echo kernel $full >%{buildroot}/usr/lib/modules/$full/vmlinuz" \
      "/boot/vmlinuz-$full
/boot/config-$full
%ghost /boot/initramfs-$full.img
%dir /usr/lib/modules/$full
/usr/lib/modules/$full/vmlinuz" \
      "%post -p <lua>
os.execute('[ ! -x /usr/lib/lab/kernel-install ] || /usr/lib/lab/kernel-install add $full')
%preun -p <lua>
os.execute('[ ! -x /usr/lib/lab/kernel-install ] || /usr/lib/lab/kernel-install remove $full')"
    build kernel-modules 4.19.90 "$release" x86_64 "Provides: installonlypkg(kernel-module)
Requires: kernel-core = %{version}-%{release}" \
      "mkdir -p %{buildroot}/usr/lib/modules/$full/kernel
echo netlink >%{buildroot}/usr/lib/modules/$full/kernel/nf_conntrack_netlink.ko" \
      "/usr/lib/modules/$full/kernel"
  done
}

containerd() { # VERSION RELEASE [TEXT IN THE SHIM]
  build containerd.io "$1" "$2" x86_64 'Provides: containerd, runc
Conflicts: containerd' "mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib/systemd/system %{buildroot}/etc/containerd
cat >%{buildroot}/usr/bin/containerd <<'PROGRAM'
#!/bin/sh
case \$1 in
--version|-v) echo 'containerd containerd.io $1 0000000000000000000000000000000000000000';;
*) exec sleep infinity;;
esac
PROGRAM
cp /bin/sleep %{buildroot}/usr/bin/containerd-shim-runc-v2
echo '${3:-} $1' >>%{buildroot}/usr/bin/containerd-shim-runc-v2
cat >%{buildroot}/usr/lib/systemd/system/containerd.service <<'UNIT'
[Unit]
Description=containerd container runtime
[Service]
ExecStart=/usr/bin/containerd
KillMode=process
Delegate=yes
[Install]
WantedBy=multi-user.target
UNIT
echo 'disabled_plugins = [\"cri\"]' >%{buildroot}/etc/containerd/config.toml" \
    "%attr(755,root,root) /usr/bin/containerd
%attr(755,root,root) /usr/bin/containerd-shim-runc-v2
/usr/lib/systemd/system/containerd.service
%config(noreplace) /etc/containerd/config.toml"
}

docker() { # VERSION NEEDS
  build docker-ce "$1" 1.el8 x86_64 "Epoch: 3
Requires: containerd.io >= $2" "mkdir -p %{buildroot}/usr/lib/systemd/system
cat >%{buildroot}/usr/lib/systemd/system/docker.service <<'UNIT'
[Unit]
Description=Docker Application Container Engine
BindsTo=containerd.service
After=containerd.service
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
UNIT" /usr/lib/systemd/system/docker.service
}

containers() {
  strict='is expected to have 4 fields'
  containerd 1.6.33 3.1.el8 "$strict"
  containerd 1.7.0 1.1.el8
  containerd 1.7.3 1.1.el8
  containerd 1.7.27 3.1.el8
  containerd 2.0.5 1.1.el8
  docker 20.10.24 1.4.1
  docker 26.1.3 1.6.24
}

case $parts in
all)
  plain
  kernels
  containers
  ;;
*) "$parts" ;;
esac
wait
if [ -n "$(ls "$work/failed")" ]; then
  cat "$work"/failed/* >&2
  exit 1
fi
rm -rf "$work"
createrepo_c -q /srv/rpms
dnf -q makecache
