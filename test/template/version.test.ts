import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rpmvercmp } from '../../engine/contract/rpm_version.ts';
import { compareVersions, Version } from '../../engine/template/version.ts';

// From rpm's own tests/rpmvercmp.at.
test.each<[a: string, b: string, order: number]>([
  ['1.0', '1.0', 0],
  ['1.0', '2.0', -1],
  ['2.0.1', '2.0.1', 0],
  ['2.0', '2.0.1', -1],
  ['2.0.1a', '2.0.1a', 0],
  ['2.0.1a', '2.0.1', 1],
  ['5.5p1', '5.5p2', -1],
  ['5.5p1', '5.5p10', -1],
  ['10xyz', '10.1xyz', -1],
  ['xyz10', 'xyz10.1', -1],
  ['xyz.4', '8', -1],
  ['xyz.4', '2', -1],
  ['5.5p2', '5.6p1', -1],
  ['5.6p1', '6.5p1', -1],
  ['6.0.rc1', '6.0', 1],
  ['10b2', '10a1', 1],
  ['7.00', '7.0', 0],
  ['1.0aa', '1.0a', 1],
  ['10.0001', '10.1', 0],
  ['10.0001', '10.0039', -1],
  ['4.999.9', '5.0', -1],
  ['20101121', '20101122', -1],
  ['2_0', '2.0', 0],
  ['a', 'a_', 0],
  ['a+', 'a_', 0],
  ['+_', '_+', 0],
  ['1.0~rc1', '1.0~rc1', 0],
  ['1.0~rc1', '1.0', -1],
  ['1.0~rc1', '1.0~rc2', -1],
  ['1.0~rc1~git123', '1.0~rc1', -1],
  ['1.0^', '1.0^', 0],
  ['1.0^', '1.0', 1],
  ['1.0^git1', '1.0^git2', -1],
  ['1.0^git1', '1.01', -1],
  ['1.0^20160101', '1.0.1', -1],
  ['1.0^20160102', '1.0^20160101^git1', 1],
  ['1.0~rc1^git1', '1.0~rc1', 1],
  ['1.0^git1~pre', '1.0^git1', -1],
  ['1b.fc17', '1.fc17', -1],
  ['1g.fc17', '1.fc17', 1],
  ['123456789012345678901234567890', '123456789012345678901234567891', -1],
])('rpmvercmp %s %s is %i', (a, b, order) => {
  expect(Math.sign(rpmvercmp(a, b))).toBe(order);
  expect(Math.sign(rpmvercmp(b, a))).toBe(order === 0 ? 0 : -order);
});

test.each<[a: string, b: string, order: number]>([
  ['4.19.90-52.39.v2207.ky10.x86_64', '4.19.90-52.40', -1],
  ['1:1.0', '2.0', 1],
  ['0:1.0', '1.0', 0],
  ['2.36-9+deb12u4', '2.36-9+deb12u10', -1],
  ['1:9.2p1-2+deb12u3', '1:9.2p1-2+deb12u4', -1],
  ['1.2-3', '1.2', 0],
  ['1.2-3', '1.2-4', -1],
  ['v1.28.3', '1.28.10', -1],
  ['1.0.0-rc.1', '1.0.0', -1],
  ['1.0.0-alpha', '1.0.0-beta', -1],
  ['1.0.0-rc.2', '1.0.0-rc.10', -1],
  [' 1.0\n', '1.0', 0],
])('%s against %s is %i', (a, b, order) => {
  expect(Math.sign(compareVersions(new Version(a), new Version(b)))).toBe(order);
});

test.each<[a: string, b: string, order: number]>([
  ['2.0-1', '2.0-1+b1', -1],
  ['1.0', '1.0+dfsg', -1],
  ['1.0a', '1.0+', -1],
  ['5:20.10.24-1', '26.1.3-1', 1],
  ['1.7.3-1', '1.7.3', 0],
])('by dpkg’s rules, %s against %s is %i', (a, b, order) => {
  expect(Math.sign(compareVersions(new Version(a, 'dpkg'), new Version(b, 'dpkg')))).toBe(order);
  expect(Math.sign(compareVersions(new Version(b), new Version(a, 'dpkg')))).toBe(0 - order);
});

const part = fc.nat({ max: 120 }).map(String);
const debian = fc
  .tuple(fc.option(fc.nat({ max: 2 })), fc.array(part, { minLength: 1, maxLength: 3 }), fc.option(part), part)
  .map(([epoch, parts, early, revision]) => {
    const version = parts.join('.') + (early === null ? '' : `~rc${early}`);
    return `${epoch === null ? '' : `${epoch}:`}${version}-${revision}`;
  });

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0;

test.runIf(hasDpkg)('orders Debian versions as dpkg does (needs dpkg)', () => {
  fc.assert(
    fc.property(debian, debian, (a, b) => {
      const isLess = spawnSync('dpkg', ['--compare-versions', a, 'lt', b]).status === 0;
      const isSame = spawnSync('dpkg', ['--compare-versions', a, 'eq', b]).status === 0;
      expect(Math.sign(compareVersions(new Version(a), new Version(b)))).toBe(isLess ? -1 : isSame ? 0 : 1);
    }),
    { numRuns: 60 },
  );
});

test('is an order: the same both ways round', () => {
  const version = fc.string({
    unit: fc.constantFrom('1', '0', '9', 'a', 'b', '.', '~', '^', '-', ':', '+'),
    maxLength: 8,
  });
  fc.assert(
    fc.property(version, version, (a, b) => {
      const [one, two] = [new Version(a), new Version(b)];
      expect(Math.sign(compareVersions(one, two)) + Math.sign(compareVersions(two, one))).toBe(0);
      expect(compareVersions(one, one)).toBe(0);
    }),
  );
});
