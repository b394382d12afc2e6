import { below, type Fact, Unsettled } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import type { PamHost } from './pam/attempt.ts';
import type { PamConfiguration } from './pam/stack.ts';
import { withSystemPath } from './program.ts';

/** All that a host says of PAM. */
export interface PamFiles extends PamConfiguration {
  /** Where a service file that is a link leads to in the end. */
  readonly reals: Readonly<Record<string, string>>;
  /** The names of the modules that are installed. */
  readonly modules: readonly string[];
  /** The text of /etc/security/faillock.conf, or null. */
  readonly faillockConf: string | null;
  /** Which programs that write service files are there. */
  readonly writers: readonly PamWriter[];
}

/** A program that writes service files by itself; authselect where one of its profiles is selected. */
export type PamWriter = (typeof writers)[number];

const writers = ['authselect', 'authconfig', 'pam-auth-update'] as const;
const faillockConf = '/etc/security/faillock.conf';
const etc = '/etc/pam.d';

/** Where libpam looks for a service, the first that is there wins (Linux-PAM 1.5; SUSE has the third). */
const directories = [etc, '/usr/lib/pam.d', '/usr/etc/pam.d'];

/** The key of all service files, which a change of any of them touches. */
export const pamKey = 'pam:files';

/** The service files, and the modules that are installed. One `stat` and one `cat` for all, a `readlink` a link. */
export const pamFiles: Fact<undefined, PamFiles> = {
  name: 'pam_files',
  id: () => '',
  about: () => [pamKey, ...directories.map(below), `path:${faillockConf}`],
  ask: () =>
    lines([
      withSystemPath,
      sh`set --; set +f
for d in ${directories}; do
for f in "$d"/*; do
[ -f "$f" ] || continue
if [ -L "$f" ]; then printf 'L\\000%s\\000%s\\000' "$f" "$(readlink -f -- "$f")"; fi
if [ -r "$f" ]; then set -- "$@" "$f"; else printf 'U\\000%s\\000' "$f"; fi
done
done
for f in /lib/security /lib64/security /usr/lib/security /usr/lib64/security /lib/*-*/security /usr/lib/*-*/security; do
for m in "$f"/*.so; do [ -f "$m" ] && printf 'M\\000%s\\000' "\${m##*/}"; done
done
for w in ${writers}; do
[ $w != authselect ] || [ -e /etc/authselect/authselect.conf ] || continue
command -v "$w" >/dev/null && printf 'W\\000%s\\000' "$w"
done
for f in /lib/libpam.so.0 /lib64/libpam.so.0 /lib/*-*/libpam.so.0 /usr/lib/libpam.so.0; do
[ -f "$f" ] && { ! grep -q @include "$f" || printf 'I\\000'; break; }
done
if [ -f ${faillockConf} ] && [ -r ${faillockConf} ]; then set -- "$@" ${faillockConf}; fi
[ $# = 0 ] || printf 'F\\000%s\\000' "$@"
printf 'E\\000'
[ $# = 0 ] || { stat -L -c %s -- "$@"; printf '\\000'; cat -- "$@"; }`,
    ]),
  lasting: ({ texts, reals, ...rest }) =>
    JSON.stringify([Object.entries(texts).toSorted(), Object.entries(reals).toSorted(), rest]),
  parse: (output, subjects) => {
    const answer = read(output);
    return subjects.map(() => answer);
  },
};

/** What the judgement of stacks takes of it. */
export function pamHostOf({ modules, faillockConf: text }: PamFiles): PamHost {
  const rootIsLocked = /^[ \t]*(?:even_deny_root|root_unlock_time)\b/m.test(text ?? '');
  return { modules: modules.length === 0 ? null : new Set(modules), rootIsLocked };
}

function read(output: Buffer): PamFiles {
  const found = { L: [] as string[][], U: [] as string[], M: [] as string[], W: [] as string[], I: false };
  const files: string[] = [];
  let at = 0;
  const word = (): string => {
    const end = output.indexOf(0, at);
    if (end < 0) throw new Unsettled('the service files of PAM were not all told');
    const text = output.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  for (let kind = word(); kind !== 'E'; kind = word()) {
    if (kind === 'L') found.L.push([word(), word()]);
    else if (kind === 'F') files.push(word());
    else if (kind === 'I') found.I = true;
    else if (kind === 'U' || kind === 'M' || kind === 'W') found[kind].push(word());
    else throw new Unsettled('the service files of PAM were told in parts');
  }
  const sizes = files.length === 0 ? [] : word().trimEnd().split('\n').map(Number);
  const texts: Record<string, string | null> = Object.fromEntries(found.U.map((file) => [file, null]));
  for (const [index, file] of files.entries()) {
    const size = sizes[index] ?? Number.NaN;
    texts[file] = output.toString('latin1', at, at + size);
    at += size;
  }
  if (at !== output.length) throw new Unsettled('a service file of PAM changed while it was read');
  const { [faillockConf]: conf = null, ...services } = texts;
  return {
    texts: services,
    directories,
    atInclude: found.I,
    reals: Object.fromEntries(found.L),
    modules: [...new Set(found.M)].toSorted(),
    faillockConf: conf,
    writers: writers.filter((name) => found.W.includes(name)),
  };
}
