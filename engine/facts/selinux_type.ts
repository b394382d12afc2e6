import { CannotPlan } from '../contract/change.ts';
import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';

/** Whether files may get a type: `invalid` where the policy does not know it, `no` where it is a domain or the like, `unknown` where the kernel does not say. */
export type TypeAnswer = 'yes' | 'no' | 'invalid' | 'unknown';

/** What may stand for a type, user or role of SELinux, in a schema. */
export const selinuxName = {
  pattern: '^[A-Za-z_][A-Za-z0-9_.-]*$',
  errorMessage: 'must be a name such as "httpd_sys_content_t"',
};

/** What may stand for a level of SELinux, in a schema. */
export const selinuxLevel = {
  pattern: '^[A-Za-z0-9_][A-Za-z0-9_.:,-]*$',
  errorMessage: 'must be a level such as "s0" or "s0:c1"',
};

/**
 * Asks the kernel whether the shell's own domain may relabel a file to a type. It writes the question into a file of
 * selinuxfs and reads the answer there, as libselinux does (security_compute_av(3)); that changes nothing.
 */
export const selinuxType: Fact<string, TypeAnswer> = {
  name: 'selinux_type',
  id: (type) => type,
  about: () => ['selinux:policy', 'selinux:mode'],
  ask: (types) =>
    lines([
      sh`b=/sys/fs/selinux r=
if [ -r "$b/mls" ]; then read -r r <"$b/mls" || :; fi
case $r in 1) r=:s0;; *) r=;; esac
o= n= k=
if [ -e "$b/access" ] && [ -r "$b/class/file/index" ] && [ -r "$b/class/file/perms/relabelto" ] && [ -r /proc/self/attr/current ]; then
o=$(tr -d '\\000\\n' </proc/self/attr/current 2>/dev/null)
read -r n <"$b/class/file/index" || :
read -r k <"$b/class/file/perms/relabelto" || :
fi
one() {
if [ -z "$o" ] || [ -z "$n" ] || [ -z "$k" ]; then echo unknown; return; fi
(
exec 3<>"$b/access" || exit 1
printf '%s %s %s' "$o" "system_u:object_r:$1$r" "$n" >&3 || { echo invalid; exit 0; }
read -r a x <&3 || [ -n "$a" ] || exit 1
if [ $((0x$a >> (k - 1) & 1)) = 1 ]; then echo yes; else echo no; fi
) 2>/dev/null || echo unknown
}`,
      ...types.map((type) => sh`one ${type}`),
    ]),
  parse(output, types) {
    const rows = output.toString('utf8').split('\n');
    return types.map((_type, index) => {
      const row = rows[index];
      return row === 'yes' || row === 'no' || row === 'invalid' ? row : 'unknown';
    });
  },
};

/** Throws CannotPlan for what no file can get as its type. */
export function refuseType(type: string, answer: TypeAnswer): void {
  if (answer === 'invalid') {
    throw new CannotPlan(`the policy has no type ${type}`, {
      missing: 'selinux:policy',
      next: 'check the name, or install the policy module that brings it (`semodule`)',
    });
  }
  if (answer === 'no') {
    throw new CannotPlan(
      `${type} is no type for files, or one that may not be given here: the kernel would answer EACCES (relabelto), even to root`,
      {
        next: type.endsWith('_exec_t')
          ? 'become a user whose domain may relabel files'
          : 'a domain such as keepalived_t is for processes; files have a type of their own, often the same name with _exec_t',
      },
    );
  }
}
