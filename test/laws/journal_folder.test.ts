import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { canEnterRoots, constructRoot } from '../facts/root.ts';
import { failures, forget, playOf, runHere } from './play.ts';
import { openSandbox } from './sandbox.ts';

const modeOf = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

test.runIf(canEnterRoots)(
  'a host without /var/lib gets one for all, and the journal is for root alone (needs root)',
  async () => {
    const sandbox = openSandbox();
    const way = { shell: 'busybox', inside: constructRoot(sandbox.root, {}) } as const;
    const finished = await runHere(sandbox, way, await playOf([{ copy: { dest: '/x', content: 'x' } }]));
    expect(failures(finished)).toEqual([]);
    expect(modeOf(join(sandbox.root, 'var/lib'))).toBe('755');
    expect(modeOf(join(sandbox.root, 'var/lib/fettle'))).toBe('700');
    forget(way, finished.run);
    sandbox.close();
  },
);
