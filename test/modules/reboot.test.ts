import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reboot } from '../../engine/modules/reboot.ts';
import { neededScript, readNeeded } from '../../engine/modules/reboot/needed.ts';
import { lookRaw, scratch, shellEnvironment, shells, type ShellName } from '../facts/look.ts';
import { canEnterRoots, constructRoot, runInRoot } from '../facts/root.ts';
import { runHere } from './act.ts';

const root = scratch();
const about = { host: 'h' };

/** `shutdown` that writes down what it was told: it comes first in PATH, so that this machine stays up. */
function withShutdown(shell: ShellName, program: string): { PATH: string; TMPDIR: string; log: string } {
  const folder = join(root, `${shell}-${readdirSync(root).length}`);
  const [bin, temporary, log] = [join(folder, 'bin'), join(folder, 'tmp'), join(folder, 'log')];
  for (const one of [bin, temporary]) mkdirSync(one, { recursive: true });
  writeFileSync(join(bin, 'shutdown'), `#!/bin/sh\n${program.replaceAll('LOG', log)}\n`);
  chmodSync(join(bin, 'shutdown'), 0o755);
  return { PATH: `${bin}:${shellEnvironment(shell)['PATH'] ?? ''}`, TMPDIR: temporary, log };
}

describe.each(shells)('reboot on %s', (shell) => {
  test('shutdown is told the message, and answered before it has ended', () => {
    const msg = `it's "$(id)"\n-r; \\ é`;
    const { log, ...environment } = withShutdown(
      shell,
      `for word in "$@"; do printf '%s|' "$word"; done >LOG; echo $$ >LOG.pid; exec sleep 60`,
    );
    expect(runHere(shell, reboot.run({ msg }, about), environment)).toEqual({
      changed: true,
      values: { rebooted: true },
    });
    process.kill(Number(readFileSync(`${log}.pid`, 'utf8')));
    expect(readFileSync(log, 'utf8')).toBe(`-r|--|now|${msg}|`);
    expect(readdirSync(environment.TMPDIR)).toEqual([]);
  });

  test('one that fails is told with what it said', () => {
    const { log, ...environment } = withShutdown(shell, 'echo "must be root" >&2; exit 1');
    expect(runHere(shell, reboot.run({}, about), environment)).toEqual({
      changed: false,
      failed: 'the host was not rebooted: must be root',
      values: { rebooted: false },
    });
    expect(existsSync(log)).toBe(false);
    expect(readdirSync(environment.TMPDIR)).toEqual([]);
  });

  test('a command of the user’s comes in its place', () => {
    const { log, ...environment } = withShutdown(shell, 'echo shutdown >LOG');
    const own = `printf '%s' "own: $(( 1 + 1 ))" >'${log}'`;
    expect(runHere(shell, reboot.run({ reboot_command: own }, about), environment)).toMatchObject({
      changed: true,
    });
    expect(readFileSync(log, 'utf8')).toBe('own: 2');
    expect(runHere(shell, reboot.run({ reboot_command: 'if then' }, about), environment)).toMatchObject({
      changed: false,
      failed: expect.stringContaining('not rebooted'),
    });
  });

  test('what the host says of its boot, and of a test', () => {
    const { probe, ready } =
      reboot.run({ test_command: "echo 'no\ttime' >&2; exit 3" }, about).reconnect ?? {};
    if (!probe || !ready) throw new Error('it does not reconnect');
    const { stdout, status } = lookRaw(shell, probe);
    const now = { code: status, output: stdout.toString('utf8') };
    const [boot = ''] = now.output.split('\n');
    expect(boot).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    const before = { code: 3, output: '11111111-2222-3333-4444-555555555555\n' };
    expect(ready(now, before)).toBe('it was rebooted, but its test command ends with status 3: no\ttime');
    expect(ready({ ...now, code: 0 }, before)).toBe(true);
    expect(ready({ ...now, code: 0 }, { code: 3, output: `${boot}\nx\n` })).toContain(
      'its boot id is the same',
    );
    expect(ready({ code: 1, output: '' }, before)).toContain('does not tell its boot id');
  });

  test('the kernel that runs, and how far systemd is', () => {
    const { probe, ready, became } =
      reboot.run({ kernel: '0.0.1', settled: true, test_command: 'echo last' }, about).reconnect ?? {};
    if (!probe || !ready || !became) throw new Error('it does not reconnect');
    const { stdout, status } = lookRaw(shell, probe);
    const output = stdout.toString('utf8');
    const running = readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim();
    expect(output.split('\n').slice(1)).toEqual([
      running,
      expect.any(String),
      expect.any(String),
      'last',
      '',
    ]);
    expect(became({ code: status, output })).toMatchObject({
      failed: `the host came back with the kernel ${running}, expected 0.0.1`,
      values: { kernel: running },
    });
  });

  test('the question whether it is needed can be answered here', () => {
    const { stdout, status } = lookRaw(shell, neededScript);
    expect(status).toBe(0);
    expect(stdout.toString('utf8')).toMatch(/^running \S+$/m);
  });
});

describe('what came of it', () => {
  const id = '0c6d3c1a-2222-3333-4444-555555555555';
  const before = { code: 0, output: '11111111-2222-3333-4444-555555555555\n6.1.0-17-amd64\n\n\n' };
  const told = (kernel: string, system: string, units: string, rest = '') => ({
    code: 0,
    output: `${id}\n${kernel}\n${system}\n${units}\n${rest}`,
  });
  const of = (args: object) => reboot.run(args, about).reconnect;

  test.each<[string, string | true]>([
    ['starting', 'it was rebooted, and systemd is still starting'],
    ['initializing', 'it was rebooted, and systemd is still initializing'],
    ['stopping', 'it was rebooted, and systemd is still stopping'],
    ['running', true],
    ['degraded', true],
    ['', true],
  ])('systemd is %s', (system, expected) => {
    expect(of({ settled: true })?.ready(told('6.1.0-18-amd64', system, ''), before)).toBe(expected);
  });

  test.each<[object, ReturnType<typeof told>, object]>([
    [{}, told('6.1.0-18-amd64', '', ''), { values: { kernel: '6.1.0-18-amd64' } }],
    [
      { kernel: '6.1.0-18', settled: true },
      told('6.1.0-18-amd64', 'degraded', 'a.service b@c.mount '),
      {
        values: {
          kernel: '6.1.0-18-amd64',
          system: 'degraded',
          failed_units: ['a.service', 'b@c.mount'],
        },
      },
    ],
    [
      { kernel: '4.19.90-52.40.v2207.ky10' },
      told('4.19.90-52.22.v2207.ky10.x86_64', '', ''),
      {
        failed:
          'the host came back with the kernel 4.19.90-52.22.v2207.ky10.x86_64, expected 4.19.90-52.40.v2207.ky10',
        values: { kernel: '4.19.90-52.22.v2207.ky10.x86_64' },
      },
    ],
    [
      { settled: true },
      told('6.6.1-0-lts', '', ''),
      { values: { kernel: '6.6.1-0-lts', system: null, failed_units: [] } },
    ],
  ])('%j', (args, now, expected) => {
    expect(of(args)?.became?.(now)).toEqual(expected);
  });
});

test('with a kernel that is wanted, another one that runs is the only need', () => {
  const guard = (kernel: string, release: string) =>
    reboot.guard?.({ when_needed: true, kernel }).assemble([{ release, version: '', machine: '' }]);
  expect(guard('6.1.0-18', '6.1.0-18-amd64')).toBe('no reboot is needed: 6.1.0-18 runs');
  expect(guard('6.1.0-18', '6.1.0-17-amd64')).toBeNull();
  const foretold = reboot
    .foretell?.({ kernel: '6.1.0-18' })
    .assemble([{ release: '6.1.0-17-amd64', version: '', machine: '' }]);
  expect(foretold).toBe('a reboot is needed: the kernel 6.1.0-18 is to run, and 6.1.0-17-amd64 runs');
});

test('a delay tells users first, and the time limit knows of it', () => {
  const { script, timeout } = reboot.run({ pre_reboot_delay: 60, msg: 'soon' }, about);
  expect(script.text).toMatch(/wall.*\n.*sleep 60/);
  expect(timeout).toBeGreaterThan(60);
});

test.each([
  [{}, { delay: 0, timeout: 600, stable: 0 }],
  [
    { post_reboot_delay: 5, reboot_timeout: 60, stable: 9, connect_timeout: 4 },
    { delay: 5, timeout: 60, stable: 9, connectTimeout: 4 },
  ],
])('%j', (args, wanted) => {
  expect(reboot.run(args, about).reconnect).toMatchObject(wanted);
});

describe('whether a reboot is needed', () => {
  test.each<[name: string, output: string, why: string | null]>([
    ['nothing is known', 'running 5.15.0-91-generic\n', null],
    [
      'Ubuntu',
      'marked\npackage linux-base\npackage linux-base\nrunning 5.15.0-91-generic\n',
      'updated since the host was booted: linux-base',
    ],
    ['a bare mark', 'marked\nrunning 6.1.0-18-amd64\n', 'the host asks for it (/run/reboot-required)'],
    [
      'dnf’s needs-restarting',
      'restarting 1\nsaid Core libraries or services have been updated since boot-up:\nsaid   * kernel-core\nsaid   * systemd\nsaid \nsaid Reboot is required to fully utilize these updates.\nsaid More information: https://access.redhat.com/solutions/27943\nrunning 5.14.0-427.el9.x86_64\n',
      'updated since the host was booted: kernel-core, systemd',
    ],
    [
      'yum’s needs-restarting',
      'restarting 1\nsaid Core libraries or services have been updated:\nsaid   glibc -> 2.17-326.el7_9\nsaid \nsaid Reboot is required to ensure that your system benefits from these updates.\nrunning 3.10.0-1160.el7.x86_64\n',
      'updated since the host was booted: glibc',
    ],
    [
      'needs-restarting says no',
      'restarting 0\nsaid Reboot should not be necessary.\nrunning 5.14.0-427.el9.x86_64\ninstalled 5.14.0-503.el9.x86_64\n',
      null,
    ],
    [
      'needs-restarting is broken',
      'restarting 1\nsaid Error: cannot open the rpm database\nrunning 5.14.0-427.13.1.el9_4.x86_64\ninstalled 5.14.0-427.el9.x86_64\ninstalled 5.14.0-427.13.1.el9_4.x86_64\n',
      null,
    ],
    [
      'Kylin: a newer kernel',
      'running 4.19.90-52.22.v2207.ky10.x86_64\ninstalled 4.19.90-52.22.v2207.ky10.x86_64\ninstalled 4.19.90-52.40.v2207.ky10.x86_64\n',
      'the kernel 4.19.90-52.40.v2207.ky10.x86_64 is installed, and 4.19.90-52.22.v2207.ky10.x86_64 runs',
    ],
    [
      'an older one beside it',
      'running 6.10.11+bpo-amd64\ninstalled 6.1.0-21-amd64\ninstalled 6.10.11+bpo-amd64\n',
      null,
    ],
    [
      'other flavours ask for nothing',
      'running 6.1.0-18-amd64\ninstalled 6.1.0-18-amd64\ninstalled 6.1.0-21-cloud-amd64\ninstalled 6.1.0-21-rt-amd64\n',
      null,
    ],
    [
      'a debug kernel',
      'running 5.14.0-427.el9.x86_64\ninstalled 5.14.0-427.el9.x86_64\ninstalled 5.14.0-503.el9.x86_64+debug\n',
      null,
    ],
    [
      'Alpine took the running one away',
      'running 6.6.31-0-lts\ninstalled 6.6.40-0-lts\n',
      'the kernel 6.6.40-0-lts is installed, and 6.6.31-0-lts runs',
    ],
    [
      'the running one was removed',
      'running 6.1.0-21-amd64\ninstalled 6.1.0-18-amd64\n',
      'the kernel that runs (6.1.0-21-amd64) is not installed any more',
    ],
  ])('%s', (_name, output, why) => {
    expect(readNeeded(output)).toBe(why);
  });

  test.runIf(canEnterRoots)('what the script finds in a root of its own (needs root)', () => {
    const at = join(root, 'inside');
    const entries = {
      'run/reboot-required': 'x\n',
      'run/reboot-required.pkgs': 'linux-image-amd64\n-n odd\n',
      'lib/modules/5.1.0/kernel': 'folder',
      'lib/modules/gone/extra': 'folder',
    } as const;
    const look = () =>
      runInRoot(at, neededScript)
        .stdout.toString('utf8')
        .replace(/^running .*\n/m, '');
    constructRoot(at, entries);
    expect(look()).toBe('marked\npackage linux-image-amd64\npackage -n odd\ninstalled 5.1.0\n');
    const restarting = { program: '#!/bin/sh\necho "Reboot is required"; echo more >&2; exit 1\n' };
    constructRoot(at, { 'bin/needs-restarting': restarting });
    expect(look()).toBe('restarting 1\nsaid Reboot is required\nsaid more\n');
    constructRoot(at, {});
    expect(look()).toBe('');
  });
});
