import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Module } from '../../engine/contract/module.ts';
import type { Playbook } from '../../engine/load/playbook.ts';
import type { ShellName } from '../facts/look.ts';
import { constructRoot } from '../facts/root.ts';
import { bringShell, type Way } from './host_here.ts';
import type { LawCase } from './law_case.ts';
import { argumentsOf } from './look_here.ts';
import { playOf, type TaskText } from './play.ts';
import type { Sandbox } from './sandbox.ts';

/** Cases of one module that are tried on one host, each in a folder of its own. */
export interface Ground {
  readonly way: Way;
  /** What the cases may change. */
  readonly root: string;
  /** One task a case. */
  readonly playbook: Playbook;
  readonly plots: readonly Plot[];
}

/** A case in its folder. */
export interface Plot {
  readonly one: LawCase;
  readonly title: string;
  readonly folder: string;
  /** As the module gets them, frozen. */
  readonly args: never;
}

/** Cases that can share a host: those in a root directory of their own stand alone. */
export function together(
  cases: readonly LawCase[],
): readonly { readonly title: string; readonly cases: readonly LawCase[] }[] {
  const shared = cases.filter(({ inside }) => inside === undefined);
  const alone = cases.filter(({ inside }) => inside !== undefined);
  return [
    ...(shared.length > 0 ? [{ title: `${shared.length} cases`, cases: shared }] : []),
    ...alone.map((one) => ({ title: one.title, cases: [one] })),
  ];
}

/** Prepares cases in a sandbox. */
export async function prepare(
  sandbox: Sandbox,
  shell: ShellName,
  module: Pick<Module<never, unknown>, 'name'>,
  cases: readonly LawCase[],
): Promise<Ground> {
  const { root } = sandbox;
  const entries = cases[0]?.inside;
  if (entries) {
    constructRoot(root, { ...entries, 'var/lib': 'folder' });
    bringShell(root, shell);
  }
  const tasks = cases.map((one, index): TaskText => {
    const folder = entries ? root : join(root, String(index));
    if (!entries) mkdirSync(folder);
    one.prepare?.(folder);
    // One that fails must not hide the others.
    return { name: one.title, [module.name]: one.args(entries ? '' : folder), ignore_errors: true };
  });
  const playbook = await playOf(tasks);
  const all = await argumentsOf(playbook);
  return {
    root,
    way: { shell, ...(entries ? { inside: root } : {}) },
    playbook,
    plots: cases.map((one, index) => ({
      one,
      title: one.title,
      folder: entries ? root : join(root, String(index)),
      args: all[index] as never,
    })),
  };
}

/** A map by the titles of cases, so that a difference names its case. */
export function byTitle<Value>(
  plots: readonly Plot[],
  value: (plot: Plot, index: number) => Value,
): Record<string, Value> {
  return Object.fromEntries(plots.map((plot, index) => [plot.title, value(plot, index)]));
}
