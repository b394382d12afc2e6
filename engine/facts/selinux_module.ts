import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { withSystemPath } from './program.ts';
import { policyStore } from './selinux_folder.ts';

/** A module of the policy at a priority; `file` is one of the host's to compare it with. */
export interface ModuleSubject {
  readonly name: string;
  readonly priority: number;
  readonly file: string | null;
}

/** What the store has of a module. */
export interface ModuleAnswer {
  /** `hidden`: the store cannot be read; `packed`: it is there, and without bzcat nobody can tell what it holds. */
  readonly kind: 'absent' | 'present' | 'hidden' | 'packed';
  /** Of what was installed. */
  readonly sha256: string | null;
  /** Whether what is installed can be told again: the store does not pack, or there is bzcat. */
  readonly tells: boolean;
  /** Of the host's file; null where there is none. */
  readonly file: string | null;
}

/** What semodule(8) has installed, from the policy's store: it keeps the very file, packed by bzip2. */
export const selinuxModule: Fact<ModuleSubject, ModuleAnswer> = {
  name: 'selinux_module',
  id: ({ name, priority, file }) => `${priority} ${name} ${file ?? ''}`,
  about: ({ name, file }) => [
    `selinux_module:${name}`,
    'selinux:policy',
    ...(file === null ? [] : [`path:${file}` as const]),
  ],
  ask: (subjects) =>
    lines([
      withSystemPath,
      policyStore,
      sh`z=0
if command -v bzcat >/dev/null || grep -q '^ *bzip-blocksize *= *0' /etc/selinux/semanage.conf 2>/dev/null; then z=1; fi
one() {
k=absent h=- w=- f=$s/modules/$2/$1
if [ -n "$3" ] && [ -f "$3" ] && [ -r "$3" ]; then w=$(sha256sum <"$3"); fi
if [ -z "$s" ] || ! [ -x "$s/modules" ]; then k=hidden
elif [ -d "$f" ]; then
k=present
if [ -e "$f/hll" ]; then f=$f/hll; else f=$f/cil; fi
case $(head -c 3 "$f" 2>/dev/null | tr -d '\\000') in
BZh) if command -v bzcat >/dev/null; then h=$(bzcat <"$f" | sha256sum); else k=packed; fi;;
*) if [ -r "$f" ]; then h=$(sha256sum <"$f"); else k=packed; fi;;
esac
fi
echo "$k $z \${h%% *} \${w%% *}"
}`,
      ...subjects.map(({ name, priority, file }) => sh`one ${name} ${priority} ${file ?? ''}`),
    ]),
  parse(output, subjects) {
    const rows = output.toString('utf8').split('\n');
    return subjects.map((_subject, index) => {
      const [kind, tells, sha256, file] = (rows[index] ?? '').split(' ');
      return {
        kind: kind === 'absent' || kind === 'present' || kind === 'packed' ? kind : 'hidden',
        tells: tells === '1',
        sha256: hash(sha256),
        file: hash(file),
      };
    });
  },
};

function hash(word: string | undefined): string | null {
  return word !== undefined && /^[0-9a-f]{64}$/.test(word) ? word : null;
}
