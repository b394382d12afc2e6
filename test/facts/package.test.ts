import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fullVersion, packageFact, packageKey } from '../../engine/facts/package.ts';
import { isPackageName } from '../../engine/facts/package_tool.ts';
import { canCountForks, countForks, look, scratch } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

const root = scratch();
const hasDpkg = existsSync('/usr/bin/dpkg-query');

function parse(output: string, names: readonly string[], tool: 'apt' | 'dnf' | 'host' = 'host') {
  return packageFact.parse(
    Buffer.from(output),
    names.map((name) => ({ name, tool })),
    0,
  );
}

const shown = (answers: ReturnType<typeof parse>) =>
  answers.map(({ installed, providers }) => [
    installed.map((row) => `${row.name}.${row.arch} ${fullVersion(row)}`),
    providers.map(({ name }) => name),
  ]);

test('rows of dpkg (Debian 12)', () => {
  const told = [
    'apt||apt',
    '|awk|||unknown ok not-installed|, ,',
    '|dash|amd64|0.5.12-2|install ok installed|, ,',
    '|g++|amd64|4:12.2.0-3|install ok installed|, c++-compiler, g++-x86-64-linux-gnu (= 4:12.2.0-3),',
    '|libc6|amd64|2.36-9+deb12u14|hold ok installed|, ,',
    '|libc6|i386|2.36-9+deb12u14|install ok installed|, ,',
    '|rsh|all|1.0|deinstall ok config-files|, ,',
    '|half|all|1.0|install ok half-configured|, ,',
    '|mawk|amd64|1.3.4.20200120-3.1|install ok installed|, awk,',
    '=',
    '',
  ].join('\n');
  const names = ['dash', 'g++', 'libc6', 'libc6:i386', 'awk', 'c++-compiler', 'rsh', 'half', 'no'];
  const answers = parse(told, names);
  expect(shown(answers)).toEqual([
    [['dash.amd64 0.5.12-2'], []],
    [['g++.amd64 4:12.2.0-3'], []],
    [['libc6.amd64 2.36-9+deb12u14', 'libc6.i386 2.36-9+deb12u14'], []],
    [['libc6.i386 2.36-9+deb12u14'], []],
    [[], ['mawk']],
    [[], ['g++']],
    [[], []],
    [[], []],
    [[], []],
  ]);
  expect(answers.map(({ held }) => held)).toEqual([false, false, true, ...Array<boolean>(6).fill(false)]);
  expect(answers.map(({ leftover }) => leftover).indexOf(true)).toBe(6);
  expect(answers.map(({ broken }) => broken)[7]).toBe('half-configured');
});

test('rows of rpm (4.18), told apart by a name that cannot be; locks of dnf and yum', () => {
  const told = [
    '|dnf|dnf',
    '',
    '=',
    'lock|# a comment',
    'lock|bash-0:5.1.8-6.el9.*',
    'lock|0:kernel-4.19.90-52.40.*',
    'lock|!other-1.0-1.*',
    'lock|glibc-2.34*',
    'lock|!kernel-devel*',
    '|bash|x86_64|0|5.1.8-6.el9',
    'no package provides fettle:',
    '|kernel|x86_64|0|4.19.90-52.22',
    '|kernel|x86_64|0|4.19.90-52.40',
    'no package provides fettle:',
    '|glibc|x86_64|0|2.34-60.el9',
    '|glibc|i686|0|2.34-60.el9',
    'no package provides fettle:',
    '|labmta-a|noarch|1|1.0-1',
    'no package provides fettle:',
    'no package provides nosuch',
    'no package provides fettle:',
    'error: file /no: No such file or directory',
    'no package provides fettle:',
    '',
  ].join('\n');
  const names = ['bash', 'kernel', 'glibc.i686', 'labmta', 'nosuch', '/no'];
  const answers = parse(told, names, 'dnf');
  expect(shown(answers)).toEqual([
    [['bash.x86_64 5.1.8-6.el9'], []],
    [['kernel.x86_64 4.19.90-52.22', 'kernel.x86_64 4.19.90-52.40'], []],
    [['glibc.i686 2.34-60.el9'], []],
    [[], ['labmta-a']],
    [[], []],
    [[], []],
  ]);
  expect(answers.map(({ held }) => held)).toEqual([true, true, true, false, false, false]);
  expect(answers[3]?.providers[0]?.epoch).toBe('1');
  expect(() =>
    parse(told.replace('|kernel|', 'no package provides fettle:\n|kernel|'), names, 'dnf'),
  ).toThrow('rpm answered 7 of 6');
});

test.each([
  ['g++', true],
  ['libstdc++6', true],
  ['libc6:i386', true],
  ['glibc.i686', true],
  ['perl(JSON::XS)', true],
  ['/usr/bin/vim', true],
  ['0ad', true],
  ['nginx=1.2', false],
  ['nginx-', false],
  ['ngin*', false],
  ['-y', false],
  ['@dev', false],
  ['/tmp/x.rpm', false],
  ['x.deb', false],
  ['a b', false],
  ['', false],
  ['a\n', false],
  ['$(x)', false],
])('%s: %s', (name, isOne) => {
  expect(isPackageName(name)).toBe(isOne);
});

test('the key of a package has no architecture', () => {
  expect(['libc6:i386', 'glibc.i686', 'glibc'].map(packageKey)).toEqual([
    'package:libc6',
    'package:glibc',
    'package:glibc',
  ]);
});

test.runIf(hasDpkg).each(['dash', 'bash'] as const)('this machine on %s (needs dpkg)', (shell) => {
  const names = ['dash', 'awk', 'surely-no-package', '$(canary)'];
  const [dash, awk, no, hostile] = look(
    shell,
    packageFact,
    names.map((name) => ({ name, tool: 'apt' as const })),
  );
  expect(dash?.installed.map(({ name }) => name)).toEqual(['dash']);
  expect(awk?.providers.length).toBeGreaterThan(0);
  expect([no, hostile]).toMatchObject([
    { installed: [], providers: [] },
    { installed: [], providers: [] },
  ]);
});

test('busybox alone has no packages to tell of', () => {
  expect(look('busybox', packageFact, [{ name: 'dash', tool: 'apt' }])).toMatchObject([{ program: null }]);
});

test.runIf(hasDpkg && canCountForks)(
  'names that are installed cost as many forks as one (needs dpkg, strace)',
  () => {
    const ask = (names: readonly string[]) =>
      packageFact.ask(names.map((name) => ({ name, tool: 'host' as const })));
    expect(countForks('dash', ask(['dash', 'bash', 'coreutils', 'grep']))).toBe(
      countForks('dash', ask(['dash'])),
    );
  },
);

test.runIf(canEnterRoots)('a host without any package manager (needs root)', () => {
  constructRoot(root, {});
  expect(lookInRoot(root, packageFact, [{ name: 'x', tool: 'host' }])).toMatchObject([
    { program: null, installed: [] },
  ]);
});
