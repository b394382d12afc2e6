import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleErrors } from '../../engine/errors.ts';
import { loadPlaybook, type LoadOptions } from '../../engine/load/load_playbook.ts';
import type { Play, Playbook, Step, Task } from '../../engine/load/playbook.ts';
import { tasksOf } from '../../engine/load/tasks_of.ts';
import type { ValueTemplate } from '../../engine/template/template.ts';
import { scopeOf } from '../template/scope.ts';
import { fakeRegistry } from './fake_modules.ts';

/** The files of a playbook by name; `site.yml` is the playbook itself. */
export type Files = Readonly<Record<string, string>>;

/** What loading gave: the playbook, and what was said of it with the folder's name left out. */
export interface Loaded extends Playbook {
  readonly play: Play;
  readonly folder: string;
  readonly warnings: readonly string[];
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Loads a playbook of several files. */
export async function load(files: Files | string, options: Partial<LoadOptions> = {}): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-load-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(typeof files === 'string' ? { 'site.yml': files } : files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const warnings: string[] = [];
  const playbook = await loadPlaybook(join(folder, 'site.yml'), {
    registry: fakeRegistry,
    warn: (warning) => warnings.push(formatError(warning).replaceAll(`${folder}/`, '')),
    ...options,
  });
  return { ...playbook, play: playbook.plays[0] as Play, folder, warnings };
}

/** The first line of each mistake, with the folder's name left out. */
export async function mistakesOf(files: Files | string): Promise<readonly string[]> {
  try {
    await load(files);
    return [];
  } catch (error) {
    if (!(error instanceof FettleErrors)) throw error;
    return error.errors.map((one) =>
      (formatError(one).split('\n')[0] ?? '').replace(/\/\S*?\/fettle-load-\w+\//g, ''),
    );
  }
}

/** A text or value as it comes out for some variables. */
export function rendered(template: ValueTemplate | undefined, values: Record<string, unknown> = {}): unknown {
  return template?.render(scopeOf(values));
}

/** The steps by name: blocks as lists of their sections, includes with what they bring. */
export function outline(steps: readonly Step[]): readonly unknown[] {
  return steps.map((step) => {
    const name = String(rendered(step.name, { item: 'item' }));
    if (step.kind === 'block')
      return { [name]: [outline(step.block), outline(step.rescue), outline(step.always)] };
    return step.kind === 'include' && step.known ? { [name]: outline(step.known.steps) } : name;
  });
}

/** The one task of a name. */
export function taskNamed(play: Play, name: string): Task {
  const found = [...tasksOf([...play.steps, ...play.gate]), ...play.handlers].filter(
    (task) => rendered(task.name, { item: 'item' }) === name,
  );
  if (found.length !== 1) throw new Error(`${found.length} tasks are named ${name}`);
  return found[0] as Task;
}

/** Variables by name, rendered. */
export function values(variables: Readonly<Record<string, ValueTemplate>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, rendered(value)]));
}
