import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fettle } from './fettle.ts';

const folder = join(import.meta.dirname, '..', '..', 'playbooks', 'keepalived-selinux');

test('the README lists every variable of the schema, and no other', async () => {
  const schema = JSON.parse(await readFile(join(folder, 'variables.schema.json'), 'utf8')) as {
    readonly properties: Readonly<Record<string, unknown>>;
  };
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  const variables = readme.slice(readme.indexOf('## Variables'));
  const listed = [...variables.matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]);
  expect(listed.sort()).toEqual(Object.keys(schema.properties).sort());
});

// It only looks, so that this machine itself may be the host.
test.runIf(!existsSync('/sys/fs/selinux/enforce'))(
  'a host without SELinux is refused before anything is asked of keepalived',
  async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'fettle-keepalived-selinux-'));
    try {
      await writeFile(join(scratch, 'hosts.ini'), '[keepalived]\nhere ansible_connection=local\n');
      const words = [
        'run',
        join(folder, 'playbook.yml'),
        '-i',
        join(scratch, 'hosts.ini'),
        '-e',
        'ansible_become=false',
      ];
      const ended = await fettle(words, join(scratch, 'state'));
      expect(ended).toMatchObject({ code: 2 });
      expect(ended.stdout + ended.stderr).toContain(
        'SELinux is not on: the running kernel enforces no policy',
      );
      expect(ended.stdout).not.toContain('Look at the service');
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  },
);
