import { expect, test } from 'vitest';
import { fits, newestFit, packageSpecPattern, parsePackageSpec } from '../../engine/facts/package_spec.ts';

test.each<[string, boolean, string, string]>([
  ['nginx', true, 'nginx', ''],
  ['containerd.io>=1.7.3,<2', true, 'containerd.io', '>=1.7.3 <2'],
  ['containerd.io >= 1.7.3, < 2', false, 'containerd.io', '>=1.7.3 <2'],
  ['a==1:2.0-3', false, 'a', '=1:2.0-3'],
  ['g++!=4:12*', false, 'g++', '!=4:12*'],
  ['perl(JSON)', true, 'perl(JSON)', ''],
  // As dnf reads them.
  ['containerd.io-1.7.3', true, 'containerd.io', '=1.7.3'],
  ['kernel-4.19.90-52.40.v2207.ky10', true, 'kernel', '=4.19.90-52.40.v2207.ky10'],
  ['kernel-core-4.19.90-52.40.v2207.ky10.x86_64', true, 'kernel-core.x86_64', '=4.19.90-52.40.v2207.ky10'],
  ['java-1.8.0-openjdk', true, 'java-1.8.0-openjdk', ''],
  ['gcc-toolset-12', true, 'gcc-toolset-12', ''],
  // Debian has names that end in a version.
  ['postgresql-9.6', false, 'postgresql-9.6', ''],
])('%s (dashed: %s) is %s %s', (text, dashed, name, bounds) => {
  expect(text).toMatch(new RegExp(packageSpecPattern));
  const spec = parsePackageSpec(text, { dashed });
  expect([spec.name, spec.bounds.map(({ sign, version }) => sign + version).join(' ')]).toEqual([
    name,
    bounds,
  ]);
});

test.each(['a>', 'a=$(x)', 'a>=1;b', 'a=1 b', '-a=1', '*', 'a,b', 'a>=1,', 'a.rpm', 'a= -1', 'a\n=1\n'])(
  '%j is none',
  (text) => {
    expect(text).not.toMatch(new RegExp(packageSpecPattern));
  },
);

test.each<['rpm' | 'dpkg', string, string, boolean]>([
  ['rpm', '1.7.27-3.1.el8', 'a>=1.7.3,<2', true],
  ['rpm', '2.0.5-1.1.el8', 'a>=1.7.3,<2', false],
  ['rpm', '1.7.3-3.1.el8', 'a=1.7.3', true],
  ['rpm', '1.7.3-3.1.el8', 'a=1.7.3-3.2.el8', false],
  ['rpm', '1.7.3-3.1.el8', 'a>1.7.3', false],
  ['rpm', '3:26.1.3-1.el8', 'a<27', true],
  ['rpm', '3:26.1.3-1.el8', 'a<2:99', false],
  ['rpm', '26.1.3-1.el8', 'a>=1:1', false],
  ['rpm', '4.19.90-52.39.v2207.ky10', 'a>=4.19.90-52.40', false],
  ['rpm', '4.19.90-52.40.v2207.ky10', 'a>=4.19.90-52.40,<4.19.90-53', true],
  ['rpm', '1.7.27-1', 'a=1.7.*', true],
  ['rpm', '1.70-1', 'a=1.7.*', false],
  ['dpkg', '1.7.27-1', 'a>=1.7.3,<2', true],
  ['dpkg', '2.0~rc1-1', 'a<2', false],
  ['dpkg', '2.0~rc1-1', 'a<2.0', true],
  ['dpkg', '1.7.3-1', 'a<=1.7.3', true],
  ['dpkg', '5:26.1.3-1~debian.12~bookworm', 'a>=24,<27', true],
  ['dpkg', '5:26.1.3-1~debian.12~bookworm', 'a=26.1.3-1~debian.12~bookworm', true],
  ['dpkg', '1.6.20~ds1-1+deb12u1', 'a!=1.6*', false],
])('%s: %s within %s: %s', (family, version, text, expected) => {
  expect(fits(family, version, parsePackageSpec(text, { dashed: false }).bounds)).toBe(expected);
});

test('the newest that fits', () => {
  const versions = ['1.9-1', '1.10-1', '2.0~rc1-1', '2.0-1'];
  expect(newestFit('dpkg', versions, parsePackageSpec('a<2.0', { dashed: false }).bounds)).toBe('2.0~rc1-1');
  expect(newestFit('dpkg', versions, [])).toBe('2.0-1');
  expect(newestFit('dpkg', versions, parsePackageSpec('a>3', { dashed: false }).bounds)).toBeNull();
});
