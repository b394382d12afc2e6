/** What stands in for those of Ansible's modules that fettle has not, as advice; undefined for a name that is none. */
export function insteadOf(name: string): string | undefined {
  if (name.startsWith('win_')) return 'Hosts are reached by SSH and a POSIX shell: Windows is none.';
  if (Object.hasOwn(advice, name)) return advice[name];
  return byCommand.has(name)
    ? 'Write `command:` with `unless:` (when there is nothing to do) and `undo:` (how it is taken back).'
    : undefined;
}

const packages = 'Write `package:`, or `apt:` or `dnf:`.';
const hosts = 'Hosts and groups are those of the inventory; an inventory may be a program that prints JSON.';
const facts = 'Facts are asked for when they are named: `facts.os.id`. `fettle facts HOST` shows them.';

const advice: Readonly<Record<string, string>> = {
  add_host: hosts,
  assemble: 'Write `template:` or `copy:` for the whole file, or `blockinfile:` for a part of it.',
  async_status: 'A task is waited for; give it a longer `timeout:`.',
  gather_facts: facts,
  group_by: hosts,
  pacman: packages,
  ping: 'Write `command: {cmd: "true", reads: true}`, or `wait_for_connection:`.',
  raw: 'Write `shell:` or `command:`: fettle needs no Python on a host.',
  service: 'Write `systemd:` with the same `name`, `state` and `enabled`.',
  service_facts: 'Name the unit: `systemd:` with `register:` tells its state.',
  setup: facts,
  synchronize: 'Write `copy:` with a folder as `src:`, or `unarchive:`.',
  sysvinit: 'Write `systemd:`, or `command:` with `unless:`.',
  zypper: packages,
};

const byCommand = new Set(
  `alternatives apt_key apt_repository archive deb822_repository docker_compose docker_container docker_image expect
   filesystem firewalld git helm homebrew htpasswd iptables k8s known_hosts lvg lvol make mysql_db nmcli npm
   openssl_certificate pam_limits parted patch pip podman_container postgresql_db rpm_key
   seport subversion timezone ufw yum_repository`.split(/\s+/),
);
