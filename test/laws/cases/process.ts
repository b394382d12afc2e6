import { expect } from 'vitest';
import type { Entry, ModuleCases } from '../law_case.ts';

// A daemon that is a script: the kernel gives it the script's name, and it waits without a child.
const daemon: Readonly<Record<string, Entry>> = {
  'etc/rc3.d': 'folder',
  'bin/fettle-lawd': { program: '#!/bin/sh\nread x </run/lawd.fifo\n' },
  'etc/init.d/lawd': {
    program: `#!/bin/sh
case $1 in
start) [ -p /run/lawd.fifo ] || mkfifo /run/lawd.fifo; setsid /bin/fettle-lawd </dev/null >/dev/null 2>&1 & echo $! >/run/lawd.pid;;
stop) kill "$(cat /run/lawd.pid)"; rm /run/lawd.pid /run/lawd.fifo;;
status) [ -e /run/lawd.pid ];;
esac
`,
  },
};

export const process: ModuleCases = {
  cases: [
    {
      title: 'there are some',
      changes: false,
      asRoot: true,
      args: () => ({ user: 'root', count: '1-' }),
    },
    {
      title: 'there is none, and shall be none',
      changes: false,
      args: () => ({ selector: 'fettle-none:-0' }),
    },
    {
      title: 'a service whose process is not there is started',
      changes: true,
      inside: daemon,
      args: () => ({ name: 'fettle-lawd', count: 1, recheck: 0, remedy: 'start', unit: 'lawd' }),
    },
  ],
  hostile: [
    {
      argument: 'name',
      takes: 'line',
      nul: 'refused',
      args: (_folder, value) => ({ name: `x${value}`, count: '0-', recheck: 0 }),
      after: (_folder, _value, { register }) => expect(register['count']).toBe(0),
    },
    {
      argument: 'exe',
      takes: 'name',
      fails: 'perhaps',
      args: (folder, value) => ({ exe: `${folder}/${value}`, count: '0-', recheck: 0 }),
    },
    {
      argument: 'exempt',
      takes: 'line',
      nul: 'refused',
      args: (_folder, value) => ({ name: 'fettle-none', signs: ['deleted'], exempt: [value], recheck: 0 }),
    },
  ],
  refuses: [
    { argument: 'user', takes: 'text', args: (_folder, value) => ({ user: value, count: '0-' }) },
    { argument: 'setype', takes: 'text', args: (_folder, value) => ({ setype: value, count: '0-' }) },
    {
      argument: 'unit',
      takes: 'text',
      args: (_folder, value) => ({ name: 'x', unit: value, remedy: 'start' }),
    },
  ],
};
