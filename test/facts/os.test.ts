import { expect, test } from 'vitest';
import { os } from '../../engine/facts/os.ts';
import { canCountForks, countForks, look, scratch, shells } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

const root = scratch();

// Files as they lie on the named systems, but for lines that say nothing here.
const files: readonly (readonly [string, string, string, object])[] = [
  [
    'CentOS 7.9',
    'os-release',
    'NAME="CentOS Linux"\nVERSION="7 (Core)"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\nPRETTY_NAME="CentOS Linux 7 (Core)"\n\nCENTOS_MANTISBT_PROJECT="CentOS-7"\n',
    {
      id: 'centos',
      id_like: ['rhel', 'fedora'],
      name: 'CentOS Linux',
      version: '7',
      major: 7,
      family: 'redhat',
    },
  ],
  [
    'Rocky 9.5',
    'os-release',
    'NAME="Rocky Linux"\nVERSION="9.5 (Blue Onyx)"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.5"\nPLATFORM_ID="platform:el9"\n',
    { id: 'rocky', version: '9.5', major: 9, family: 'redhat' },
  ],
  [
    'Kylin V10 SP3',
    'os-release',
    'NAME="Kylin Linux Advanced Server"\nVERSION="V10 (Lance)"\nID="kylin"\nVERSION_ID="V10"\nPRETTY_NAME="Kylin Linux Advanced Server V10 (Lance)"\nANSI_COLOR="0;31"\n',
    {
      id: 'kylin',
      id_like: [],
      name: 'Kylin Linux Advanced Server',
      version: 'V10',
      major: 10,
      family: 'redhat',
    },
  ],
  [
    'Kylin desktop (constructed)',
    'os-release',
    'NAME="Kylin"\nID=kylin\nID_LIKE=debian\nVERSION_ID="v10"\n',
    { id: 'kylin', version: 'v10', major: 10, family: 'debian' },
  ],
  [
    'openEuler 22.03',
    'os-release',
    'NAME="openEuler"\nVERSION="22.03 (LTS-SP3)"\nID="openEuler"\nVERSION_ID="22.03"\nPRETTY_NAME="openEuler 22.03 (LTS-SP3)"\n',
    { id: 'openeuler', name: 'openEuler', version: '22.03', major: 22, family: 'redhat' },
  ],
  [
    'Debian 12',
    'os-release',
    'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n',
    { id: 'debian', id_like: [], name: 'Debian GNU/Linux', version: '12', major: 12, family: 'debian' },
  ],
  [
    'Ubuntu 22.04',
    'os-release',
    'NAME="Ubuntu"\nVERSION_ID="22.04"\nID=ubuntu\nID_LIKE=debian\n',
    { id: 'ubuntu', version: '22.04', major: 22, family: 'debian' },
  ],
  [
    'Alpine 3.19',
    'os-release',
    'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME="Alpine Linux v3.19"\n',
    { id: 'alpine', name: 'Alpine Linux', version: '3.19.1', major: 3, family: 'alpine' },
  ],
  [
    'CentOS 6.10',
    'redhat-release',
    'CentOS release 6.10 (Final)\n',
    { id: 'centos', name: 'CentOS', version: '6.10', major: 6, family: 'redhat' },
  ],
  [
    'RHEL 6.9',
    'redhat-release',
    'Red Hat Enterprise Linux Server release 6.9 (Santiago)\n',
    { id: 'rhel', version: '6.9', major: 6, family: 'redhat' },
  ],
  [
    'no newline, comment, escapes (constructed)',
    'os-release',
    '# ID=wrong\nID=debian\nNAME="a \\"b\\" \\$HOME \\\\"\nVERSION_ID=\'1 2\'\nID_LIKE=',
    { id: 'debian', id_like: [], name: 'a "b" $HOME \\', version: '1 2', major: 1, family: 'debian' },
  ],
  [
    'a rolling release',
    'os-release',
    'NAME="Arch Linux"\nID=arch\n',
    { version: '', major: null, family: 'arch' },
  ],
  ['nothing at all', 'os-release', '', { id: 'linux', version: '', major: null, family: 'other' }],
];

test.each(files)('%s', (_system, file, text, expected) => {
  const output = text.split(/\n(?=.)/).map((line) => `${file}=${line.replace(/\n$/, '')}\n`);
  expect(os.parse(Buffer.from(text === '' ? '' : output.join('')), [undefined], 0)[0]).toMatchObject(
    expected,
  );
});

test.runIf(canEnterRoots).each(files)(
  '%s, read from a root that holds just this file (needs root)',
  (_system, file, text, expected) => {
    constructRoot(root, { [`etc/${file}`]: text });
    expect(lookInRoot(root, os, [undefined])[0]).toMatchObject(expected);
  },
);

test.each(shells)('this machine on %s', (shell) => {
  expect(look(shell, os, [undefined])[0]?.family).not.toBe('other');
});

test.runIf(canCountForks).each(shells)('no fork on %s (needs strace)', (shell) => {
  expect(countForks(shell, os.ask([undefined]))).toBe(
    countForks(shell, { ...os.ask([undefined]), text: ':' }),
  );
});
