import type { Fact } from '../contract/fact.ts';
import { lines, sh } from '../shell/script.ts';
import { policyStore } from './selinux_folder.ts';

/**
 * Whether `semanage permissive` made a domain permissive; null where the policy's store cannot be read. Read from the names of
 * the modules that it makes (permissive_DOMAIN), by built-ins alone.
 */
export const permissiveDomains: Fact<string, boolean | null> = {
  name: 'permissive_domains',
  id: (domain) => domain,
  about: (domain) => [`selinux_permissive:${domain}`, 'selinux:policy'],
  ask: (domains) =>
    lines([
      policyStore,
      sh`one() {
if [ -z "$s" ] || ! [ -x "$s/modules" ] || ! [ -r "$s/modules" ]; then echo -; return; fi
for f in "$s"/modules/*/"permissive_$1" "$s/modules/permissive_$1.pp"; do if [ -e "$f" ]; then echo 1; return; fi; done
echo 0
}`,
      ...domains.map((domain) => sh`one ${domain}`),
    ]),
  parse(output, domains) {
    const rows = output.toString('utf8').split('\n');
    return domains.map((_domain, index) => (rows[index] === '1' ? true : rows[index] === '0' ? false : null));
  },
};
