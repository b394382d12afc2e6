import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compareDpkgVersions, parseDpkgVersion } from '../../engine/contract/dpkg_version.ts';
import { nastyPairs } from './nasty_versions.ts';

test.each([
  ['5:24.0.7-1~debian.12~bookworm', { epoch: '5', upstream: '24.0.7', revision: '1~debian.12~bookworm' }],
  ['1.0', { epoch: null, upstream: '1.0', revision: null }],
  ['1.0-rc-2', { epoch: null, upstream: '1.0-rc', revision: '2' }],
])('%s taken apart', (text, parts) => {
  expect(parseDpkgVersion(text)).toEqual(parts);
});

test.each<[string, string, number]>([
  ['1.7.3-1', '1.7.27-1', -1],
  ['2.0~rc1-1', '2.0-1', -1],
  ['2.0-1', '2.0-1+b1', -1],
  ['5:20.10.24-1', '26.1.3-1', 1],
  ['1.0', '1.0-0', 0],
  ['1.0a', '1.0+', -1],
  ['1.0', '1.0a', -1],
  ['2.36-9+deb12u4', '2.36-9+deb12u10', -1],
])('%s against %s is %i', (a, b, order) => {
  expect(Math.sign(compareDpkgVersions(a, b))).toBe(order);
  expect(Math.sign(compareDpkgVersions(b, a))).toBe(0 - order);
});

const tokens = [...'0129', '10', '00', '007', 'a', 'b', 'Z', 'rc', 'deb12u', '.', '+', '~', '~~', '~+', '-'];
const whole = (part: () => string) =>
  `${/^[2Z]/.test(part()) ? '1:' : ''}1${part()}${/^[0-9a]/.test(part()) ? `-${part()}` : ''}`;
// What is not a version at all is not put to dpkg: it must begin with a digit, and not end in a hyphen.
const isVersion = (text: string) => /^(\d+:)?\d[^:]*[^-:]$/.test(text);
const pairs = nastyPairs(14_000, 19_930_816, { tokens, whole })
  .filter(([a, b]) => isVersion(a) && isVersion(b))
  .slice(0, 10_000);

const hasPerl = spawnSync('perl', ['-MDpkg::Version', '-e', '0']).status === 0;

test.runIf(hasPerl)('orders 10,000 pairs as Dpkg::Version does (needs libdpkg-perl)', () => {
  const program =
    'use Dpkg::Version; while (<STDIN>) { chomp; my ($a, $b) = split /\\t/; print version_compare($a, $b), "\\n" }';
  const said = execFileSync('perl', ['-e', program], {
    input: pairs.map(([a, b]) => `${a}\t${b}\n`).join(''),
    maxBuffer: 1 << 26,
  });
  const orders = said.toString('utf8').trim().split('\n');
  for (const order of ['-1', '0', '1'])
    expect(orders.filter((one) => one === order).length).toBeGreaterThan(500);
  expect(pairs).toHaveLength(10_000);
  expect(orders).toHaveLength(10_000);
  expect(
    pairs.filter(([a, b], index) => String(Math.sign(compareDpkgVersions(a, b))) !== orders[index]),
  ).toEqual([]);
});

test.runIf(spawnSync('dpkg', ['--version']).status === 0)(
  'and 400 of them as dpkg itself does (needs dpkg)',
  () => {
    const script =
      'while IFS="\t" read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi; done';
    const sample = pairs.filter((_, index) => index % 25 === 0);
    const said = execFileSync('sh', ['-c', script], {
      input: sample.map(([a, b]) => `${a}\t${b}\n`).join(''),
    });
    const orders = said.toString('utf8').trim().split('\n');
    expect(orders).toHaveLength(400);
    expect(
      sample.filter(([a, b], index) => String(Math.sign(compareDpkgVersions(a, b))) !== orders[index]),
    ).toEqual([]);
  },
);
