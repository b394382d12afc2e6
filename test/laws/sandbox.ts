import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A place for one test: what it may change lies in `root`, and everything else in it must stay as it was. */
export interface Sandbox {
  readonly folder: string;
  /** The scratch folder of the play. */
  readonly root: string;
  readonly home: string;
  /** Programs that come first in PATH: `canary`, which tells that it was run. */
  readonly programs: string;
  /** How often `canary` was run. */
  canaries(): number;
  close(): void;
}

export function openSandbox(): Sandbox {
  // The modes that cases prepare are meant as they stand.
  process.umask(0o022);
  const folder = mkdtempSync(join(tmpdir(), 'fettle-law-'));
  // The scratch folder may be entered by every user.
  chmodSync(folder, 0o755);
  const [root, home, programs, sung] = ['root', 'home', 'programs', 'sung'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const name of [root, home, programs]) mkdirSync(name);
  writeFileSync(join(programs, 'canary'), `#!/bin/sh\necho canary >>${sung}\n`, { mode: 0o755 });
  return {
    folder,
    root,
    home,
    programs,
    canaries: () => (existsSync(sung) ? readFileSync(sung, 'utf8').split('\n').length - 1 : 0),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** What is looked at of each path. */
export type Aspects = 'lasting' | 'all';

/**
 * Everything below a folder by its name: kind, mode, owner, content, where links lead, which names are one file;
 * with 'all' also the times.
 */
export function listing(root: string, aspects: Aspects): Record<string, string> {
  const found: Record<string, string> = {};
  const inodes = new Map<number, number>();
  const visit = (at: Buffer, shown: string): void => {
    const seen = lstatSync(at);
    if (!inodes.has(seen.ino)) inodes.set(seen.ino, inodes.size);
    const held = seen.isFile() ? digest(at) : seen.isSymbolicLink() ? readlinkSync(at, 'latin1') : '';
    const twins = seen.isFile() && seen.nlink > 1 ? ` file ${inodes.get(seen.ino)}` : '';
    const times = aspects === 'all' ? ` ${seen.mtimeMs} ${seen.ctimeMs} ${seen.ino}` : '';
    found[shown] = `${seen.mode.toString(8)} ${seen.uid}:${seen.gid} ${held}${twins}${times}`;
    if (!seen.isDirectory()) return;
    const names = readdirSync(at, { encoding: 'buffer' }).sort(Buffer.compare);
    for (const name of names)
      visit(Buffer.concat([at, Buffer.from('/'), name]), `${shown}/${name.toString('latin1')}`);
  };
  visit(Buffer.from(root), '.');
  return found;
}

/** ACL and extended attributes of everything below a folder, as getfacl and getfattr tell them. */
export function attributesBeyondMode(root: string): string {
  return ['getfacl -R -n -p .', 'getfattr -R -h -d -m - .']
    .map((command) => spawnSync('sh', ['-c', command], { cwd: root, encoding: 'utf8' }).stdout)
    .join('\n');
}

/** Whether ACL and user attributes can be set on files in the temporary folder. */
export function keepsAttributes(): boolean {
  const sandbox = openSandbox();
  const file = join(sandbox.root, 'x');
  writeFileSync(file, '');
  const { status } = spawnSync('sh', ['-c', 'setfacl -m u:1:r "$0" && setfattr -n user.x -v 1 "$0"', file]);
  sandbox.close();
  return status === 0;
}

function digest(file: Buffer): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);
}
