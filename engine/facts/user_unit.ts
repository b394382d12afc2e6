import type { Fact } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { lastingUnit, notAUnit, type UnitSubject } from './unit.ts';
import {
  askSystemd,
  isUnitName,
  parseSystemd,
  type SystemdUnit,
  unitName,
  type UnitManager,
} from './unit_systemd.ts';

/** The user who asks has no systemd of its own that could be asked. */
export interface NoUserManager {
  readonly manager: 'none';
  readonly user: string;
  /** Whether it is kept from boot on (`loginctl enable-linger`). */
  readonly lingers: boolean;
  /** `host`: the host is not run by systemd; `session`: the user has no folder in /run/user; `manager`: nothing listens in it. */
  readonly lacks: 'host' | 'session' | 'manager';
}

export type UserUnitAnswer = SystemdUnit | NoUserManager;

/** How a unit of the asking user's own systemd stands; one `systemctl --user show` for all, and one `id`. */
export const userUnit: Fact<UnitSubject, UserUnitAnswer> = {
  name: 'user_unit',
  id: ({ name }) => unitName(name),
  about: ({ name }) => [`user_unit:${unitName(name)}`, userUnitFiles],
  ask: askUserUnits,
  parse: parseUserUnits,
  lasting: (answer, subject) => (answer.manager === 'none' ? answer : lastingUnit(answer, subject)),
};

/** The key that a change of a user's systemd's view of its files touches. */
export const userUnitFiles = 'systemd:user_files' as const;

/** The systemd of the user who asks. Where its socket is, neither sudo nor su tells. */
export const userManager: UnitManager = {
  systemctl: sh`XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user`,
  folders: [
    sh`"$HOME"/.config/systemd/user`,
    sh`/run/user/"$i"/systemd/user`,
    sh`/etc/systemd/user /run/systemd/user "$HOME"/.local/share/systemd/user /usr/local/lib/systemd/user /usr/lib/systemd/user`,
  ],
};

function askUserUnits(subjects: readonly UnitSubject[]): Script {
  const names = subjects.map(({ name }) => unitName(name)).filter(isUnitName);
  return lines([
    sh`i=$(id -u) n=$(id -un) || exit 1`,
    sh`l=-; if [ -e /var/lib/systemd/linger/"$n" ]; then l=l; fi`,
    sh`if ! [ -d /run/systemd/system ]; then m=host`,
    sh`elif ! [ -d /run/user/"$i" ]; then m=session`,
    sh`elif ! [ -S /run/user/"$i"/systemd/private ]; then m=manager`,
    sh`else m=systemd; fi`,
    sh`printf '%s %s %s\\n' "$m" "$l" "$n"`,
    sh`if [ $m = systemd ]; then`,
    askSystemd(names, userManager),
    sh`fi`,
  ]);
}

function parseUserUnits(output: Buffer, subjects: readonly UnitSubject[]): readonly UserUnitAnswer[] {
  const text = output.toString('utf8');
  const end = text.indexOf('\n');
  const [found = '', linger, user = ''] = text.slice(0, end).split(' ');
  const names = subjects.map(({ name }) => unitName(name));
  if (found === 'systemd') {
    const units = parseSystemd(text.slice(end + 1), names.filter(isUnitName));
    return names.map((name) => units.get(name) ?? notAUnit(name));
  }
  if (found !== 'host' && found !== 'session' && found !== 'manager')
    throw new Error('the host did not tell whether the user has a systemd of its own');
  return names.map(() => ({ manager: 'none', user, lingers: linger === 'l', lacks: found }));
}
