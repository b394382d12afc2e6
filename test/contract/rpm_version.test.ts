import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { compareRpmVersions, parseRpmVersion } from '../../engine/contract/rpm_version.ts';
import { dnfRoot } from '../hosts/lab_package_root.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { nastyPairs } from './nasty_versions.ts';

test.each([
  ['1:2.0-3.el9', { epoch: '1', version: '2.0', release: '3.el9' }],
  ['2.0', { epoch: null, version: '2.0', release: null }],
  ['4.19.90-52.39.v2207.ky10', { epoch: null, version: '4.19.90', release: '52.39.v2207.ky10' }],
])('%s taken apart', (text, parts) => {
  expect(parseRpmVersion(text)).toEqual(parts);
});

test.each<[string, string, number]>([
  ['4.19.90-52.39.v2207.ky10', '4.19.90-52.40', -1],
  ['4.19.90-52.40', '4.19.90-52.40.v2207.ky10', -1],
  ['4.19.90-52.40.v2207.ky10', '4.19.90-89.11.v2401.ky10', -1],
  ['1:1.0-1', '2.0-1', 1],
  ['0:1.0-1', '1.0-1', 0],
  ['1.7.3-3.1.el8', '1.7.27-3.1.el8', -1],
  ['2.0~rc1-1', '2.0-1', -1],
  ['2.0^git1-1', '2.0-1', 1],
  ['2.0', '2.0-1', -1],
])('%s against %s is %i', (a, b, order) => {
  expect(Math.sign(compareRpmVersions(a, b))).toBe(order);
  expect(Math.sign(compareRpmVersions(b, a))).toBe(0 - order);
});

const missing = labMissing();

test.runIf(missing === null)(
  `orders 10,000 pairs as rpm does${missing === null ? '' : ` (not run: needs ${missing})`}`,
  { timeout: 600_000 },
  async () => {
    const tokens = [
      ...'0123',
      '9',
      '10',
      '00',
      '007',
      'a',
      'b',
      'Z',
      'rc',
      'el8',
      '.',
      '_',
      '+',
      '~',
      '^',
      '~~',
      '^^',
    ];
    const digits = '123456789012345678901234567890';
    const pairs = nastyPairs(12_000, 20_220_701, {
      tokens: [...tokens, digits, 'é', '-', ':'],
      whole: (part) => {
        const own = () => part().replace(/[-:]/g, '');
        return `${/^[2-5]/.test(part()) ? '1:' : ''}${own()}1${own()}-${own()}`;
      },
    });
    const compare = `for l in io.lines() do local t = l:find("\\t",1,true); local ok, r = pcall(rpm.vercmp, l:sub(1,t-1), l:sub(t+1)); print(tostring(r) .. "\\n") end`;
    // It parses what it is given as rpm's own dependencies are parsed; in the root nothing is written.
    const said = execFileSync('chroot', [await dnfRoot(), '/usr/bin/rpm', '--eval', `%{lua: ${compare}}`], {
      input: pairs.map(([a, b]) => `${a}\t${b}\n`).join(''),
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', LC_ALL: 'C' },
      maxBuffer: 1 << 26,
    });
    const orders = said.toString('utf8').trim().split('\n');
    const comparable = pairs.flatMap((pair, index) =>
      /^-?[01]$/.test(orders[index] ?? '') ? [[pair, orders[index]] as const] : [],
    );
    expect(orders).toHaveLength(pairs.length);
    // rpm does not take some for versions.
    expect(comparable.length).toBeGreaterThanOrEqual(10_000);
    for (const order of ['-1', '0', '1'])
      expect(orders.filter((one) => one === order).length).toBeGreaterThan(500);
    const differing = comparable.filter(
      ([[a, b], order]) => String(Math.sign(compareRpmVersions(a, b))) !== order,
    );
    expect(differing).toEqual([]);
  },
);
