import { expect, test } from 'vitest';
import { plainName } from '../../engine/load/find_module.ts';

test.each([
  ['copy', 'copy'],
  ['ansible.builtin.copy', 'copy'],
  ['ansible.legacy.dnf', 'dnf'],
  ['ansible.posix.selinux', 'selinux'],
  ['community.general.sefcontext', 'sefcontext'],
  ['yum', 'dnf'],
  ['ansible.builtin.yum', 'dnf'],
  ['systemd_service', 'systemd'],
  ['community.docker.docker_container', 'community.docker.docker_container'],
  ['constructor', 'constructor'],
])('a task that says %s means %s', (said, meant) => {
  expect(plainName(said)).toBe(meant);
});
