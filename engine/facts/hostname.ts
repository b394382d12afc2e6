import type { Fact } from '../contract/fact.ts';
import { sh } from '../shell/script.ts';

/** The name that the kernel has for the host now; a boot sets it anew. By built-ins alone. */
export const hostname: Fact<undefined, string> = {
  name: 'hostname',
  id: () => '',
  about: () => ['host:name'],
  // Unlike hostname(1), the file tells the name of the reader's own UTS namespace in every shell.
  ask: () => sh`n=; IFS= read -r n </proc/sys/kernel/hostname || n=$(uname -n); printf '%s\\n' "$n"`,
  parse(output) {
    const name = output.toString('utf8').trim();
    if (name === '') throw new Error('the host did not tell its name');
    return [name];
  },
};
