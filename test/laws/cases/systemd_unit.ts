import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { systemd } from '../imitated_systemd.ts';
import type { LawCase, ModuleCases } from '../law_case.ts';

const service = '[Service]\nExecStart=/bin/true\n';
const own = 'etc/systemd/system/x.service';
const vendor = 'usr/lib/systemd/system/x.service';

function holds(file: string, text: string): NonNullable<LawCase['after']> {
  return (root) => {
    expect(readFileSync(join(root, 'etc/systemd/system', file), 'utf8')).toBe(text);
    expect(readFileSync(join(root, 'run/imitation/read/x.service'), 'utf8')).toContain(text);
  };
}

export const systemdUnit: ModuleCases = {
  cases: [
    {
      title: 'a new unit',
      changes: true,
      inside: systemd(),
      args: () => ({ name: 'x.service', content: service }),
      after: holds('x.service', service),
    },
    {
      title: 'as it is',
      changes: false,
      inside: systemd({ [own]: service }),
      args: () => ({ name: 'x.service', sections: { Service: { ExecStart: '/bin/true' } } }),
    },
    {
      title: 'another text, by its sections',
      changes: true,
      inside: systemd({ [own]: service }),
      args: () => ({
        name: 'x.service',
        mode: '0600',
        sections: {
          Unit: { Description: 'it' },
          Service: { ExecStart: ['', '/bin/true $A'], RemainAfterExit: true },
        },
      }),
      after: holds(
        'x.service',
        '[Unit]\nDescription=it\n\n[Service]\nExecStart=\nExecStart=/bin/true $A\nRemainAfterExit=true\n',
      ),
    },
    {
      title: 'a drop-in',
      changes: true,
      inside: systemd({ [vendor]: service }),
      args: () => ({ name: 'x.service', drop_in: 'limits', content: '[Service]\nNice=5\n' }),
      after: holds('x.service.d/limits.conf', '[Service]\nNice=5\n'),
    },
    {
      title: 'no unit',
      changes: true,
      inside: systemd({ [own]: service }),
      args: () => ({ name: 'x.service', state: 'absent' }),
      after: (root) => expect(existsSync(join(root, own))).toBe(false),
    },
    {
      title: 'no drop-in where there is none',
      changes: false,
      inside: systemd({ [own]: service }),
      args: () => ({ name: 'x.service', drop_in: 'limits.conf', state: 'absent' }),
    },
  ],
  hostile: [],
  refuses: [
    { argument: 'name', takes: 'line', args: (_folder, value) => ({ name: value, content: service }) },
    {
      argument: 'drop_in',
      takes: 'line',
      args: (_folder, value) => ({ name: 'x.service', drop_in: value, content: service }),
    },
    // This machine is not run by systemd.
    { argument: 'content', takes: 'text', args: (_folder, value) => ({ name: 'x.service', content: value }) },
  ],
};
