import { CannotPlan } from '../contract/change.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import type { Boot, Grub } from './boot.ts';
import { withSystemPath } from './program.ts';

/** The file that grub.cfg is made from. */
export const grubDefaults = '/etc/default/grub';

/** GRUB's configuration. Throws CannotPlan where there is none, or where this user cannot see it. */
export function grubOf({ grub, hidden }: Boot): Grub {
  if (hidden) throw new CannotPlan('the files of the boot loader cannot be read', { next: 'become root' });
  if (grub) return grub;
  throw new CannotPlan(
    'there is no menu of GRUB on this host: neither /boot/grub2/grub.cfg nor /boot/grub/grub.cfg starts a kernel',
    {
      next: 'a host that boots by other means (zipl, extlinux, systemd-boot, a hypervisor) is set up with its own tools',
    },
  );
}

/** Makes grub.cfg anew by the tool that the host's packages run. */
export function remakeMenu({ programs, config }: Grub): Script {
  const { update, mkconfig } = programs;
  if (update !== undefined) return lines([withSystemPath, sh`${update} >&2 || exit 1`]);
  if (mkconfig !== undefined) return lines([withSystemPath, sh`${mkconfig} -o ${config} >&2 || exit 1`]);
  throw new CannotPlan(`there is neither update-grub nor grub2-mkconfig, and ${config} cannot be made anew`, {
    next: 'install it: grub2-tools (RHEL, Kylin, openEuler), grub2-common (Debian, Ubuntu)',
  });
}
