import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Files by their path; those that start with `#!` become executable. */
export type Files = Readonly<Record<string, string | Buffer>>;

/** Writes files into a folder that lasts as long as the test, and gives its path. */
export function scratch(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-inventory-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    if (content.toString('utf8').startsWith('#!')) chmodSync(path, 0o755);
  }
  return folder;
}

/** Whether Ansible is here to compare with. */
export const hasAnsible = spawnSync('ansible-inventory', ['--version']).status === 0;

/** What a program of Ansible's prints, untouched by any configuration of the machine. */
export function runAnsible(program: string, args: readonly string[], folder: string): string {
  const configuration = join(folder, 'ansible.cfg');
  writeFileSync(configuration, '[defaults]\n');
  const env = {
    ...process.env,
    ANSIBLE_CONFIG: configuration,
    ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED: '1',
    ANSIBLE_LOCAL_TEMP: join(folder, '.ansible'),
    ANSIBLE_NOCOLOR: '1',
  };
  return execFileSync(program, args, {
    cwd: folder,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
