import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { ModuleCases } from '../law_case.ts';

const script = (root: string, name: string) => {
  writeFileSync(join(root, name), `#!/bin/sh\n# ${name}\nexit 0\n`);
  chmodSync(join(root, name), 0o755);
};

const configured = (root: string, name: string, text: string) => {
  mkdirSync(join(root, 'etc/conf.d'), { recursive: true });
  writeFileSync(join(root, 'etc', name), text.replaceAll('ROOT', root), { mode: 0o640 });
};

const args = (root: string) => ({ config: `${root}/etc/keepalived.conf`, directory: `${root}/libexec/ka` });

const lines = (path: string, value: string) =>
  `# ${value}\nvrrp_script a { # ${value}\nscript "${path} ${value}"\n}\n`;

export const keepalivedScripts: ModuleCases = {
  cases: [
    {
      title: 'scripts of a configuration in several files',
      changes: true,
      asRoot: true,
      prepare: (root) => {
        configured(
          root,
          'keepalived.conf',
          'include conf.d/*.conf\n$N=ROOT/etc/notify\nvrrp_instance V {\n notify "$N x" root\n}\n',
        );
        configured(root, 'conf.d/a.conf', 'vrrp_script a { script "ROOT/etc/check  y" } # ROOT/etc/check\n');
        script(root, 'etc/check');
        script(root, 'etc/notify');
      },
      args,
      after: (root) => {
        expect(readFileSync(join(root, 'etc/conf.d/a.conf'), 'utf8')).toBe(
          `vrrp_script a { script "${root}/libexec/ka/check  y" } # ${root}/etc/check\n`,
        );
        expect(readFileSync(join(root, 'libexec/ka/check'), 'utf8')).toContain('# etc/check\n');
      },
    },
    {
      title: 'old files go, and security comes with its user',
      changes: true,
      asRoot: true,
      prepare: (root) => {
        configured(root, 'keepalived.conf', 'vrrp_script a {\n  script ROOT/etc/check\n}\n');
        script(root, 'etc/check');
      },
      args: (root) => ({ ...args(root), keep_old: false, enable_script_security: true, script_user: 'root' }),
      after: (root) => expect(existsSync(join(root, 'etc/check'))).toBe(false),
    },
    {
      title: 'a script in its place with another owner',
      changes: true,
      asRoot: true,
      prepare: (root) => {
        mkdirSync(join(root, 'libexec/ka'), { recursive: true });
        configured(root, 'keepalived.conf', 'vrrp_script a { script ROOT/libexec/ka/check }\n');
        script(root, 'libexec/ka/check');
        chmodSync(join(root, 'libexec/ka/check'), 0o777);
      },
      args,
    },
    {
      title: 'everything in its place',
      changes: false,
      asRoot: true,
      prepare: (root) => {
        mkdirSync(join(root, 'libexec/ka'), { recursive: true });
        configured(
          root,
          'keepalived.conf',
          'vrrp_script a { script ROOT/libexec/ka/check }\nvrrp_script b { script "killall -0 x" }\n',
        );
        script(root, 'libexec/ka/check');
      },
      args,
    },
  ],
  hostile: [
    {
      argument: 'config',
      takes: 'name',
      nul: 'refused',
      fails: 'perhaps',
      prepare: (folder, value) => {
        writeFileSync(join(folder, value), `vrrp_script a { script ${folder}/check }\n`);
        script(folder, 'check');
      },
      args: (folder, value) => ({ config: `${folder}/${value}`, directory: `${folder}/ka` }),
      after: (folder, value) => {
        const place = value.includes('\n') ? 'check' : 'ka/check';
        expect(readFileSync(join(folder, value), 'utf8')).toBe(
          `vrrp_script a { script ${folder}/${place} }\n`,
        );
      },
    },
    {
      argument: 'a comment, and what follows a script',
      takes: 'line',
      nul: 'kept',
      fails: 'perhaps',
      prepare: (folder, value) => {
        writeFileSync(join(folder, 'k.conf'), lines(`${folder}/check`, value));
        script(folder, 'check');
      },
      args: (folder) => ({ config: `${folder}/k.conf`, directory: `${folder}/ka` }),
      after: (folder, value) => {
        const now = readFileSync(join(folder, 'k.conf'), 'utf8');
        expect([`${folder}/check`, `${folder}/ka/check`].map((path) => lines(path, value))).toContain(now);
      },
    },
    {
      argument: 'a name beside the configuration',
      takes: 'name',
      prepare: (folder, value) => {
        mkdirSync(join(folder, 'conf.d'));
        writeFileSync(join(folder, 'k.conf'), `include conf.d/*\nvrrp_script a { script ${folder}/check }\n`);
        writeFileSync(join(folder, 'conf.d', value), '# nothing\n', { mode: 0o644 });
        script(folder, 'check');
      },
      fails: 'perhaps',
      args: (folder) => ({ config: `${folder}/k.conf`, directory: `${folder}/ka` }),
    },
  ],
  refuses: [
    {
      argument: 'directory',
      takes: 'name',
      args: (folder, value) => ({ config: `${folder}/k.conf`, directory: `${folder}/${value}` }),
    },
    {
      argument: 'script_user',
      takes: 'line',
      args: (folder, value) => ({ config: `${folder}/k.conf`, script_user: value }),
    },
  ],
};
