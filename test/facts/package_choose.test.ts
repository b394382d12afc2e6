import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { aptChoice, choose, rpmChoice } from '../../engine/facts/package_choose.ts';
import { dpkgFunctions, rpmFunctions } from '../../engine/facts/package_rows.ts';
import { compareVersionsOf, fits, newestFit, parsePackageSpec } from '../../engine/facts/package_spec.ts';
import { lines, sh } from '../../engine/shell/script.ts';
import { dnfRoot } from '../hosts/lab_package_root.ts';
import { labMissing } from '../hosts/lab_requirements.ts';

/*
 * The host chooses by its own order what is simulated; the plan chooses by ours. Here both must choose the same, on rpm
 * and dpkg themselves; what repositories offer is constructed.
 */
const offered = [
  '0.9-1',
  '1.0~rc1-1',
  '1.0-1',
  '1.0-10',
  '1.0.1-2',
  '1:0.5-1',
  '1.9-1',
  '1.10-1',
  '2.0a-1',
  '2.0-1',
  '2.0+b1-1',
];
const rpmOnly = ['1.0^git1-1', '4.19.90-52.39.v2207.ky10'];
const specs = [
  ...[
    'a',
    'a=1.0',
    'a=1.0-10',
    'a>=1.0,<2',
    'a>1.0',
    'a<1.0',
    'a<1:0',
    'a=1:0.5',
    'a>=1:0',
    'a!=2.0,<=2.0',
    'a=1.*',
    'a!=1.*',
    'a=1:*',
  ],
  ...['a>3', 'a=1.10-1', 'a>=1.9,<=1.10', 'a<2.0a', 'a>=0.9,<1.0', 'a=2.0+*'],
].map((text) => parsePackageSpec(text, { dashed: false }));
const installed = [null, '1.0-1', '1:0.5-1', '3.0-1'];
const ways = ['any', 'latest'] as const;

function expected(family: 'rpm' | 'dpkg', versions: readonly string[]): string[] {
  const compare = compareVersionsOf(family);
  return specs.flatMap(({ bounds }) =>
    installed.flatMap((now) =>
      ways.map((how) => {
        const isRight = now !== null && fits(family, now, bounds);
        if (how === 'any' && (isRight || (bounds.length === 0 && now !== null))) return '';
        const best = newestFit(family, versions, bounds);
        if (best === null || (isRight && compare(best, now) <= 0)) return '';
        return family === 'rpm' ? `a-${best.replace(/^\d+:/, '')}` : `a=${best}`;
      }),
    ),
  );
}

test.each(['dash', 'bash', 'ksh', 'busybox'])('%s: dpkg chooses as the plan does', (shell) => {
  const newestFirst = offered.toSorted((a, b) => compareVersionsOf('dpkg')(b, a));
  const policy = [
    'a:',
    '  Installed: (none)',
    '  Version table:',
    ...newestFirst.flatMap((version) => [`     ${version} 500`, '        500 file:/srv ./ Packages']),
    'b:',
    '  Candidate: 9',
  ].join('\n');
  const script = lines([
    sh`set -f; apt_still() { printf '%s\\n' ${policy}; }`,
    dpkgFunctions,
    aptChoice,
    ...specs.flatMap(({ name, bounds }) =>
      installed.flatMap((now) => [
        sh`rows=${now === null ? '' : `|a|all|${now}|install ok installed|, ,`}`,
        ...ways.map((how) =>
          lines([
            sh`need= offers= policy= limited=a`,
            choose('apt', { name, bounds, how, lift: false }),
            sh`printf '%s\\n' "$need"`,
          ]),
        ),
      ]),
    ),
  ]);
  const [program, ...words] = shell === 'busybox' ? ['busybox', 'sh'] : [shell];
  const result = spawnSync(program ?? shell, [...words, '-s'], { input: script.text, encoding: 'utf8' });
  expect(result.stderr).toBe('');
  expect(
    result.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(trimEnd(expected('dpkg', offered)));
});

const missing = labMissing();

test.runIf(missing === null).each(['sh', 'bash'])(
  `rpm chooses as the plan does, in %s${missing === null ? '' : ` (not run: needs ${missing})`}`,
  async (shell) => {
    const versions = [...offered, ...rpmOnly];
    const listed = versions.map((version) => `a.noarch ${version}`).join('\n');
    const script = lines([
      sh`set -f; p=dnf; dnf_list() { :; }`,
      rpmFunctions,
      rpmChoice,
      ...specs.flatMap(({ name, bounds }) =>
        installed.flatMap((now) => {
          const [, epoch = '0', version = ''] = /^(?:(\d+):)?(.*)$/.exec(now ?? '') ?? [];
          return [
            sh`told=${now === null ? 'no package provides a' : `|a|noarch|${epoch}|${version}`}`,
            ...ways.map((how) =>
              lines([
                sh`need= offers= listed=${listed} limited=a down=`,
                choose('rpm', { name, bounds, how, lift: false }),
                sh`printf '%s\\n' "$need"`,
              ]),
            ),
          ];
        }),
      ),
    ]);
    const result = spawnSync('chroot', [await dnfRoot(), shell, '-s'], {
      input: script.text,
      encoding: 'utf8',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/nonexistent', LC_ALL: 'C' },
    });
    expect(result.stderr).toBe('');
    expect(
      result.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(trimEnd(expected('rpm', versions)));
  },
  600_000,
);

// What is printed last may be empty lines.
function trimEnd(rows: readonly string[]): string[] {
  return rows.slice(0, rows.findLastIndex((row) => row !== '') + 1);
}
