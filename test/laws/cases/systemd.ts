import { expect } from 'vitest';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry, ModuleCases } from '../law_case.ts';

// OpenRC's own programs, as far as the state that they keep goes.
const openrc: Readonly<Record<string, Entry>> = {
  'bin/rc-service': {
    program:
      '#!/bin/sh\ncase $2 in start|restart) ln -sf /etc/init.d/$1 /run/openrc/started/$1;; stop) rm /run/openrc/started/$1;; esac\n',
  },
  'bin/rc-update': {
    program:
      '#!/bin/sh\ncase $1 in add) mkdir -p /etc/runlevels/$3; ln -s /etc/init.d/$2 /etc/runlevels/$3/$2;; del) rm /etc/runlevels/$3/$2;; esac\n',
  },
  'run/openrc/started': 'folder',
  'etc/runlevels/default': 'folder',
  'etc/init.d/x': { program: '#!/bin/sh\n' },
};

const sysv: Readonly<Record<string, Entry>> = {
  'etc/rc3.d': 'folder',
  'etc/init.d/x': {
    program:
      '#!/bin/sh\ncase $1 in start|restart) : >/run/x;; stop) rm /run/x;; status) [ -e /run/x ];; esac\n',
  },
  'bin/chkconfig': {
    program: '#!/bin/sh\ncase $2 in on) ln -s ../init.d/x /etc/rc3.d/S50x;; off) rm /etc/rc3.d/S50x;; esac\n',
  },
};

export const systemd: ModuleCases = {
  cases: [
    {
      title: 'OpenRC: started and enabled',
      changes: true,
      inside: openrc,
      args: () => ({ name: 'x', state: 'started', enabled: true }),
      after: (root) => expect(existsSync(join(root, 'run/openrc/started'))).toBe(true),
    },
    {
      title: 'OpenRC: as wanted',
      changes: false,
      inside: openrc,
      args: () => ({ name: 'x', state: 'stopped', enabled: false }),
    },
    {
      title: 'SysV: started and enabled',
      changes: true,
      inside: sysv,
      args: () => ({ name: 'x.service', state: 'started', enabled: true }),
    },
    {
      title: 'SysV: stopped and disabled',
      changes: true,
      inside: { ...sysv, 'run/x': '', 'etc/rc3.d/S50x': { link: '../init.d/x' } },
      args: () => ({ name: 'x', state: 'stopped', enabled: false }),
    },
    {
      title: 'SysV: restarted',
      changes: 'always',
      inside: { ...sysv, 'run/x': '' },
      args: () => ({ name: 'x', state: 'restarted' }),
    },
    {
      title: 'busybox: stopped',
      changes: true,
      inside: {
        'etc/init.d/S50x': {
          program: '#!/bin/sh\ncase $1 in start) echo 1 >/run/x.pid;; stop) rm /run/x.pid;; esac\n',
        },
        'run/x.pid': '1\n',
      },
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
