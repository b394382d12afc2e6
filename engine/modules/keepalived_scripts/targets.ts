import { sha256 } from '../../contract/digest.ts';
import { joinPath, nameOf, parentOf } from '../../contract/host_path.ts';
import type { Look, Seen } from '../../facts/keepalived.ts';
import { seenAt } from './tree_of.ts';

/** Where scripts go: by their old paths. Two of one name get different ones, and no other file is overwritten. */
export function targetsOf(
  scripts: readonly Seen[],
  look: Look,
  directory: string,
): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  const taken = new Map<string, string | undefined>();
  for (const script of scripts) {
    if (targets.has(script.path)) continue;
    const target = namesOf(script.path)
      .map((name) => joinPath(directory, name))
      .find((path) => isFree(path, script, look, taken));
    if (target === undefined) continue;
    targets.set(script.path, target);
    taken.set(target, script.sha256);
  }
  return targets;
}

// "check.sh", where that is taken "web-check.sh" of /etc/keepalived/web, and at last one that the path alone decides.
function namesOf(path: string): readonly string[] {
  const name = safe(nameOf(path));
  return [name, `${safe(nameOf(parentOf(path)))}-${name}`, `${sha256(path).slice(0, 8)}-${name}`];
}

function safe(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_@%+=:,.-]/g, '_');
  return /^[.-]/.test(plain) || plain === '' ? `_${plain}` : plain;
}

function isFree(
  path: string,
  script: Seen,
  look: Look,
  taken: ReadonlyMap<string, string | undefined>,
): boolean {
  if (taken.has(path)) return taken.get(path) === script.sha256;
  const there = seenAt(look, path);
  return !there || (there.at.kind === 'file' && there.sha256 === script.sha256);
}
