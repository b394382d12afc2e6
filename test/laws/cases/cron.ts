import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { accountRoot, cronFolder } from '../account_root.ts';
import type { ModuleCases } from '../law_case.ts';

const inside = { ...accountRoot, ...cronFolder };
const file = 'var/spool/cron/crontabs/alice';

export const cron: ModuleCases = {
  cases: [
    {
      title: 'a job in a crontab that is there',
      changes: true,
      inside: { ...inside, [file]: 'MAILTO=x\n1 * * * * own\n' },
      args: () => ({ name: 'daily', user: 'alice', job: 'echo 100\\%', special_time: 'daily' }),
      after: (root) =>
        expect(readFileSync(join(root, file), 'utf8')).toBe(
          'MAILTO=x\n1 * * * * own\n#Ansible: daily\n@daily echo 100\\%\n',
        ),
    },
    {
      title: 'the first job of a user',
      changes: true,
      inside,
      args: () => ({ name: 'n', user: 'bob', job: 'x', minute: 5, hour: 1 }),
    },
    {
      title: 'the last job goes',
      changes: true,
      inside: { ...inside, [file]: '#Ansible: n\n* * * * * x\n' },
      args: () => ({ name: 'n', user: 'alice', state: 'absent' }),
    },
    {
      title: 'a job that is there',
      changes: false,
      inside: { ...inside, [file]: '#Ansible: n\n5 * * * * x\n' },
      args: () => ({ name: 'n', user: 'alice', job: 'x', minute: '5' }),
    },
    {
      title: 'a variable in a file',
      changes: true,
      prepare: (root) => writeFileSync(join(root, 'jobs'), '#Ansible: n\n5 * * * * root x\n'),
      args: (root) => ({ name: 'MAILTO', value: 'ops', env: true, cron_file: `${root}/jobs` }),
      after: (root) => expect(readFileSync(join(root, 'jobs'), 'utf8')).toMatch(/^MAILTO="ops"\n#Ansible/),
    },
    {
      title: 'the last job of a file',
      changes: true,
      prepare: (root) => writeFileSync(join(root, 'jobs'), '#Ansible: n\n5 * * * * root x\n'),
      args: (root) => ({ name: 'n', state: 'absent', cron_file: `${root}/jobs` }),
    },
  ],
  hostile: [
    {
      argument: 'job',
      takes: 'line',
      nul: 'refused',
      large: true,
      args: (folder, value) => ({ name: 'n', job: value, user: 'root', cron_file: `${folder}/jobs` }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'jobs'), 'utf8')).toBe(`#Ansible: n\n* * * * * root ${value}\n`),
    },
    {
      argument: 'name',
      takes: 'line',
      nul: 'refused',
      args: (folder, value) => ({ name: value, job: 'x', user: 'root', cron_file: `${folder}/jobs` }),
      after: (folder, value) =>
        expect(readFileSync(join(folder, 'jobs'), 'utf8')).toBe(`#Ansible: ${value}\n* * * * * root x\n`),
    },
    {
      argument: 'value',
      takes: 'line',
      nul: 'refused',
      fails: 'perhaps',
      args: (folder, value) => ({ name: 'A', value, env: true, cron_file: `${folder}/jobs` }),
    },
  ],
  refuses: [
    {
      argument: 'user',
      takes: 'line',
      args: (_folder, value) => ({ name: 'n', job: 'x', user: value }),
    },
    {
      argument: 'minute',
      takes: 'line',
      args: (folder, value) => ({
        name: 'n',
        job: 'x',
        user: 'root',
        minute: value,
        cron_file: `${folder}/jobs`,
      }),
    },
  ],
};
