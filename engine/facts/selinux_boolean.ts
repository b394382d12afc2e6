import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { withSystemPath } from './program.ts';
import { policyStore } from './selinux_folder.ts';

/** A boolean of the policy; `saved` asks for what it will be after the next start, too. */
export interface BooleanSubject {
  readonly name: string;
  readonly saved: boolean;
}

/** Null where there is none of that name, or it cannot be told. */
export interface BooleanAnswer {
  readonly now: boolean | null;
  readonly saved: boolean | null;
}

/**
 * The kernel's own file, and the host's settings in the policy's store. Only of what the host has never set, `semanage` is
 * asked for the policy's default, which takes Python and two seconds, once for all.
 */
export const selinuxBoolean: Fact<BooleanSubject, BooleanAnswer> = {
  name: 'selinux_boolean',
  id: ({ name, saved }) => `${saved ? 'saved' : 'now'} ${name}`,
  about: ({ name }) => [`selinux_boolean:${name}`, 'selinux:policy', 'selinux:mode'],
  ask: (subjects) =>
    lines([
      withSystemPath,
      policyStore,
      sh`D= b=/sys/fs/selinux/booleans
if ! [ -d "$b" ]; then b=/selinux/booleans; fi
one() {
v=- w=-
if [ -r "$b/$1" ]; then read -r v x <"$b/$1" || :; fi
if [ "$2" = saved ] && [ "$v" != - ]; then
if [ -n "$s" ] && [ -r "$s/booleans.local" ]; then
while IFS= read -r l || [ -n "$l" ]; do case $l in "$1="[01]*) w=\${l#*=};; esac; done <"$s/booleans.local"
fi
if [ "$w" = - ] && command -v semanage >/dev/null; then
if [ -z "$D" ]; then D=$(semanage boolean -l 2>/dev/null </dev/null); fi
w=$(printf '%s\\n' "$D" | sed -n "s/^$1  *([a-z]* *, *\\([a-z]*\\)).*/\\1/p")
fi
fi
echo "$v \${w:--}"
}`,
      ...subjects.map(({ name, saved }) => sh`one ${name} ${saved ? 'saved' : 'now'}`),
    ]),
  parse(output, subjects) {
    const rows = output.toString('utf8').split('\n');
    return subjects.map((_subject, index) => {
      const [now, saved] = (rows[index] ?? '').split(' ').map(read);
      return { now: now ?? null, saved: saved ?? null };
    });
  },
};

function read(word: string): boolean | null {
  if (/^(1|on|true)/.test(word)) return true;
  return /^(0|off|false)/.test(word) ? false : null;
}
