import type { Entry } from './law_case.ts';

/** What sudo's configuration needs of a root directory. */
export const sudoRoot: Readonly<Record<string, Entry>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
  'etc/group': 'root:x:0:\nops:x:1000:alice\n',
  'etc/sudoers': 'Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n#includedir /etc/sudoers.d\n',
  'etc/sudoers.d/README': '# files here are read by sudo\n',
};
