import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { keepalivedScripts } from '../../engine/modules/keepalived_scripts.ts';
import { probeHere } from './harness.ts';
import { type Ground, hasKeepalived, lay } from './keepalived_scripts/ground.ts';

/** Owner, group and mode. */
type Owned = readonly [number, number, number];

const can = process.getuid?.() === 0 && hasKeepalived;
const configuration = (script: string) => `global_defs {
  enable_script_security
  script_user root
}
vrrp_script a {
  script ${script}
}
vrrp_instance V {
  interface lo
  virtual_router_id 5
  priority 50
  track_script {
    a
  }
}
`;

describe.runIf(can)('script security is judged as keepalived -t does (needs root and keepalived)', () => {
  let ground: Ground | undefined;
  afterEach(() => ground?.close());

  test.each<[string, { readonly script?: Owned; readonly folder?: Owned; readonly link?: Owned }, boolean]>([
    ['a script of root', {}, false],
    ["somebody's script", { script: [65534, 0, 0o755] }, true],
    ['a script that a group may write', { script: [0, 100, 0o775] }, true],
    ["a script that root's group may write", { script: [0, 0, 0o775] }, false],
    ['a script that all may write', { script: [0, 0, 0o757] }, true],
    ["somebody's folder", { folder: [65534, 0, 0o755] }, true],
    ['a folder that a group may write', { folder: [0, 100, 0o775] }, true],
    ['a folder that all may write', { folder: [0, 0, 0o777] }, true],
    ['a folder that all may write, with the sticky bit', { folder: [0, 0, 0o1777] }, false],
    ["somebody's folder, with the sticky bit", { folder: [65534, 0, 0o1777] }, true],
    ["a link in somebody's folder", { link: [65534, 0, 0o755] }, false],
    ["a link to somebody's folder", { link: [0, 0, 0o755], folder: [65534, 0, 0o755] }, true],
  ])('%s', (_case, { script, folder, link }, isDropped) => {
    const named = link ? 'links/x.sh' : 'other/check.sh';
    ground = lay({ 'keepalived.conf': configuration(`ROOT/${named}`) });
    const { root } = ground;
    const set = (path: string, [uid, gid, mode]: Owned) => {
      chownSync(join(root, path), uid, gid);
      chmodSync(join(root, path), mode);
    };
    if (link) {
      mkdirSync(join(root, 'links'));
      symlinkSync('../other/check.sh', join(root, 'links/x.sh'));
      set('links', link);
    }
    if (script) set('other/check.sh', script);
    if (folder) set('other', folder);

    const config = `${root}/etc/keepalived.conf`;
    const { stdout, stderr } = spawnSync('keepalived', ['-t', '-f', config], { encoding: 'utf8' });
    expect(/Disabling track script a due to insecure/.test(stdout + stderr), stdout + stderr).toBe(isDropped);
    const args = { config, directory: `${root}/libexec`, report_only: true };
    const told = keepalivedScripts.result?.(args, probeHere('dash', keepalivedScripts.probe(args)));
    expect(String(told?.['findings']).includes('keepalived drops this script now')).toBe(isDropped);
  });
});
