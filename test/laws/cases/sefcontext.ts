import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { selinuxHost } from '../imitated_selinux.ts';
import type { ModuleCases } from '../law_case.ts';

const rules = (root: string) =>
  readFileSync(join(root, 'etc/selinux/targeted/contexts/files/file_contexts.local'), 'utf8');
const local = 'etc/selinux/targeted/contexts/files/file_contexts.local';

export const sefcontext: ModuleCases = {
  cases: [
    {
      title: 'a rule, and the labels of what is there',
      changes: true,
      inside: selinuxHost({
        'srv/data/a b': '',
        "srv/data/$(touch canary)'": '',
        'srv/data/-F': '',
        'srv/data/ü\n': '',
        'srv/data/link': { link: '/etc' },
        'srv/database': '',
      }),
      args: () => ({ target: '/srv/data(/.*)?', setype: 'httpd_sys_content_t' }),
      after: (root) =>
        expect(rules(root)).toBe(
          '# by libsemanage\n/srv/data(/.*)? system_u:object_r:httpd_sys_content_t:s0\n',
        ),
    },
    {
      title: 'another type for a rule of its own, for files alone',
      changes: true,
      inside: selinuxHost({
        [local]: '/srv/data(/.*)? -- staff_u:object_r:var_t:s0:c1\n',
        'srv/data/x': '',
      }),
      args: () => ({ target: '/srv/data(/.*)?', ftype: 'f', setype: 'bin_t', reload: false }),
      after: (root) => expect(rules(root)).toBe('/srv/data(/.*)? -- staff_u:object_r:bin_t:s0:c1\n'),
    },
    {
      title: 'no rule any more',
      changes: true,
      inside: selinuxHost({ [local]: '/srv/data(/.*)? system_u:object_r:var_t:s0\n', 'srv/data/x': '' }),
      args: () => ({ target: '/srv/data(/.*)?', state: 'absent' }),
      after: (root) => expect(rules(root)).toBe(''),
    },
    {
      title: "the policy's own rule",
      changes: false,
      inside: selinuxHost({ 'usr/libexec/keepalived/x': '' }),
      args: () => ({
        target: '/usr/libexec/keepalived(/.*)?',
        ftype: 'f',
        setype: 'keepalived_unconfined_script_exec_t',
      }),
    },
    {
      title: 'nothing is there yet',
      changes: true,
      inside: selinuxHost(),
      args: () => ({ target: '/opt/x/check\\.sh', ftype: 'f', setype: 'bin_t', selevel: 's0' }),
    },
  ],
  // Hosts without SELinux refuse it; that paths with odd names stay data is in the cases above.
  hostile: [
    {
      argument: 'target',
      takes: 'line',
      nul: 'refused',
      fails: 'always',
      args: (_folder, value) => ({ target: `/srv/x${value}`, setype: 'bin_t', relabel: false }),
    },
  ],
  refuses: [
    {
      argument: 'setype',
      takes: 'text',
      args: (_folder, value) => ({ target: '/x/y', setype: ` ${value}` }),
    },
  ],
};
