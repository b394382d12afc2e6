import { nameOf } from '../../contract/host_path.ts';
import type { Look, Seen } from '../../facts/keepalived.ts';
import type { Analysis } from './analysis.ts';
import { type Fate, isInterpreter } from './fate.ts';
import { hostText, seenAt } from './tree_of.ts';
import type { Use } from './uses.ts';

/** A script that keepalived runs, and the regular expression that means this path alone in rules of SELinux. */
export interface NamedScript {
  readonly path: string;
  readonly pattern: string;
}

/** The scripts that are files of their own, each once; programs of the system are none. */
export function scriptsOf({ fates }: Analysis, look: Look): readonly NamedScript[] {
  const paths = fates.flatMap(({ fate }) => {
    const script = fileOf(fate, look);
    return script && script.sha256 !== undefined && script.followed.kind === 'file' ? [script.real] : [];
  });
  return [...new Set(paths)].map((path) => ({
    path,
    pattern: path.replaceAll(/[\\.^$?*+|[\](){}]/g, String.raw`\$&`),
  }));
}

const askers = /^(killall5?|pidof|pgrep|pkill|kill|systemctl|service|ping6?|curl|wget|nc|ncat|ss|netstat)$/;

/** Why SELinux keeps what a use runs in keepalived's own domain, whatever the label of a script; null where it does not. */
export function keptInDomain(use: Use, fate: Fate): string | null {
  const [first = ''] = use.words.map((word) => hostText(word.chars));
  const isThrough = fate.kind === 'moves' ? fate.drops === 2 : isInterpreter(first) && pathOf(fate) !== first;
  if (isThrough) {
    return `${pathOf(fate)} is run through ${nameOf(first)}, so that SELinux keeps it in keepalived_t whatever its label: name the script alone`;
  }
  if (fate.kind === 'stays' && askers.test(nameOf(first))) {
    return `${nameOf(first)} runs in keepalived_t under SELinux, which may neither look at nor signal other domains: call it from a script of its own label${
      /^(killall5?|pidof|pgrep)$/.test(nameOf(first)) ? ', or use vrrp_track_process (since 2.0.11)' : ''
    }`;
  }
  return null;
}

function pathOf(fate: Fate): string {
  return fate.kind === 'stays' ? fate.path : fate.script.path;
}

function fileOf(fate: Fate, look: Look): Seen | undefined {
  return fate.kind === 'stays' ? seenAt(look, fate.path) : fate.script;
}
