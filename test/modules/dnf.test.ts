import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PackageState } from '../../engine/facts/package_state.ts';
import { dnf, type DnfArgs } from '../../engine/modules/dnf.ts';
import { dnfRoot } from '../hosts/lab_package_root.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { oneHost, type OneHost } from './one_host.ts';
import { planned, present, seen, standing, transaction } from './package_states.ts';

const absent = standing({ program: 'dnf' });
const there = { ...present('a'), program: 'dnf' } as const;

test.each<[string, DnfArgs, PackageState, unknown]>([
  ['it is there', { name: 'a', update_cache: true }, seen([there]), []],
  [
    'it is missing',
    { name: 'a' },
    seen([absent], transaction(['a - 1.0-1', 'b - 2-1'])),
    ['install a 1.0-1; with b 2-1'],
  ],
  [
    'what a package provides',
    { name: 'perl(JSON)' },
    seen([absent], transaction(['perl-JSON - 1.0-1'])),
    ['install perl(JSON): perl-JSON 1.0-1'],
  ],
  [
    'the metadata at hand does not know it: dnf fetches it and tells',
    { name: 'a' },
    seen([absent], { kind: 'refused', unknown: ['a'], said: '' }),
    ['install a (what comes along is not known beforehand)'],
  ],
  [
    'somebody holds the lock',
    { name: 'a' },
    seen([absent], { kind: 'unknown', why: 'another program holds the lock' }),
    ['install a (what comes along is not known beforehand)'],
  ],
  [
    'it cannot be',
    { name: 'a' },
    seen([absent], { kind: 'refused', unknown: [], said: ' Problem: nothing provides b needed by a' }),
    {
      why: 'dnf would not install a:',
      next: 'mend what it says, or name the packages that it asks for',
      missing: 'package:a',
    },
  ],
  [
    'not root',
    { name: 'a' },
    seen([absent], {
      kind: 'refused',
      unknown: [],
      said: 'Error: This command has to be run with superuser privileges',
    }),
    { why: 'dnf would not install a:', next: 'become root (`become: true`)', missing: 'package:a' },
  ],
  [
    'held by versionlock',
    { name: 'a', state: 'absent' },
    seen([{ ...there, held: true }]),
    {
      why: 'a is held, and would not be removed',
      next: 'release it first, if it is meant to go: dnf versionlock delete a',
      missing: undefined,
    },
  ],
  [
    'what several may provide is not removed',
    { name: '/usr/bin/a', state: 'absent' },
    seen([absent]),
    {
      why: '/usr/bin/a is something that packages provide, and several may',
      next: 'name the package that is to go (`rpm -q --whatprovides`)',
      missing: undefined,
    },
  ],
])('%s', (_title, args, state, expected) => {
  expect(planned(() => dnf.plan(args, state))).toEqual(expected);
});

test('yum is called where there is no dnf', () => {
  const [change] = dnf.plan({ name: 'a' }, seen([{ ...absent, program: 'yum' }], transaction(['a - 1.0-1'])));
  expect(change?.apply.text).toContain('yum -y --setopt=exit_on_lock=1');
  expect(change?.apply.text).not.toContain('dnf -y');
  // Its exit status is 1 or 200 where another has the lock.
  expect(change?.apply.text).toContain("*'holding the yum lock'*)");
});

test('dnf 5 has no shell to take a transaction back with', () => {
  const [change] = dnf.plan({ name: 'a' }, seen([{ ...absent, isDnf5: true }], transaction(['a - 1.0-1'])));
  expect(change?.undo).toMatchObject({
    impossible: expect.stringMatching(/^dnf 5 has no `shell`/) as string,
  });
});

const missing = labMissing();
const title = `dnf on a namespace host${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 300_000 }, () => {
  let host: OneHost;
  const installed = () => host.ssh("rpm -qa 'lab*' | sort");

  beforeAll(async () => {
    host = await oneHost({ debian: 1, debianRoot: await dnfRoot() }, 'furnish_rpms.sh');
  }, 600_000);

  afterAll(() => host.stop());

  test('what comes along is foretold, comes, and goes again; what was replaced comes back', async () => {
    await host.ssh('dnf -q -y install lablib-1.0 >&2');
    const tasks = [{ dnf: { name: ['labtool', '/opt/labtool/version'], install_weak_deps: true } }];
    const made = await host.play(tasks);
    expect(made.code, made.said).toBe(0);
    expect(made.said).toContain(
      'install labtool 1:2.0-1; with labextra 1.0-1; which replaces lablib 1.0-1 → 2.0-1',
    );
    expect(await installed()).toBe('labextra-1.0-1.noarch\nlablib-2.0-1.noarch\nlabtool-2.0-1.noarch');
    expect(await host.play(tasks, '--check', '--exit-code')).toMatchObject({ code: 0 });
    const undone = await host.undo(made.run);
    expect(undone.code, undone.said).toBe(0);
    expect(await installed()).toBe('lablib-1.0-1.noarch');
    expect(await host.ssh('ls /dev/shm')).toBe('');
  });

  test('what came later and needs what would go stops the undo', async () => {
    const made = await host.play([{ package: { name: 'labtool', use: 'dnf' } }]);
    expect(made.code, made.said).toBe(0);
    await host.ssh('dnf -q -y install labuser >&2');
    const undone = await host.undo(made.run);
    expect(undone.code).toBe(2);
    expect(undone.said).toMatch(/needs what would go: labuser-1\.0-1/);
    expect(await installed()).toContain('labtool-2.0-1');
    await host.ssh('dnf -q -y remove labuser labtool lablib >&2');
  });

  test('removed, and back again; a name that nobody knows is named', async () => {
    await host.ssh('dnf -q -y install labold-1.0 --setopt=obsoletes=0 >&2');
    const made = await host.play([{ dnf: { name: 'labold', state: 'absent' } }]);
    expect(made.code, made.said).toBe(0);
    expect(await installed()).not.toContain('labold');
    const unknown = await host.play([{ dnf: { name: 'labtol' } }]);
    expect(unknown.code).toBe(2);
    expect(unknown.said).toContain('no repository of this host knows what is named below; searched were:');
    expect(unknown.said).toContain('No match for argument: labtol');
  });

  test('what another package takes the place of comes back', async () => {
    await host.ssh('rpm -q labold >&2 || dnf -q -y install labold-1.0 --setopt=obsoletes=0 >&2');
    const refused = await host.play([{ dnf: { name: 'labnew', protect: ['labold'] } }]);
    expect(refused.said).toContain('installing labnew would remove labold 1.0-1, which is protected');
    const made = await host.play([{ dnf: { name: 'labnew' } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(made.said).toContain('install labnew 1.0-1; which REMOVES labold 1.0-1');
    expect(await host.ssh("rpm -qa 'labold' labnew")).toBe('labnew-1.0-1.noarch');
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await host.ssh("rpm -qa 'labold' labnew")).toBe('labold-1.0-1.noarch');
    await host.ssh('rpm -e labold');
  });

  test('a lock that somebody holds is waited for, then named', async () => {
    await host.ssh(
      'sleep 600 </dev/null >/dev/null 2>&1 & echo $! >/run/holder; mkdir -p /var/cache/dnf /var/lib/dnf; for f in /var/cache/dnf/metadata_lock.pid /var/lib/dnf/rpmdb_lock.pid; do cat /run/holder >$f; done',
    );
    const refused = await host.play([{ dnf: { name: ['labextra', 'labver>=2'], lock_timeout: 1 } }]);
    const pid = await host.ssh('cat /run/holder');
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('held the lock of the package manager for all of lock_timeout (1 s)');
    expect(refused.said).toContain(`process ${pid} (sleep) holds`);
    await host.ssh(`kill ${pid}; rm -f /var/cache/dnf/metadata_lock.pid /var/lib/dnf/rpmdb_lock.pid`);
  });
});
