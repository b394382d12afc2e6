import { below, type Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';
import { policyFolder } from './selinux_folder.ts';

/** What a rule is for, as `semanage fcontext -f` names it: a all, f files, d directories, … */
export type FileType = 'a' | 'f' | 'd' | 'c' | 'b' | 's' | 'l' | 'p';

/** A rule of file_contexts(5). */
export interface ContextRule {
  /** A regular expression that the whole path matches. */
  readonly target: string;
  readonly ftype: FileType;
  /** "system_u:object_r:etc_t:s0" or "<<none>>". */
  readonly context: string;
}

/** The rules that name a target, and what else decides on labels. */
export interface FileContexts {
  /** How rules name it: what lies in /usr/lib64 is looked for in /usr/lib, and a rule for /usr/lib64 would never count. */
  readonly target: string;
  /** The host's own rule for the target of each kind of file (`semanage fcontext -l -C`). */
  readonly local: readonly ContextRule[];
  /** The policy's own rules for exactly the target. */
  readonly policy: readonly ContextRule[];
  /** Folders that are labelled as others are: ["/usr/lib64", "/usr/lib"]. */
  readonly equal: readonly (readonly [string, string])[];
  /** Types that `restorecon` leaves on a file unless it is forced. */
  readonly customizable: readonly string[];
}

/**
 * The rules for a target, read from the policy's files: `semanage fcontext -l` takes Python and two seconds for the same.
 * Of the policy's thousands of rules only those that hold the target's text are told.
 */
export const fileContexts: Fact<string, FileContexts> = {
  name: 'file_contexts',
  id: (target) => target,
  about: () => ['selinux:file_contexts', below('/etc/selinux')],
  ask: (targets) => sh`${policyFolder}
f=$d/contexts/files
if [ -n "$d" ] && [ -d "$f" ]; then
if [ -r "$f/file_contexts.local" ]; then sed 's/^/L/' "$f/file_contexts.local"; echo; fi
set -- ${targets}
for p in "$f/file_contexts.subs" "$f/file_contexts.subs_dist"; do
if ! [ -r "$p" ]; then continue; fi
while read -r a b x; do
case $a in /*) for t do case $t in "$a"/*) set -- "$@" "$b\${t#"$a"}";; esac; done;; esac
done <"$p"
sed 's/^/S/' "$p"; echo
done
e=$(printf '%s\\n' "$@")
for p in "$f/file_contexts" "$f/file_contexts.homedirs"; do
if [ -r "$p" ]; then grep -hF -e "$e" "$p" | sed 's/^/P/'; fi
done
if [ -r "$d/contexts/customizable_types" ]; then sed 's/^/C/' "$d/contexts/customizable_types"; echo; fi
fi
:`,
  parse(output, targets) {
    const rows = output.toString('utf8').split('\n');
    const of = (letter: string) =>
      rows.filter((row) => row.startsWith(letter)).map((row) => row.slice(1).trim());
    const [local, policy] = [of('L').flatMap(readRule), of('P').flatMap(readRule)];
    const equal = of('S').flatMap((row) => {
      const [from = '', to = ''] = row.split(/\s+/);
      return from.startsWith('/') && to.startsWith('/') ? [[from, to] as const] : [];
    });
    const customizable = of('C').filter((row) => row !== '' && !row.startsWith('#'));
    return targets.map((given) => {
      const target = namedTarget(given, equal);
      return {
        target,
        local: local.filter((rule) => rule.target === target),
        policy: policy.filter((rule) => rule.target === target),
        equal,
        customizable,
      };
    });
  },
  lasting: ({ local }) => local,
};

/** Of several folders that it lies in, the deepest counts; more than once, since /lib64 may lead to /usr/lib64. */
function namedTarget(target: string, equal: FileContexts['equal']): string {
  let named = target;
  for (let round = 0; round < 3; round += 1) {
    const [deepest] = equal
      .filter(([from]) => named.startsWith(`${from}/`))
      .toSorted(([one], [other]) => other.length - one.length);
    if (!deepest) break;
    named = `${deepest[1]}${named.slice(deepest[0].length)}`;
  }
  return named;
}

const flags: Readonly<Record<string, FileType>> = {
  '--': 'f',
  '-d': 'd',
  '-c': 'c',
  '-b': 'b',
  '-s': 's',
  '-l': 'l',
  '-p': 'p',
};

/** One line of file_contexts(5): the target, perhaps a kind of file, the label. */
function readRule(row: string): readonly ContextRule[] {
  const [, target = '', flag, context = ''] = /^([^#\s]\S*)\s+(?:(-[-dcbslp])\s+)?(\S+)$/.exec(row) ?? [];
  if (context === '') return [];
  return [{ target, ftype: flag === undefined ? 'a' : (flags[flag] as FileType), context }];
}
