import type { Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** The running kernel. */
export interface Kernel {
  /** "4.19.90-52.22.v2207.ky10.x86_64" */
  readonly release: string;
  /** "#1 SMP Tue Mar 14 12:19:10 CST 2023" */
  readonly version: string;
  /** "x86_64", "aarch64" */
  readonly machine: string;
}

/** The kernel that runs, by one `uname`. */
export const kernel: Fact<undefined, Kernel> = {
  name: 'kernel',
  id: () => '',
  about: () => ['host:kernel'],
  ask: () => sh`uname -rvm`,
  parse(output) {
    const match = /^(\S+) (.*) (\S+)\n$/.exec(output.toString('utf8'));
    if (!match) throw new Error('uname told nothing usable');
    const [, release = '', version = '', machine = ''] = match;
    return [{ release, version, machine }];
  },
};
