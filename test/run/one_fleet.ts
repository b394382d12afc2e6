import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Ended } from './ended.ts';
import { localFleet, type Fleet, type FleetRun } from './harness.ts';

export interface OneRun extends FleetRun {
  /** More lines of the play. */
  readonly play?: string;
  /** Files beside the playbook. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A fleet for the tests of one file, and a way to run tasks in a folder of their own on each host, `{{ at }}`. */
export function oneFleet(hosts: number): {
  fleet(): Fleet;
  /** Runs tasks; play keys may follow them, from the first column on. */
  run(tasks: string, options?: OneRun): Promise<Ended>;
} {
  let fleet: Fleet | undefined;
  const known = (): Fleet => {
    if (!fleet) throw new Error('the fleet is not up yet');
    return fleet;
  };
  beforeAll(async () => {
    fleet = await localFleet(hosts);
  });
  afterAll(() => fleet?.close());
  let runs = 0;
  return {
    fleet: known,
    run: (tasks, { play = '', files = {}, ...options } = {}) => {
      for (const [path, text] of Object.entries(files)) putFile(join(known().folder, path), text);
      const name = `run${(runs += 1)}`;
      for (const { root } of known().hosts) mkdirSync(join(root, name));
      const head = `- hosts: all\n  vars: { at: "{{ root }}/${name}" }\n${indent(play, 2)}  tasks:\n`;
      const lines = tasks.trim().split('\n');
      const own = lines.findIndex((line) => /^[a-z_]+:/.test(line));
      const [first, rest] = own === -1 ? [lines, []] : [lines.slice(0, own), lines.slice(own)];
      return known().run(`${head}${indent(first.join('\n'), 4)}${indent(rest.join('\n'), 2)}`, options);
    },
  };
}

function putFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function indent(text: string, blanks: number): string {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `${' '.repeat(blanks)}${line}\n`)
    .join('');
}
