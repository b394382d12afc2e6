import type { Entry } from './law_case.ts';

/** The accounts of a root directory: alice has a home, bob has none, and both are in the group ops. */
export const accountRoot: Readonly<Record<string, Entry>> = {
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/sh',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'alice:x:1000:1000:Alice,,,:/home/alice:/bin/sh',
    'bob:x:1001:100::/home/bob:/bin/sh\n',
  ].join('\n'),
  'etc/shadow': [
    'root:*:19000:0:99999:7:::',
    'daemon:*:19000:0:99999:7:::',
    'alice:$6$abcdefgh$0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./:19001:0:99999:7:::',
    'bob:!:19002:0:99999:7:::\n',
  ].join('\n'),
  'etc/group':
    'root:x:0:\ndaemon:x:1:\nmail:x:8:\nusers:x:100:\nops:x:900:alice,bob\nalice:x:1000:\nweb:x:1500:bob\n',
  'etc/gshadow': 'root:*::\ndaemon:*::\nmail:*::\nusers:*::\nops:!::alice,bob\nalice:!::\nweb:!:bob:bob\n',
  'etc/login.defs':
    'PASS_MAX_DAYS 99999\nPASS_MIN_DAYS 0\nPASS_WARN_AGE 7\nUID_MIN 1000\nUID_MAX 60000\nGID_MIN 1000\nGID_MAX 60000\nUMASK 022\nUSERGROUPS_ENAB yes\nENCRYPT_METHOD SHA512\n',
  'etc/skel/.profile': '# of the skeleton\n',
  'etc/subuid': 'alice:100000:65536\n',
  'etc/subgid': 'alice:100000:65536\n',
  // What lckpwdf(3) locks; it stays for good.
  'etc/.pwd.lock': '',
  'etc/shells': '/bin/sh\n',
  root: 'folder',
  'home/alice/notes': 'hers\n',
  'var/mail': 'folder',
};

/** Where busybox keeps crontabs; what crontab tells crond goes nowhere, since none runs. */
export const cronFolder: Readonly<Record<string, Entry>> = {
  'var/spool/cron/crontabs/cron.update': { link: '/dev/null' },
};

/** The tools of shadow-utils, and what they ask for who is who. */
export const accountTools: readonly string[] = [
  ...['useradd', 'usermod', 'userdel', 'groupadd', 'groupmod', 'groupdel', 'chpasswd'].map(
    (name) => `/usr/sbin/${name}`,
  ),
  ...['/usr/bin/chage', '/usr/bin/getent'],
];
