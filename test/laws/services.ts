import type { Entry } from './law_case.ts';

/** A SysV host with one service, as far as the state goes that it keeps. */
export function sysv(name: string): Readonly<Record<string, Entry>> {
  return {
    'etc/rc3.d': 'folder',
    [`etc/init.d/${name}`]: {
      program: `#!/bin/sh\ncase $1 in start|restart) : >/run/${name};; stop) rm /run/${name};; status) [ -e /run/${name} ];; esac\n`,
    },
    'bin/chkconfig': {
      program:
        '#!/bin/sh\ncase $2 in on) ln -s ../init.d/$1 /etc/rc3.d/S50$1;; off) rm /etc/rc3.d/S50$1;; esac\n',
    },
  };
}

/** An OpenRC host with one service. */
export function openrc(name: string): Readonly<Record<string, Entry>> {
  return {
    'bin/rc-service': {
      program:
        '#!/bin/sh\ncase $2 in start|restart) ln -sf /etc/init.d/$1 /run/openrc/started/$1;; stop) rm /run/openrc/started/$1;; esac\n',
    },
    'bin/rc-update': {
      program:
        '#!/bin/sh\ncase $1 in add) ln -s /etc/init.d/$2 /etc/runlevels/$3/$2;; del) rm /etc/runlevels/$3/$2;; esac\n',
    },
    'run/openrc/started': 'folder',
    'etc/runlevels/default': 'folder',
    [`etc/init.d/${name}`]: { program: '#!/bin/sh\n' },
  };
}

/** A busybox host with one service that is up. */
export function busyboxInit(name: string): Readonly<Record<string, Entry>> {
  return {
    [`etc/init.d/S50${name}`]: {
      program: `#!/bin/sh\ncase $1 in start) echo 1 >/run/${name}.pid;; stop) rm /run/${name}.pid;; esac\n`,
    },
    [`run/${name}.pid`]: '1\n',
  };
}
