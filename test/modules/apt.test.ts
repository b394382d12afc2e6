import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apt, type AptArgs } from '../../engine/modules/apt.ts';
import type { PackageState } from '../../engine/facts/package_state.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { oneHost, type OneHost } from './one_host.ts';
import { planned, present, seen, standing, transaction } from './package_states.ts';

const absent = standing();

test.each<[string, AptArgs, PackageState, unknown]>([
  ['it is there', { name: 'a' }, seen([present('a')]), []],
  ['something provides it', { name: 'a' }, seen([standing({ providers: present('b').installed })]), []],
  [
    'it is gone, and its configuration stayed',
    { name: 'a', state: 'absent' },
    seen([standing({ leftover: true })]),
    [],
  ],
  [
    'it is missing; much comes along',
    { name: 'a' },
    seen([absent], transaction(['a - 1.0', 'b - 2.0', 'c 1.0 2.0', 'd 1.0 -'])),
    ['install a 1.0; with b 2.0; which replaces c 1.0 → 2.0; which REMOVES d 1.0'],
  ],
  [
    'one of two is missing',
    { name: ['a', 'b'] },
    seen([present('a'), absent], transaction(['b - 1.0'])),
    ['install b 1.0'],
  ],
  [
    'a virtual one that only one provides',
    { name: 'v' },
    seen([absent], transaction(['a - 1.0'], { selected: { v: 'a' } })),
    ['install a 1.0'],
  ],
  [
    'apt took the name for a pattern',
    { name: 'a.1' },
    seen([absent], transaction(['ab1 - 1.0'])),
    {
      why: 'apt knows no package a.1, and took the name for a pattern',
      next: 'check the name (`apt-cache search`)',
      missing: 'package:a.1',
    },
  ],
  [
    'no repository knows it',
    { name: 'a' },
    seen([absent], { kind: 'refused', unknown: ['a'], said: 'E: Unable to locate package a' }),
    {
      why: "no repository of this host knows the package a: apt's lists were searched",
      next: 'check the name (`apt-cache search`), add the repository that has it, or say `update_cache: true` where the lists are old',
      missing: 'package:a',
    },
  ],
  [
    'no list knows it, but they are fetched first',
    { name: 'a', update_cache: true },
    seen([absent], { kind: 'refused', unknown: ['a'], said: '' }, 10),
    ['fetch the lists of packages anew', 'install a (what comes along is not known beforehand)'],
  ],
  [
    'the lists are fresh enough',
    { name: 'a', cache_valid_time: 60 },
    seen([absent], transaction(['a - 1.0']), 60),
    ['install a 1.0'],
  ],
  ['nothing is missing, so nothing is fetched', { name: 'a', update_cache: true }, seen([present('a')]), []],
  [
    'the lists alone, never fetched',
    { cache_valid_time: 60 },
    seen([]),
    ['fetch the lists of packages anew'],
  ],
  ['the lists alone, fresh', { cache_valid_time: 60 }, seen([], undefined, 59), []],
  [
    'remove',
    { name: 'a', state: 'removed' },
    seen([present('a')], transaction(['b 1.0 -', 'a 1.0 -'])),
    ['remove a 1.0; with b 1.0'],
  ],
  [
    'purge what is left',
    { name: 'a', state: 'absent', purge: true },
    seen([standing({ leftover: true })], transaction(['a 1.0 -'])),
    ['purge a 1.0'],
  ],
  [
    'held',
    { name: 'a', state: 'absent' },
    seen([{ ...present('a'), held: true }]),
    {
      why: 'a is held, and would not be removed',
      next: 'release it first, if it is meant to go: apt-mark unhold a',
      missing: undefined,
    },
  ],
  [
    'half configured',
    { name: 'a' },
    seen([standing({ broken: 'half-configured' })]),
    {
      why: 'a is half-configured: an earlier installation did not come to its end',
      next: 'let it be finished first: `dpkg --configure -a`, then `apt-get -f install`',
      missing: undefined,
    },
  ],
  [
    'no apt',
    { name: 'a' },
    seen([standing({ program: null })]),
    {
      why: 'this host has no apt-get with dpkg',
      next: 'keep its packages with `command`, or leave the host out (`when: facts.package_manager.name == …`)',
      missing: undefined,
    },
  ],
  [
    'nothing is asked',
    {},
    seen([]),
    { why: 'there is nothing to do', next: 'name the packages (`name`)', missing: undefined },
  ],
])('%s', (_title, args, state, expected) => {
  expect(planned(() => apt.plan(args, state))).toEqual(expected);
});

test('what cannot be had back is said before', () => {
  const undo = (args: AptArgs, answer: ReturnType<typeof transaction>) =>
    apt.plan(args, seen([args.state ? present('a') : absent], answer)).map((change) => change.undo);
  expect(undo({ name: 'a' }, transaction(['a - 1.0', 'b 1.0 2.0'], { lost: ['b 1.0'] }))).toEqual([
    { impossible: 'no repository of the host has b 1.0 any more, which is there now' },
  ]);
  expect(
    undo({ name: 'a', state: 'absent', purge: true }, transaction(['a 1.0 -'], { scripted: ['a'] })),
  ).toEqual([{ impossible: 'a purge runs the own scripts of a, which may remove data' }]);
});

test('the diff is what is installed before and afterwards; what it touches are its packages', () => {
  const [change] = apt.plan({ name: 'a' }, seen([absent], transaction(['a - 1.0', 'c 1.0 2.0'])));
  expect(change?.diff).toEqual({ before: 'c 1.0\n', after: 'a 1.0\nc 2.0\n' });
  expect(change?.touches).toEqual(['package:a', 'package:c']);
});

const missing = labMissing();
const title = `apt on a namespace host${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  let host: OneHost;
  const installed = () =>
    host.ssh(
      "dpkg-query -W -f '${Package} ${Version} ${Status}\\n' 'lab*' | sed -n 's/ [a-z]* ok installed//p'; apt-mark showauto | grep lab || true",
    );

  beforeAll(async () => {
    host = await oneHost({ debian: 1 }, 'furnish_debs.sh');
  }, 600_000);

  afterAll(() => host.stop());

  test('what comes along is foretold, comes, and goes again; what was replaced comes back', async () => {
    await host.ssh('apt-get -qq -y install lablib=1.0 labold >&2; apt-mark auto lablib');
    const before = await installed();
    const foretold =
      'install labnew 1.0, labtool 1:2.0; with labextra 1.0; which replaces lablib 1.0 → 2.0; which REMOVES labold 1.0';
    const tasks = [{ apt: { name: ['labtool', 'labnew'], install_recommends: true } }];
    const check = await host.play(tasks, '--check');
    expect(check).toMatchObject({ code: 0, said: expect.stringContaining(foretold) as string });
    expect(await installed()).toBe(before);
    const made = await host.play(tasks);
    expect(made).toMatchObject({ code: 0, said: expect.stringContaining(foretold) as string });
    expect(await installed()).toBe('labextra 1.0\nlablib 2.0\nlabnew 1.0\nlabtool 1:2.0\nlabextra\nlablib');
    expect(await host.play(tasks, '--check', '--exit-code')).toMatchObject({ code: 0 });
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await installed()).toBe(before);
    await host.ssh('apt-get -qq -y purge lablib labold >&2');
  });

  test('what came later and would have to go as well stops the undo', async () => {
    const made = await host.play([{ apt: { name: 'labtool', install_recommends: false } }]);
    await host.ssh('apt-get -qq -y install labuser >&2');
    const undone = await host.undo(made.run);
    expect(undone).toMatchObject({
      code: 2,
      said: expect.stringContaining('would have to go as well: labuser') as string,
    });
    expect(await installed()).toBe('lablib 2.0\nlabtool 1:2.0\nlabuser 1.0\nlablib');
    await host.ssh('apt-get -qq -y purge labuser labtool lablib >&2');
  });

  test('what it brings is there for tasks of every user; a check says what its later lines assume', async () => {
    const asOther = { become: true, become_user: 'nobody' };
    const tasks = [
      { apt: { name: 'labsvc' } },
      { stat: { path: '/etc/labsvc.conf' }, register: 'file', ...asOther },
      { assert: { that: 'file.stat.exists' } },
      { stat: { path: '/etc/labsvc.conf' }, register: 'there', delegate_to: '{{inventory_hostname}}' },
      { assert: { that: 'there.stat.exists' } },
      { slurp: { src: '/etc/labsvc.conf' }, ...asOther },
      { file: { path: '/srv/labsvc', state: 'directory', owner: 'labsvc' } },
      { file: { path: '/etc/labsvc.conf', state: 'absent' } },
    ];
    const made = await host.play(tasks);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await host.ssh('ls /etc/labsvc.conf 2>/dev/null; stat -c %U /srv/labsvc')).toBe('labsvc');
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    await host.ssh('apt-get -qq -y purge labsvc >&2; userdel labsvc');
    const fetched = { fetch: { src: '/etc/labsvc.conf', dest: '/nowhere/' } };
    const check = await host.play([tasks[0] as object, fetched, tasks[7] as object], '--check', '-v');
    expect(check, check.said).toMatchObject({ code: 0 });
    expect(check.said).toMatch(
      /install labsvc 1\.0\n[^]*fetch: known only after step 1\n[^]*assuming step 1 changes nothing here/,
    );
  });

  test('a purge gives its configuration files back; one with a script of its own says that it cannot', async () => {
    await host.ssh('apt-get -qq -y install labconf labscript >&2; echo mine >/etc/labconf');
    const made = await host.play([{ apt: { name: 'labconf', state: 'absent', purge: true } }]);
    expect(made.code).toBe(0);
    expect(await host.ssh('ls /etc/labconf 2>/dev/null || true')).toBe('');
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await host.ssh('cat /etc/labconf /opt/labconf/version')).toBe('mine\n1.0');
    const scripted = await host.play([{ apt: { name: 'labscript', state: 'absent', purge: true } }]);
    expect((await host.undo(scripted.run)).said).toContain('runs the own scripts of labscript');
    await host.ssh('apt-get -qq -y purge labconf >&2');
  });

  test('a lock that somebody holds is waited for, then named', async () => {
    // dpkg's frontend lock is a POSIX lock; perl is what a minimal Debian can take one with.
    const take = 'my $l = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die $!';
    await host.ssh(
      `setsid perl -e 'use Fcntl; $0 = "holder"; open(F, ">>", "/var/lib/dpkg/lock-frontend"); ${take}; open(P, ">", "/run/holder"); print P $$; close P; sleep 600' >/run/holder.log 2>&1 </dev/null & for i in $(seq 100); do [ -s /run/holder ] && exit; sleep 0.1; done; cat /run/holder.log >&2; exit 1`,
    );
    const refused = await host.play([{ apt: { name: 'labextra', lock_timeout: 1 } }]);
    const pid = await host.ssh('cat /run/holder');
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('held the lock of the package manager for all of lock_timeout (1 s)');
    expect(refused.said).toContain(`process ${pid} (holder) holds /var/lib/dpkg/lock-frontend`);
    await host.ssh(`(sleep 2; kill ${pid}) >/dev/null 2>&1 </dev/null &`);
    expect(await host.play([{ apt: { name: 'labextra' } }])).toMatchObject({ code: 0 });
  });

  test('lists are fetched first, and a name that nobody knows is named with what was searched', async () => {
    const unknown = await host.play([{ apt: { name: 'labtol', update_cache: true } }]);
    expect(unknown.code).toBe(2);
    expect(unknown.said).toContain('no repository of this host knows the package labtol; searched were:');
    expect(unknown.said).toContain('copy:/srv/debs');
    await host.ssh('touch -d "2 days ago" /var/lib/apt/lists');
    const fresh = [{ apt: { cache_valid_time: 3600 } }];
    expect((await host.play(fresh)).said).toContain('fetch the lists of packages anew');
    expect((await host.play(fresh)).said).not.toContain('fetch');
  });
});
