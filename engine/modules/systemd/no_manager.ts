import { CannotPlan } from '../../contract/change.ts';
import type { NoUserManager } from '../../facts/user_unit.ts';

/** Says why there is no systemd of the user's own to speak to, and what brings one. */
export function refuseNoManager({ user, lingers, lacks }: NoUserManager): never {
  if (lacks === 'host')
    throw new CannotPlan('this host is not run by systemd, which alone has units of users');
  if (lacks === 'session') {
    throw new CannotPlan(
      `${user} has no systemd of its own now: /run/user has no folder for it (XDG_RUNTIME_DIR)`,
      {
        next: lingers
          ? `${user} lingers, so user@.service should run: look with: systemctl status user@$(id -u ${user})`
          : `as root: loginctl enable-linger ${user}; or keep a session of ${user} open`,
      },
    );
  }
  throw new CannotPlan(`no systemd of ${user}'s own answers in its folder below /run/user`, {
    next: `systemd 219 (RHEL and CentOS 7) has none for users; elsewhere look with: systemctl status user@$(id -u ${user})`,
  });
}
