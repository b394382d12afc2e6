import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askScript } from '../../engine/contract/probe.ts';
import { sh } from '../../engine/shell/script.ts';
import { shells } from '../facts/look.ts';
import { lookHere } from './look_here.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { canTrace, writesIn } from './writes.ts';

let sandbox: Sandbox;

beforeEach(() => {
  sandbox = openSandbox();
});

afterEach(() => sandbox.close());

// The laws are worth what their eyes are.
test.runIf(canTrace).each(shells)(
  'a script that writes would be seen on %s (needs strace)',
  async (shell) => {
    const { root, folder } = sandbox;
    writeFileSync(join(root, 'x'), '');
    const scripts = [
      sh`: >${root}/new`,
      sh`: >>${root}/x`,
      sh`chmod 644 ${root}/x`,
      sh`touch -c ${root}/x`,
      sh`ln -s x ${root}/link`,
      sh`rm -f ${root}/link`,
      sh`cp ${root}/x /nowhere/at/all 2>/dev/null`,
      sh`mv ${root}/x ${root}/y`,
    ];
    for (const [index, script] of scripts.entries()) {
      const trace = join(folder, `trace${index}`);
      await lookHere(sandbox, { shell, trace }, [askScript('test', script, [])]);
      expect(writesIn(trace), script.text).not.toEqual([]);
    }
    const trace = join(folder, 'trace');
    const looks = sh`cat ${root}/y >/dev/null; stat ${root}/y; ls -la ${root}; for f in ${root}/*; do [ -r "$f" ]; done`;
    await lookHere(sandbox, { shell, trace }, [
      askScript('test', looks, []),
      askScript('text', sh`cat ${root}/y`, [], true),
    ]);
    expect(writesIn(trace)).toEqual([]);
  },
);
