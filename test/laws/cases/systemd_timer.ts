import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemd } from '../imitated_systemd.ts';
import type { ModuleCases } from '../law_case.ts';

const header = '# Kept by fettle (systemd_timer).\n';
const timer = `${header}[Unit]\nDescription=Times x.service\n\n[Timer]\nOnCalendar=daily\nUnit=x.service\n\n[Install]\nWantedBy=timers.target\n`;
const service = `${header}[Unit]\nDescription=What x.timer runs\n\n[Service]\nType=oneshot\nUser=nobody\nExecStart=/bin/echo "a b" 100%%\n`;
const own = { 'etc/systemd/system/x.timer': timer, 'etc/systemd/system/x.service': service };
const up = {
  'run/imitation/active/x.timer': '',
  'etc/systemd/system/timers.target.wants/x.timer': { link: '/etc/systemd/system/x.timer' },
};
const running = { ...systemd(own), ...up };
const command = ['/bin/echo', 'a b', '100%'];

function isUp(root: string): boolean {
  return existsSync(join(root, 'run/imitation/active/x.timer'));
}

export const systemdTimer: ModuleCases = {
  cases: [
    {
      title: 'a command each day',
      changes: true,
      inside: systemd(),
      args: () => ({ name: 'x', on_calendar: 'daily', command, user: 'nobody' }),
      after: (root) => {
        expect(readFileSync(join(root, 'etc/systemd/system/x.timer'), 'utf8')).toBe(timer);
        expect(readFileSync(join(root, 'etc/systemd/system/x.service'), 'utf8')).toBe(service);
        expect(isUp(root)).toBe(true);
      },
    },
    {
      title: 'as it is',
      changes: false,
      inside: running,
      args: () => ({ name: 'x.timer', on_calendar: 'daily', command, user: 'nobody' }),
    },
    {
      title: 'another time',
      changes: true,
      inside: running,
      args: () => ({ name: 'x', on_boot_sec: 90, on_unit_active_sec: '1h 30min', command, user: 'nobody' }),
      after: (root) =>
        expect(readFileSync(join(root, 'run/imitation/read/x.timer'), 'utf8')).toContain(
          'OnBootSec=90\nOnUnitActiveSec=1h 30min\n',
        ),
    },
    {
      title: 'a unit that is there, not now',
      changes: true,
      inside: systemd({ 'usr/lib/systemd/system/y.service': '[Service]\nExecStart=/bin/true\n' }),
      args: () => ({
        name: 'x',
        on_calendar: ['daily', '12:00'],
        unit: 'y.service',
        state: 'stopped',
        enabled: false,
      }),
      after: (root) => expect(isUp(root)).toBe(false),
    },
    {
      title: 'no timer',
      changes: true,
      inside: running,
      args: () => ({ name: 'x', state: 'absent' }),
      after: (root) => {
        expect(isUp(root)).toBe(false);
        expect(existsSync(join(root, 'etc/systemd/system/x.service'))).toBe(false);
        expect(existsSync(join(root, 'etc/systemd/system/timers.target.wants'))).toBe(false);
      },
    },
    {
      title: 'no timer, but a service of somebody else’s',
      changes: true,
      inside: {
        ...systemd({ ...own, 'etc/systemd/system/x.service': '[Service]\nExecStart=/bin/true\n' }),
        ...up,
      },
      args: () => ({ name: 'x', state: 'absent' }),
      after: (root) => expect(existsSync(join(root, 'etc/systemd/system/x.service'))).toBe(true),
    },
  ],
  hostile: [
    // This machine is not run by systemd; the expression is judged all the same.
    {
      argument: 'on_calendar',
      takes: 'line',
      nul: 'refused',
      fails: 'always',
      args: (_folder, value) => ({ name: 'x', on_calendar: value, command: '/bin/true' }),
    },
  ],
  refuses: [
    {
      argument: 'name',
      takes: 'line',
      args: (_folder, value) => ({ name: value, on_calendar: 'daily', command: '/bin/true' }),
    },
    {
      argument: 'user',
      takes: 'text',
      args: (_folder, value) => ({ name: 'x', on_calendar: 'daily', command: '/bin/true', user: value }),
    },
    {
      argument: 'unit',
      takes: 'text',
      args: (_folder, value) => ({ name: 'x', on_calendar: 'daily', unit: value }),
    },
  ],
};
