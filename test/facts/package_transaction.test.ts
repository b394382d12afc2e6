import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  packageTransaction,
  type TransactionAnswer,
  type TransactionSubject,
} from '../../engine/facts/package_transaction.ts';
import { scratch } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

const scratchRoot = scratch();
const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name));

function shown(answer: TransactionAnswer): unknown {
  if (answer.kind === 'known')
    return answer.steps.map(({ name, from, to }) => `${name} ${from ?? '-'} ${to ?? '-'}`);
  if (answer.kind === 'refused') return { unknown: answer.unknown, said: answer.said.split('\n').at(-1) };
  return answer.kind;
}

const install = (...names: readonly string[]): TransactionSubject => ({
  tool: 'host',
  verb: 'install',
  names,
});
const remove = (...names: readonly string[]): TransactionSubject => ({ tool: 'host', verb: 'remove', names });

test('what apt says it would do', () => {
  const subjects = [
    install('dash', 'awk'),
    install('needrestart'),
    install('nosuch', 'mail-transport-agent'),
    { ...remove('psmisc'), purge: true },
    remove('dash'),
    install('libacl.1'),
  ];
  const answers = packageTransaction.parse(fixture('apt_simulations.txt'), subjects, 0);
  expect(answers.map(shown)).toEqual([
    'none',
    [
      'libintl-perl - 1.33-1',
      'libintl-xs-perl - 1.33-1',
      'libmodule-find-perl - 0.16-2',
      'libproc-processtable-perl - 0.634-1+b2',
      'libsort-naturally-perl - 1.03-4',
      'libterm-readkey-perl - 2.38-2+b1',
      'needrestart - 3.6-4+deb12u3',
    ],
    { unknown: ['nosuch'], said: "E: Package 'mail-transport-agent' has no installation candidate" },
    ['psmisc 23.6-1 -'],
    {
      unknown: [],
      said: 'E: Essential packages were removed and -y was used without --allow-remove-essential.',
    },
    { unknown: ['libacl.1'], said: "E: Couldn't find any package by regex 'libacl.1'" },
  ]);
  expect(answers[3]).toMatchObject({ lost: [], scripted: ['psmisc'] });
});

// Lines of rpm-software-management/dnf5, issues 36 and 1996; what takes the place of another name is constructed.
test('what dnf 5 says it would do', () => {
  const told = `= dnf 1
:Updating and loading repositories:
:Repositories loaded.
:Package                    Arch           Version                 Repository          Size
:Upgrading:
: fmt                       x86_64         11.0.2-2.fc41           fedora         264.1 KiB
:   replacing fmt           x86_64         10.2.1-4.fc40           <unknown>      371.4 KiB
:Installing:
: labnew                    noarch         1.0-1                   lab              4.0 B
:   replacing labold        noarch         1.0-1                   <unknown>        4.0 B
:
:Transaction Summary:
: Installing:        1 package
: Upgrading:         1 package
: Replacing:         2 packages
:
:Is this ok [y/N]: n
:Operation aborted by the user.
~running 6.11.4-301.fc41.x86_64
+|fmt|x86_64|0|10.2.1-4.fc40
+|labold|noarch|0|1.0-1
+Installed packages
+fmt.x86_64    10.2.1-4.fc40 <unknown>
+labold.noarch 1.0-1         <unknown>
+
+Available packages
+fmt.x86_64    11.0.2-2.fc41 fedora
+labnew.noarch 1.0-1         lab
+labold.noarch 1.0-1         lab
`;
  const [answer] = packageTransaction.parse(Buffer.from(told), [install('fmt', 'labnew')], 0);
  expect(shown(answer as TransactionAnswer)).toEqual([
    'fmt 10.2.1-4.fc40 11.0.2-2.fc41',
    'labnew - 1.0-1',
    'labold 1.0-1 -',
  ]);
  expect(answer).toMatchObject({ lost: ['fmt 10.2.1-4.fc40'] });
});

test('what dnf says it would do, long names included', () => {
  const long = 'a-package-with-a-name-that-is-far-too-long-for-a-column-of-dnf';
  const subjects = [
    install('lablib'),
    install('labtool'),
    install('nosuch', 'labmta'),
    remove('lablib'),
    install(long),
  ];
  const answers = packageTransaction.parse(fixture('dnf_simulations.txt'), subjects, 0);
  expect(answers.map(shown)).toEqual([
    'none',
    ['labtool - 2.0-1', 'lablib 1.0-1 2.0-1'],
    { unknown: ['nosuch'], said: 'Error: Unable to find a match: nosuch' },
    ['lablib 1.0-1 -'],
    [`${long} - 1.0-1`],
  ]);
  expect(answers[1]).toMatchObject({ lost: [] });
});

// After yum 3.4.3 (output.py, listTransaction), constructed.
const yum = `= dnf 1
:Loaded plugins: fastestmirror
:Resolving Dependencies
:--> Running transaction check
:---> Package nginx.x86_64 1:1.20.1-10.el7 will be installed
:Dependencies Resolved
:================================================================================
: Package         Arch   Version           Repository     Size
:================================================================================
:Installing:
: nginx           x86_64 1:1.20.1-10.el7   epel          588 k
:     replacing  nginx-old.x86_64 1.0-1.el7
:Installing for dependencies:
: nginx-filesystem
:                 noarch 1:1.20.1-10.el7   epel           24 k
:Updating for dependencies:
: openssl-libs    x86_64 1:1.0.2k-26.el7_9 updates       1.2 M
:Transaction Summary
:================================================================================
:Install  1 Package  (+1 Dependent package)
:Upgrade             ( 1 Dependent package)
:Total download size: 1.8 M
:Exiting on user command
+|openssl-libs|x86_64|1|1.0.2k-19.el7
+Available Packages
+openssl-libs.x86_64    1:1.0.2k-25.el7_9    updates
`;

test('what yum says it would do; a version that no repository has any more is told', () => {
  const [answer] = packageTransaction.parse(Buffer.from(yum), [install('nginx')], 0);
  expect(answer && shown(answer)).toEqual([
    'nginx - 1:1.20.1-10.el7',
    'nginx-filesystem - 1:1.20.1-10.el7',
    'openssl-libs 1:1.0.2k-19.el7 1:1.0.2k-26.el7_9',
    'nginx-old 1.0-1.el7 -',
  ]);
  expect(answer).toMatchObject({ lost: ['openssl-libs 1:1.0.2k-19.el7', 'nginx-old 1.0-1.el7'] });
});

test.each([
  [
    '= dnf 1\n:No package labtol available.\n:Error: Nothing to do\n',
    { unknown: ['labtol'], said: 'Error: Nothing to do' },
  ],
  ['= dnf 200\n:Failed to obtain the transaction lock (logged in as: root).\n', 'unknown'],
  ["= dnf 1\n:Error: Cache-only enabled but no cache for 'lab'\n", 'unknown'],
  [
    '= dnf 1\n:Error: \n: Problem: package a-1-1.noarch requires b, but none of the providers can be installed\n',
    {
      unknown: [],
      said: ' Problem: package a-1-1.noarch requires b, but none of the providers can be installed',
    },
  ],
])('%s', (output, expected) => {
  const [answer] = packageTransaction.parse(Buffer.from(output), [install('labtol')], 0);
  expect(answer && shown(answer)).toEqual(expected);
});

test('apt: an upgrade, a virtual name, a foreign architecture, the files of a purge', () => {
  const told = [
    '= apt 0',
    ":Note, selecting 'gawk' instead of 'fancy-awk'",
    ':Inst gawk (1:5.2.1-2 Debian:12.15/oldstable [amd64])',
    ':Inst libc6 [2.36-8] (2.36-9 Debian:12/stable, Debian-Security:12 [amd64]) []',
    ':Inst libc6:i386 [2.36-8] (2.36-9 Debian:12/stable [i386])',
    ':Purg labconf [1.0]',
    ':Remv old:i386 [2.0] [other:amd64 ]',
    '+conf /etc/labconf 0123456789abcdef0123456789abcdef',
    '+conf /etc/with blank 0123456789abcdef0123456789abcdef obsolete',
    '+     libc6 |     2.36-9 | copy:/srv ./ Packages',
    '+   labconf |        1.0 | copy:/srv ./ Packages',
    '',
  ].join('\n');
  const [answer] = packageTransaction.parse(Buffer.from(told), [{ ...remove('labconf'), purge: true }], 0);
  expect(answer && shown(answer)).toEqual([
    'gawk - 1:5.2.1-2',
    'libc6 2.36-8 2.36-9',
    'libc6 2.36-8 2.36-9',
    'labconf 1.0 -',
    'old 2.0 -',
  ]);
  expect(answer).toMatchObject({
    selected: { 'fancy-awk': 'gawk' },
    configuration: ['/etc/labconf', '/etc/with blank'],
    lost: ['libc6 2.36-8', 'libc6 2.36-8', 'old 2.0'],
  });
});

// After yum 3.4.3 (cli.py, output.py), constructed: there is no EL7 to capture from.
const yumVersions = `= dnf 1
:Loaded plugins: fastestmirror, versionlock
:Resolving Dependencies
:--> Running transaction check
:---> Package containerd.io.x86_64 0:1.6.33-3.1.el7 will be downgraded
:---> Package containerd.io.x86_64 0:1.7.0-1.el7 will be erased
:--> Finished Dependency Resolution
:
:Dependencies Resolved
:
:================================================================================
: Package            Arch         Version              Repository           Size
:================================================================================
:Downgrading:
: containerd.io      x86_64       1.6.33-3.1.el7       docker-ce-stable     35 M
:
:Transaction Summary
:================================================================================
:Downgrade  1 Package
:
:Total download size: 35 M
:Exiting on user command
~running 3.10.0-1160.el7.x86_64
+|containerd.io|x86_64|0|1.7.0-1.el7
~kept containerd.io.x86_64 1.7.0-1.el7 /var/cache/yum/x86_64/7/docker-ce-stable/packages/containerd.io-1.7.0-1.el7.x86_64.rpm
+Available Packages
+containerd.io.x86_64       1.6.33-3.1.el7       docker-ce-stable
*0:1.6.32-3.1.el7 containerd.io
*0:1.6.33-3.1.el7 containerd.io
`;

test('yum: a downgrade, what there is to choose from, and the file that is kept', () => {
  const subject: TransactionSubject = {
    ...install('containerd.io'),
    limits: { 'containerd.io': [{ sign: '<', version: '1.7' }] },
    downgrade: true,
  };
  const [answer] = packageTransaction.parse(Buffer.from(yumVersions), [subject], 0);
  expect(answer && shown(answer)).toEqual(['containerd.io 1.7.0-1.el7 1.6.33-3.1.el7']);
  expect(answer).toMatchObject({
    lost: [],
    keeps: [
      {
        name: 'containerd.io',
        arch: 'x86_64',
        version: '1.7.0-1.el7',
        from: '/var/cache/yum/x86_64/7/docker-ce-stable/packages/containerd.io-1.7.0-1.el7.x86_64.rpm',
      },
    ],
    running: '3.10.0-1160.el7.x86_64',
    offers: { 'containerd.io': { versions: ['1.6.32-3.1.el7', '1.6.33-3.1.el7'], candidate: null } },
  });
});

test.runIf(canEnterRoots)('yum is asked so that it leaves nothing behind (needs root)', () => {
  // autosavets of yum.conf(5): a transaction that was solved and not run is saved.
  const yum = `#!/bin/sh
case " $* " in *' --setopt=autosavets=0 '*) ;; *) : >/tmp/yum_save_tx;; esac
case " $* " in
*' --assumeno '*) printf '%s\\n' 'Installing:' ' a  noarch  1.0-1.el7  base  1 k' '' 'Transaction Summary'; exit 1;;
esac
`;
  constructRoot(scratchRoot, {
    'usr/bin/yum': { program: yum },
    'usr/bin/rpm': { program: '#!/bin/sh\nprintf "no package provides %s\\n" a fettle:\n' },
  });
  const [answer] = lookInRoot(scratchRoot, packageTransaction, [install('a')]);
  expect(answer && shown(answer)).toEqual(['a - 1.0-1.el7']);
  expect(readdirSync(join(scratchRoot, 'tmp'))).toEqual([]);
});

test.each<[string, TransactionAnswer]>([
  // apt-cache of Debian 12.
  [
    '= none\n^2.0.5-1 a\n*2.0.5-1 a\n*1.7.3-1 a\n*1.7.3-1 b\n',
    {
      kind: 'none',
      offers: {
        a: { versions: ['2.0.5-1', '1.7.3-1'], candidate: '2.0.5-1' },
        b: { versions: ['1.7.3-1'], candidate: null },
      },
    },
  ],
  ['= none\n', { kind: 'none' }],
])('what is offered: %j', (output, expected) => {
  expect(packageTransaction.parse(Buffer.from(output), [install('a')], 0)).toEqual([expected]);
});
