import type { Fact } from '../contract/fact.ts';
import { content } from './content.ts';
import { group } from './group.ts';
import { init } from './init.ts';
import { kernel } from './kernel.ts';
import { os } from './os.ts';
import { packageManager } from './package_manager.ts';
import { passwd } from './passwd.ts';
import { path } from './path.ts';
import { selinux } from './selinux.ts';
import { tree } from './tree.ts';
import { unit } from './unit.ts';

/** Facts about the host itself, as playbooks name them: `facts.os.family`. */
export const hostFacts = { init, kernel, os, package_manager: packageManager, selinux } as const;

/** Every fact by its name, so that a run record can ask its questions again. */
export const facts: ReadonlyMap<string, Fact<never, unknown>> = new Map(
  [content, group, init, kernel, os, packageManager, passwd, path, selinux, tree, unit].map((fact) => [
    fact.name,
    fact as Fact<never, unknown>,
  ]),
);
