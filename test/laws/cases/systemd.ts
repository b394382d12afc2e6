import { expect } from 'vitest';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ModuleCases } from '../law_case.ts';
import { busyboxInit, openrc, sysv } from '../services.ts';

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
  ],
};
