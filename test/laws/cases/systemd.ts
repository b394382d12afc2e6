import { expect } from 'vitest';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleCases } from '../law_case.ts';
import { busyboxInit, openrc, sysv } from '../services.ts';

/** As much of systemctl as tells when two units began; a restart puts x after the bus. */
const systemctl = `#!/bin/sh
t=/run/imitation/x
one() { printf 'Id=%s\\nLoadState=loaded\\nActiveState=active\\nSubState=running\\nMainPID=0\\nType=simple\\nResult=success\\nExecMainStartTimestampMonotonic=%s\\n' "$1" "$2"; }
case $* in
*' -- x.service dbus.service') one x.service "$(cat $t)"; echo; one dbus.service 2000000;;
*' -- x.service') case $1 in show) one x.service "$(cat $t)";; *) echo 3000000 >$t;; esac;;
*) echo "imitated systemctl: $*" >&2; exit 1;;
esac
`;
const began = (at: number) => ({
  'bin/systemctl': { program: systemctl },
  'run/systemd/system': 'folder' as const,
  'run/imitation/x': `${at}\n`,
});
const olderThanBus = () => ({ name: 'x', state: 'restarted', older_than: ['dbus'], settle: 0 });

export const systemd: ModuleCases = {
  cases: [
    {
      title: 'OpenRC: started and enabled',
      changes: true,
      inside: openrc('x'),
      args: () => ({ name: 'x', state: 'started', enabled: true }),
      after: (root) => expect(existsSync(join(root, 'run/openrc/started'))).toBe(true),
    },
    {
      title: 'OpenRC: as wanted',
      changes: false,
      inside: openrc('x'),
      args: () => ({ name: 'x', state: 'stopped', enabled: false }),
    },
    {
      title: 'SysV: started and enabled',
      changes: true,
      inside: sysv('x'),
      args: () => ({ name: 'x.service', state: 'started', enabled: true }),
    },
    {
      title: 'SysV: stopped and disabled',
      changes: true,
      inside: { ...sysv('x'), 'run/x': '', 'etc/rc3.d/S50x': { link: '../init.d/x' } },
      args: () => ({ name: 'x', state: 'stopped', enabled: false }),
    },
    {
      title: 'SysV: restarted',
      changes: 'always',
      impossible: true,
      inside: { ...sysv('x'), 'run/x': '' },
      args: () => ({ name: 'x', state: 'restarted' }),
    },
    {
      title: 'systemd: restarted, since it is older than the bus',
      changes: true,
      impossible: true,
      inside: began(1000000),
      args: olderThanBus,
      after: (root) => expect(readFileSync(join(root, 'run/imitation/x'), 'utf8')).toBe('3000000\n'),
    },
    {
      title: 'systemd: not restarted, since it is younger than the bus',
      changes: false,
      inside: began(2500000),
      args: olderThanBus,
    },
    {
      title: 'busybox: stopped',
      changes: true,
      inside: busyboxInit('x'),
      args: () => ({ name: 'x', state: 'stopped' }),
    },
  ],
  hostile: [],
  refuses: [
    {
      argument: 'name',
      takes: 'line',
      args: (_folder, value) => ({ name: value, state: 'started' }),
    },
    {
      argument: 'older_than',
      takes: 'line',
      args: (_folder, value) => ({ name: 'x', state: 'restarted', older_than: [value] }),
    },
  ],
};
