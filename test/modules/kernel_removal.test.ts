import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labMissing } from '../hosts/lab_requirements.ts';
import { oneHost, type OneHost } from './one_host.ts';

const missing = labMissing();
const title = `Debian's kernels are removed${missing === null ? '' : ` (not run: needs ${missing})`}`;

/*
 * Packages named and built like Debian's, and a menu as its update-grub makes it. The program itself is a stand-in: grub-mkconfig
 * wants a disk. No script of these packages calls it, as on a host whose zz-update-grub is gone.
 */
const furnish = `set -e
mkdir -p /boot/grub /root/k
cat >/usr/sbin/update-grub <<'PROGRAM'
#!/bin/sh
entry() { echo "menuentry 'Debian GNU/Linux$2' \\$menuentry_id_option 'gnulinux-$1' {"; echo "	linux	/boot/vmlinuz-$3 root=/dev/vda1 ro quiet"; echo '}'; }
all=$(ls /boot | sed -n 's/^vmlinuz-//p' | sort -rV)
{
cat <<'HEAD'
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
else
   set default="0"
fi
HEAD
entry simple-x '' "\${all%%[!0-9a-z.-]*}"
echo "submenu 'Advanced options for Debian GNU/Linux' \\$menuentry_id_option 'gnulinux-advanced-x' {"
for r in $all; do entry "$r-advanced-x" ", with Linux $r" "$r"; done
echo '}'
} >/boot/grub/grub.cfg
PROGRAM
chmod 755 /usr/sbin/update-grub
cd /root/k
make() { # NAME FIELDS
  printf 'Package: %s\\nVersion: 6.1.69-1\\nArchitecture: all\\nMaintainer: nobody <nobody@invalid>\\nDescription: test\\n%s' "$1" "$2" >$1/DEBIAN/control
  dpkg-deb --root-owner-group -b $1 >&2
}
for r in 6.1.0-16-amd64 6.1.0-17-amd64 6.1.0-18-amd64; do
  n=linux-image-$r
  mkdir -p $n/DEBIAN $n/boot $n/lib/modules/$r
  echo kernel >$n/boot/vmlinuz-$r
  printf '#!/bin/sh\\n[ "$1" != configure ] || echo img >/boot/initrd.img-%s\\n' $r >$n/DEBIAN/postinst
  printf '#!/bin/sh\\n[ "$1" != remove ] || rm -f /boot/initrd.img-%s\\n' $r >$n/DEBIAN/postrm
  chmod 755 $n/DEBIAN/postinst $n/DEBIAN/postrm
  make $n ''
done
mkdir -p linux-headers-6.1.0-16-amd64/DEBIAN lab-needs/DEBIAN
make linux-headers-6.1.0-16-amd64 ''
make lab-needs 'Depends: linux-image-6.1.0-17-amd64
'
dpkg -i /root/k/*.deb >&2
update-grub`;

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  let host: OneHost;
  const there = () =>
    host.ssh(
      "dpkg-query -W -f '${Package} ${Status}\\n' 'linux-*-6.1.0-*' | sed -n 's/ install ok installed//p'; ls /boot; grep -c vmlinuz- /boot/grub/grub.cfg",
    );

  beforeAll(async () => {
    host = await oneHost({ debian: 1 }, null);
    await host.ssh('sh -s', furnish);
  }, 600_000);

  afterAll(() => host.stop());

  test('one that something needs, and the default, are refused; nothing is changed', async () => {
    const before = await there();
    const refused = await host.play([
      { kernel: { version: '6.1.0-17-amd64', state: 'absent' }, ignore_errors: true },
      { kernel: { version: '6.1.0-18-amd64', state: 'absent' } },
    ]);
    expect(refused.said).toContain('lab-needs depends on linux-image-6.1.0-17-amd64');
    expect(refused.said).toContain('the kernel 6.1.0-18-amd64 is not removed: it is the default');
    expect(await there()).toBe(before);
  });

  test('it goes with its headers, out of /boot and out of the menu; then nothing is left to do; what is held stays', async () => {
    const tasks = [{ kernel: { version: '6.1.0-16-amd64', state: 'absent' } }];
    const check = await host.play(tasks, '--check', '--exit-code');
    expect(check.said).toContain(
      'remove the kernel 6.1.0-16-amd64: linux-headers-6.1.0-16-amd64, linux-image-6.1.0-16-amd64',
    );
    const made = await host.play(tasks);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect((await host.play(tasks, '--check', '--exit-code')).code).toBe(0);
    await host.ssh('dpkg --purge lab-needs >&2; apt-mark hold linux-image-6.1.0-17-amd64 >&2');
    const kept = [{ kernel: { keep: 1, state: 'absent' } }];
    expect((await host.play(kept, '--check', '--exit-code')).code).toBe(0);
    const held = await host.play([{ kernel: { version: '6.1.0-17-amd64', state: 'absent' } }]);
    expect(held.said).toContain('linux-image-6.1.0-17-amd64 is held, and would not be removed');
    await host.ssh('apt-mark unhold linux-image-6.1.0-17-amd64 >&2');
    const rest = await host.play(kept);
    expect(rest, rest.said).toMatchObject({ code: 0 });
    expect(await there()).toBe(
      'linux-image-6.1.0-18-amd64\ngrub\ninitrd.img-6.1.0-18-amd64\nvmlinuz-6.1.0-18-amd64\n2',
    );
    expect((await host.undo(made.run)).said).toContain('comes back by `package`');
  });
});
