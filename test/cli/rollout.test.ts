import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fettle } from './fettle.ts';

const root = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const journals: string[] = [];
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-rollout-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  for (const run of journals) rmSync(join('/var/lib/fettle', run), { recursive: true, force: true });
});

/** A command line of the example, its sites in a folder of the test's. */
async function run(
  ...words: readonly string[]
): Promise<{ readonly code: number; readonly lines: readonly string[] }> {
  const hosts = ['-i', 'examples/rollout/hosts.ini', '-e', `sites=${folder}/rollout`];
  const { code, stdout } = await fettle([...words, ...hosts], { FETTLE_STATE: join(folder, 'state') }, root);
  for (const [name] of stdout.matchAll(/\d{8}-\d{6}-[0-9a-f]{8}/g)) journals.push(name);
  return {
    code,
    lines: stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replaceAll(`${folder}/`, '/tmp/')),
  };
}

/** The lines of the README from one on, to the end of its block, names of runs aside; hosts of a batch come in any order. */
function shownAfter(command: string): readonly string[] {
  const from = readme.indexOf('\n', readme.indexOf(command));
  return comparable(readme.slice(from, readme.indexOf('```', from)).trim().split('\n'));
}

function comparable(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.trim().replaceAll(/\d{8}-\d{6}-[0-9a-f]{8}/g, 'RUN')).sort();
}

test('the roll-out stops at the gate, and undo brings back files and what runs, as the README shows it', async () => {
  expect((await run('run', 'examples/rollout/prepare.yml')).code).toBe(0);
  const rolled = await run('run', 'examples/rollout/rollout.yml');
  expect(comparable(rolled.lines)).toEqual(shownAfter('$ fettle run examples/rollout/rollout.yml'));
  expect(rolled.code).toBe(2);
  expect(running()).toEqual(['version 2', 'version 2', 'version 1', 'version 1', 'version 1']);

  const name = /fettle undo (\S+)/.exec(rolled.lines.at(-1) ?? '')?.[1] ?? '';
  const undone = await run('undo', name);
  expect(comparable(undone.lines)).toEqual(shownAfter('$ fettle undo '));
  expect(undone.code).toBe(0);
  expect(running()).toEqual(Array(5).fill('version 1'));
});

test('the README shows the playbook as it is', () => {
  const shown = /```yaml\n(- name: settings of release 2\n.*?)```/s.exec(readme)?.[1];
  expect(readFileSync(join(root, 'examples/rollout/rollout.yml'), 'utf8')).toContain(shown);
});

/** The first line of what runs at each site. */
function running(): readonly string[] {
  return [1, 2, 3, 4, 5].map(
    (site) => readFileSync(join(folder, `rollout-web${site}`, 'running'), 'utf8').split('\n')[0] ?? '',
  );
}
