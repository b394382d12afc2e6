import { ancestorsOf } from '../../contract/host_path.ts';
import type { Attributes } from '../../facts/attributes.ts';
import type { Look, Seen } from '../../facts/keepalived.ts';
import type { Configuration } from './readings.ts';
import type { Statement } from './statements.ts';
import type { Use } from './uses.ts';

/** The user that keepalived takes where nothing is said. */
export const defaultUser = 'keepalived_script';

/** The `script_user` that holds for all scripts: one that stands before the first of them, since later ones come too late. */
export function scriptUserOf({ statements, uses }: Configuration): Statement | undefined {
  const first = uses.length > 0 ? statements.indexOf((uses[0] as Use).statement) : statements.length;
  return statements.slice(0, first).findLast(isScriptUser);
}

export function isScriptUser({ keyword, block, words }: Statement): boolean {
  return keyword === 'script_user' && block?.keyword === 'global_defs' && (words?.length ?? 0) > 1;
}

/** Whether a script runs as root, or in root's group. */
export function runsAsRoot(use: Use, configuration: Configuration, look: Look): boolean {
  const inBlock = configuration.statements.findLast(
    ({ keyword, block }) => keyword === 'user' && block !== null && block === use.statement.block,
  );
  const own = use.runAs[0] ?? inBlock?.words?.[1]?.chars;
  const user = own ?? scriptUserOf(configuration)?.words?.[1]?.chars;
  if (user === undefined) return !look.users.has(defaultUser);
  const group =
    own === undefined
      ? scriptUserOf(configuration)?.words?.[2]?.chars
      : (use.runAs[1] ?? inBlock?.words?.[2]?.chars);
  return user === 'root' || look.users.get(user) === 0 || /^:?root$/.test(group ?? '');
}

/**
 * What keepalived's script security finds wrong with a script that root runs: the first part of its path that is not
 * root's, or that others may write; a sticky directory is let pass. Null where all is well. (lib/notify.c, check_security)
 */
export function insecureAt(script: Seen, look: Look): string | null {
  const above = ancestorsOf(script.real).toReversed();
  const parts = ['/', ...above].map((path) => [path, look.above.get(path)] as const);
  const bad = [...parts, [script.real, script.followed] as const].find(([, at]) => at && isInsecure(at));
  return bad ? bad[0] : null;
}

/** The same of a directory that scripts are put into, as far as it is there. */
export function insecureDirectory(directory: string, look: Look): string | null {
  const above = [...ancestorsOf(directory).toReversed(), directory];
  const bad = ['/', ...above].find((path) => {
    const at = look.above.get(path);
    return at && isInsecure(at);
  });
  return bad ?? null;
}

function isInsecure({ kind, mode, uid, gid }: Attributes): boolean {
  if (uid !== 0) return true;
  const bits = Number.parseInt(mode, 8);
  if (kind === 'link' || (kind === 'directory' && (bits & 0o1000) !== 0)) return false;
  return (gid !== 0 && (bits & 0o020) !== 0) || (bits & 0o002) !== 0;
}
