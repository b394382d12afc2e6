import { CannotPlan } from '../../engine/contract/change.ts';
import type { FileContexts } from '../../engine/facts/file_contexts.ts';
import type { LabelledPath, LabelsAnswer } from '../../engine/facts/selinux_labels.ts';
import type { SelinuxHost } from '../../engine/facts/selinux_ready.ts';

/** A host on which SELinux is enforcing and every tool is there. */
export const ready: SelinuxHost = {
  selinux: { enabled: true, mode: 'enforcing', configured: 'enforcing', policy: 'targeted' },
  os: {
    id: 'rocky',
    id_like: ['rhel', 'centos', 'fedora'],
    name: 'Rocky Linux',
    version: '9.4',
    major: 9,
    family: 'redhat',
  },
  missing: [],
};

/** Hosts that are refused: what they are, and what is said of them. */
export const refused: readonly (readonly [string, SelinuxHost, Partial<CannotPlan>])[] = [
  [
    'no SELinux at all',
    { ...ready, selinux: { enabled: false, mode: 'disabled', configured: null, policy: null } },
    {
      message: 'SELinux is not on: the running kernel enforces no policy',
      next: 'this host has no SELinux at all: leave it out of this play',
    },
  ],
  [
    'SELinux that was turned off',
    { ...ready, selinux: { enabled: false, mode: 'disabled', configured: 'disabled', policy: 'targeted' } },
    { next: 'it was off when the host was started; to turn it on takes a new start with all files labelled' },
  ],
  [
    'a tool of EL7',
    { ...ready, os: { ...ready.os, id: 'centos', version: '7', major: 7 }, missing: ['semanage'] },
    {
      message: 'semanage is not on this host',
      next: 'install policycoreutils-python',
      missing: 'program:semanage',
    },
  ],
  [
    'tools of EL9',
    { ...ready, missing: ['semanage', 'restorecon'] },
    {
      message: 'semanage, restorecon are not on this host',
      next: 'install policycoreutils-python-utils policycoreutils',
    },
  ],
  [
    'a tool of Kylin V10',
    {
      ...ready,
      os: { ...ready.os, id: 'kylin', id_like: ['fedora'], version: 'V10', major: 10 },
      missing: ['semanage'],
    },
    { next: 'install policycoreutils-python-utils' },
  ],
  [
    'a tool of Debian',
    {
      ...ready,
      os: { ...ready.os, id: 'debian', id_like: [], version: '12', major: 12, family: 'debian' },
      missing: ['matchpathcon'],
    },
    { next: 'install selinux-utils' },
  ],
];

/** No rules but those given. */
export function rules(more: Partial<FileContexts> = {}): FileContexts {
  return {
    target: '/srv/x(/.*)?',
    local: [],
    policy: [],
    equal: [['/usr/lib64', '/usr/lib']],
    customizable: ['public_content_t'],
    ...more,
  };
}

/** Files with the type that they have and the one that the policy has for them. */
export function labelled(
  ...paths: readonly (readonly [string, string, string | null, LabelledPath['kind']?])[]
): LabelsAnswer {
  return {
    kind: 'paths',
    entries: paths.map(([path, type, policy, kind = 'file']) => ({
      path,
      kind,
      label: `unconfined_u:object_r:${type}:s0`,
      policy: policy === null ? null : `system_u:object_r:${policy}:s0`,
    })),
  };
}

/** The refusal that an act comes to. */
export function refusal(act: () => unknown): CannotPlan {
  try {
    act();
  } catch (error) {
    if (error instanceof CannotPlan) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
