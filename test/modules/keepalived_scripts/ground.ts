import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installed } from '../../hosts/lab_requirements.ts';

/** A configuration with its scripts in a folder of its own; `ROOT` in texts stands for that folder. */
export interface Ground {
  readonly root: string;
  /** A text of the folder with `ROOT` again where its path stands. */
  read(name: string): string;
  /** Removes the folder. */
  close(): void;
}

export const sound = '#!/bin/sh\nexit 0\n';

/** The scripts that are there in every ground, each with a content of its own. */
const scripts = ['etc/check.sh', 'etc/notify.sh', 'etc/scripts/vs.sh', 'other/check.sh'];

export function lay(
  files: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Ground {
  const root = mkdtempSync(join(tmpdir(), 'fettle-keepalived-'));
  chmodSync(root, 0o755);
  const put = (name: string, text: string, mode: number) => {
    mkdirSync(dirname(join(root, name)), { recursive: true, mode: 0o755 });
    writeFileSync(join(root, name), text.replaceAll('ROOT', root), { encoding: 'latin1' });
    chmodSync(join(root, name), mode);
  };
  for (const name of scripts) put(name, `${sound}# ${name}\n`, 0o755);
  for (const [name, text] of Object.entries(more)) put(name, text, 0o755);
  for (const [name, text] of Object.entries(files)) put(`etc/${name}`, text, 0o640);
  return {
    root,
    read: (name) => readFileSync(join(root, name), 'latin1').replaceAll(root, 'ROOT'),
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

export const hasKeepalived = installed('keepalived');

/** The paths of scripts that the real keepalived looks for when it tests a configuration, with `ROOT` in them. */
export function soughtByKeepalived({ root }: Ground): readonly string[] {
  const trace = join(root, 'trace');
  const test = ['keepalived', '-t', '-f', join(root, 'etc/keepalived.conf')];
  spawnSync('strace', ['-f', '-qq', '-e', 'trace=file', '-o', trace, ...test], { timeout: 20_000 });
  const lines = readFileSync(trace, 'latin1').split('\n');
  rmSync(trace);
  const paths = lines.flatMap((line) => {
    const path = /(?:readlink|lstat|stat|newfstatat)[^"]*"([^"]+)"/.exec(line)?.[1] ?? '';
    return path.startsWith(`${root}/`) && path.endsWith('.sh') ? [path.replace(root, 'ROOT')] : [];
  });
  return [...new Set(paths)].sort();
}
