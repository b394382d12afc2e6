import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unit, type UnitAnswer } from '../../engine/facts/unit.ts';
import { isUnitName } from '../../engine/facts/unit_systemd.ts';
import { lookRaw, scratch, shells } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot, runInRoot } from './root.ts';

const root = scratch();

// `systemctl show` of systemd 219 on EL7 leaves empty properties out where single ones are asked for; the values are
// those that quattor/configuration-modules-core (ncm-systemd, cmddata/service-systemctl_show) captured there.
const el7Network =
  'Type=forking\nRemainAfterExit=yes\nMainPID=0\nResult=success\nExecMainStartTimestampMonotonic=0\nExecMainCode=0\nExecMainStatus=0\nId=network.service\nLoadState=loaded\nActiveState=active\nSubState=exited\nSourcePath=/etc/rc.d/init.d/network\nUnitFileState=bad\nActiveEnterTimestampMonotonic=96465875\nCanReload=yes\nNeedDaemonReload=no\n';
const el7Default =
  'Id=multi-user.target\nLoadState=loaded\nActiveState=active\nSubState=active\nFragmentPath=/lib/systemd/system/multi-user.target\nUnitFileState=enabled\nActiveEnterTimestampMonotonic=39495890\nCanReload=no\nNeedDaemonReload=no\n';
// "masked (/dev/null; bad)" is what 219 says of a masked unit (systemd issue 7994); constructed.
const el7Masked =
  'Type=simple\nRemainAfterExit=no\nMainPID=0\nResult=success\nExecMainStartTimestampMonotonic=0\nExecMainCode=0\nExecMainStatus=0\nId=firewalld.service\nLoadState=masked\nActiveState=inactive\nSubState=dead\nFragmentPath=/dev/null\nUnitFileState=bad\nActiveEnterTimestampMonotonic=0\nCanReload=no\nNeedDaemonReload=no\n';

// systemd 252 in a Debian 12 container, units made for the purpose.
const debian = {
  stays:
    'Type=simple\nRemainAfterExit=no\nMainPID=66\nResult=success\nNRestarts=0\nExecMainStartTimestampMonotonic=1993037254\nExecMainCode=0\nExecMainStatus=0\nId=stays.service\nLoadState=loaded\nActiveState=active\nSubState=running\nFragmentPath=/etc/systemd/system/stays.service\nSourcePath=\nUnitFileState=enabled\nStateChangeTimestampMonotonic=1993037831\nActiveEnterTimestampMonotonic=1993037831\nCanReload=yes\nNeedDaemonReload=no\n',
  dies: 'Type=simple\nRemainAfterExit=no\nMainPID=0\nResult=exit-code\nNRestarts=0\nExecMainStartTimestampMonotonic=1993029504\nExecMainCode=1\nExecMainStatus=3\nId=dies.service\nLoadState=loaded\nActiveState=failed\nSubState=failed\nFragmentPath=/etc/systemd/system/dies.service\nSourcePath=\nUnitFileState=disabled\nStateChangeTimestampMonotonic=1993732481\nActiveEnterTimestampMonotonic=1993029657\nCanReload=no\nNeedDaemonReload=no\n',
  nosuch:
    'Type=\nRemainAfterExit=no\nMainPID=0\nResult=success\nNRestarts=0\nExecMainStartTimestampMonotonic=0\nExecMainCode=0\nExecMainStatus=0\nId=nosuch.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nFragmentPath=\nSourcePath=\nUnitFileState=\nStateChangeTimestampMonotonic=0\nActiveEnterTimestampMonotonic=0\nCanReload=no\nNeedDaemonReload=no\n',
  legacy:
    'Type=forking\nRemainAfterExit=yes\nMainPID=0\nResult=success\nNRestarts=0\nExecMainStartTimestampMonotonic=0\nExecMainCode=0\nExecMainStatus=0\nId=legacy.service\nLoadState=loaded\nActiveState=inactive\nSubState=dead\nFragmentPath=/run/systemd/generator.late/legacy.service\nSourcePath=/etc/init.d/legacy\nUnitFileState=generated\nStateChangeTimestampMonotonic=1994351641\nActiveEnterTimestampMonotonic=0\nCanReload=no\nNeedDaemonReload=no\n',
  cron: 'Type=\nRemainAfterExit=no\nMainPID=29\nResult=success\nNRestarts=0\nExecMainStartTimestampMonotonic=1973693528\nExecMainCode=0\nExecMainStatus=0\nId=cron.service\nLoadState=masked\nActiveState=active\nSubState=running\nFragmentPath=/etc/systemd/system/cron.service\nSourcePath=\nUnitFileState=masked\nStateChangeTimestampMonotonic=1973693554\nActiveEnterTimestampMonotonic=1973693554\nCanReload=no\nNeedDaemonReload=no\n',
  timer:
    'Result=success\nId=systemd-tmpfiles-clean.timer\nLoadState=loaded\nActiveState=active\nSubState=waiting\nFragmentPath=/lib/systemd/system/systemd-tmpfiles-clean.timer\nSourcePath=\nUnitFileState=static\nStateChangeTimestampMonotonic=1973692529\nActiveEnterTimestampMonotonic=1973692529\nCanReload=no\nNeedDaemonReload=no\n',
  bad: 'Type=simple\nRemainAfterExit=no\nMainPID=0\nResult=success\nId=bad.service\nLoadState=bad-setting\nActiveState=inactive\nSubState=dead\nUnitFileState=static\n',
};

function parse(names: readonly string[], letters: string, blocks: readonly string[]): readonly UnitAnswer[] {
  const output = `systemd\n2143.73\n${letters.split(' ').join('\n')}\n${blocks.join('\n')}`;
  return unit.parse(
    Buffer.from(output),
    names.map((name) => ({ name })),
    0,
  );
}

describe('drop-ins that systemd has not read (252)', () => {
  test.each([
    ['none', 'stays', '-d', debian.stays, false],
    ['one', 'stays', '-d nice.conf', `${debian.stays}DropInPaths=\n`, true],
    [
      'one that it has read from elsewhere',
      'stays',
      '-d nice.conf',
      `${debian.stays}DropInPaths=/run/systemd/system/stays.service.d/nice.conf /etc/x.d/a.conf\n`,
      false,
    ],
    ['one of two', 'stays', '-d a.conf b.conf', `${debian.stays}DropInPaths=/etc/x.d/a.conf\n`, true],
    ['those of a masked unit do not count', 'cron', '-d nice.conf', debian.cron, false],
  ])('%s', (_what, name, line, block, expected) => {
    const answers = unit.parse(Buffer.from(`systemd\n2143.73\n${line}\n${block}`), [{ name }], 0);
    expect(answers[0]).toMatchObject({ needDaemonReload: expected });
  });
});

describe('systemctl show', () => {
  test('a running service, in full (252)', () => {
    expect(parse(['stays'], '-d', [debian.stays])).toEqual([
      {
        manager: 'systemd',
        id: 'stays.service',
        load: 'loaded',
        active: 'active',
        sub: 'running',
        enabled: 'enabled',
        pid: 66,
        startedAt: 1993037831,
        activeAt: 1993037831,
        begunAt: 1993037254,
        changedAt: 1993037831,
        now: 2143730000,
        needDaemonReload: false,
        fragmentPath: '/etc/systemd/system/stays.service',
        canReload: true,
        type: 'simple',
        remainAfterExit: false,
        result: 'success',
        ended: null,
        restarts: 0,
        dropIns: [],
        onDisk: true,
      },
    ]);
  });

  test.each([
    ['an alias tells its own name (252)', 'other', '-d', debian.stays, { id: 'stays.service' }],
    ['an alias in /etc (252)', 'other', '-da', debian.stays, { id: 'stays.service', alias: 'other.service' }],
    ['a link of the unit’s own name (252)', 'stays', '-da', debian.stays, { id: 'stays.service' }],
    [
      'a service that died (252)',
      'dies.service',
      '-d',
      debian.dies,
      { active: 'failed', pid: null, result: 'exit-code', ended: 'exit status 3', enabled: 'disabled' },
    ],
    ['no such unit (252)', 'nosuch', '-', debian.nosuch, { load: 'not-found', enabled: '', onDisk: false }],
    ['written but not read', 'nosuch', '-d', debian.nosuch, { load: 'not-found', onDisk: true }],
    [
      'a running unit that is masked (252)',
      'cron',
      '-d',
      debian.cron,
      { load: 'masked', enabled: 'masked', active: 'active' },
    ],
    ['masked until the next boot', 'cron', '-dr', debian.cron, { load: 'masked', enabled: 'masked-runtime' }],
    [
      'an init script with links in rcN.d (252)',
      'legacy',
      '-s',
      debian.legacy,
      { enabled: 'enabled', active: 'inactive' },
    ],
    ['an init script without (252)', 'legacy', '-', debian.legacy, { enabled: 'disabled' }],
    [
      'a timer has no process (252)',
      'systemd-tmpfiles-clean.timer',
      '-d',
      debian.timer,
      { pid: null, type: '', restarts: null, startedAt: 1973692529, enabled: 'static' },
    ],
    [
      'a unit file with a mistake (252)',
      'bad',
      '-d',
      debian.bad,
      { load: 'error', problem: 'its load state is bad-setting' },
    ],
    [
      'an init script (219)',
      'network',
      '-s',
      el7Network,
      { enabled: 'enabled', active: 'active', pid: null, changedAt: null, restarts: null, fragmentPath: '' },
    ],
    [
      'a target by its alias (219)',
      'default.target',
      '-d',
      el7Default,
      { id: 'multi-user.target', enabled: 'enabled' },
    ],
    ['a masked unit (219)', 'firewalld', '-d', el7Masked, { load: 'masked', enabled: 'masked' }],
  ])('%s', (_case, name, letters, block, expected) => {
    expect(parse([name], letters, [block])[0]).toMatchObject(expected);
  });

  test('several units, one of them no name that systemctl takes', () => {
    const answers = parse(['stays', 'a*', 'x@.service', 'dies', 'nosuch'], '-d -d -', [
      debian.stays,
      debian.dies,
      debian.nosuch,
    ]);
    expect(answers.map((answer) => 'load' in answer && [answer.id, answer.load])).toEqual([
      ['stays.service', 'loaded'],
      ['a*.service', 'error'],
      ['x@.service', 'error'],
      ['dies.service', 'loaded'],
      ['nosuch.service', 'not-found'],
    ]);
  });

  test('a bus that does not answer (252, not root, dbus stopped)', () => {
    const output = 'systemd\n2143.73\n-d\n-d\nFailed to connect to bus: Connection refused\n';
    for (const answer of unit.parse(Buffer.from(output), [{ name: 'a' }, { name: 'b' }], 1)) {
      expect(answer).toMatchObject({
        load: 'error',
        problem: 'Failed to connect to bus: Connection refused',
      });
    }
  });

  test('what lasts is not the time', () => {
    const [before] = parse(['stays'], '-d', [debian.stays]);
    const [after] = parse(['stays'], '-d', [
      debian.stays.replaceAll('1993037831', '2000000000').replace('=66', '=67'),
    ]);
    expect(unit.lasting?.(after as UnitAnswer)).toEqual(unit.lasting?.(before as UnitAnswer));
    expect(unit.lasting?.(before as UnitAnswer)).toEqual({ load: 'loaded', enabled: 'enabled', up: true });
    expect(unit.lasting?.(before as UnitAnswer, { name: 'stays', onlyFiles: true })).toEqual({
      load: 'loaded',
      enabled: 'enabled',
    });
  });
});

test('names', () => {
  expect(['sshd', 'sshd.service', 'a.b', 'x.timer'].map((name) => unit.id({ name }))).toEqual([
    'sshd.service',
    'sshd.service',
    'a.b.service',
    'x.timer',
  ]);
  expect(unit.about({ name: 'sshd' })).toContain('path:/etc/systemd/system/sshd.service');
  expect(unit.about({ name: 'getty@tty1' })).toContain('path:/etc/systemd/system/getty@.service.d');
});

describe.runIf(canEnterRoots)('without systemd, in constructed roots (needs root)', () => {
  const daemon = { program: '#!/bin/sh\n' };

  test('OpenRC, as Alpine keeps its state', () => {
    constructRoot(root, {
      'etc/init.d/sshd': daemon,
      'etc/init.d/crond': daemon,
      'etc/init.d/crashed': daemon,
      'etc/init.d/off': daemon,
      'run/openrc/started/sshd': { link: '/etc/init.d/sshd' },
      'run/openrc/started/crond': { link: '/etc/init.d/crond' },
      'run/openrc/started/crashed': { link: '/etc/init.d/crashed' },
      'run/openrc/daemons/crond/001': 'exec=/usr/sbin/crond\nname=\npidfile=/run/crond.pid\n',
      'run/crond.pid': `${process.pid}\n`,
      'run/openrc/daemons/crashed/001': 'exec=/usr/sbin/crashed\npidfile=/run/crashed.pid\n',
      'run/crashed.pid': '4194305\n',
      'etc/runlevels/default/sshd': { link: '/etc/init.d/sshd' },
      'etc/runlevels/boot/sshd': { link: '/etc/init.d/sshd' },
    });
    const manager = 'openrc';
    const names = ['sshd', 'crond.service', 'crashed', 'off', 'none'];
    expect(
      lookInRoot(
        root,
        unit,
        names.map((name) => ({ name })),
      ),
    ).toEqual([
      {
        manager,
        name: 'sshd',
        exists: true,
        running: true,
        enabled: true,
        script: '/etc/init.d/sshd',
        runlevels: ['boot', 'default'],
      },
      {
        manager,
        name: 'crond',
        exists: true,
        running: true,
        enabled: false,
        script: '/etc/init.d/crond',
        runlevels: [],
      },
      {
        manager,
        name: 'crashed',
        exists: true,
        running: false,
        enabled: false,
        script: '/etc/init.d/crashed',
        runlevels: [],
      },
      {
        manager,
        name: 'off',
        exists: true,
        running: false,
        enabled: false,
        script: '/etc/init.d/off',
        runlevels: [],
      },
      { manager, name: 'none', exists: false, running: false, enabled: false, script: null, runlevels: [] },
    ]);
  });

  test('SysV: scripts are asked, links tell the rest', () => {
    constructRoot(root, {
      'etc/rc.d/rc3.d/S55sshd': { link: '../init.d/sshd' },
      'etc/rc.d/init.d/sshd': { program: '#!/bin/sh\necho running; exit 0\n' },
      'etc/rc.d/init.d/atd': { program: '#!/bin/sh\nexit 3\n' },
    });
    const manager = 'sysv';
    expect(lookInRoot(root, unit, [{ name: 'sshd' }, { name: 'atd' }, { name: 'none' }])).toEqual([
      {
        manager,
        name: 'sshd',
        exists: true,
        running: true,
        enabled: true,
        script: '/etc/rc.d/init.d/sshd',
        runlevels: [],
      },
      {
        manager,
        name: 'atd',
        exists: true,
        running: false,
        enabled: false,
        script: '/etc/rc.d/init.d/atd',
        runlevels: [],
      },
      { manager, name: 'none', exists: false, running: false, enabled: false, script: null, runlevels: [] },
    ]);
  });

  test('busybox init: pid files, then names of processes', () => {
    constructRoot(root, {
      'etc/init.d/S50sshd': daemon,
      'etc/init.d/stale': daemon,
      'var/run/sshd.pid': `${process.pid}\n`,
      'var/run/stale.pid': '4194305\n',
      'etc/init.d/sh': daemon,
    });
    const manager = 'busybox';
    expect(lookInRoot(root, unit, [{ name: 'sshd' }, { name: 'stale' }, { name: 'sh' }])).toEqual([
      {
        manager,
        name: 'sshd',
        exists: true,
        running: true,
        enabled: true,
        script: '/etc/init.d/S50sshd',
        runlevels: [],
      },
      {
        manager,
        name: 'stale',
        exists: true,
        running: false,
        enabled: false,
        script: '/etc/init.d/stale',
        runlevels: [],
      },
      {
        manager,
        name: 'sh',
        exists: true,
        running: true,
        enabled: false,
        script: '/etc/init.d/sh',
        runlevels: [],
      },
    ]);
  });

  test('hostile names reach no script', () => {
    constructRoot(root, { 'run/openrc': 'folder' });
    fc.assert(
      fc.property(hostile, (name) => {
        const { stderr, stdout } = runInRoot(root, unit.ask([{ name }, { name: 'none' }]));
        expect(stderr).toBe('');
        const answers = unit.parse(stdout, [{ name }, { name: 'none' }], 0);
        expect(answers.map((answer) => 'exists' in answer && answer.exists)).toEqual([false, false]);
      }),
      { numRuns: 20 },
    );
  });
});

test.each(shells)('asked on %s, whatever init this machine has', (shell) => {
  const { stdout, status } = lookRaw(shell, unit.ask([{ name: 'no-such-unit' }, { name: '$(id)' }]));
  const [answer] = unit.parse(stdout, [{ name: 'no-such-unit' }, { name: '$(id)' }], status);
  expect(answer).toMatchObject(answer?.manager === 'systemd' ? { active: 'inactive' } : { exists: false });
});

test('what systemctl would take for a pattern, an option or a path is no name', () => {
  expect(
    ['a*', 'a?b', '[a]', 'a b', "a'b", 'x@.service', '.hidden', 'a/b', '../x', '', 'a\nb'].filter(isUnitName),
  ).toEqual([]);
  expect(['sshd.service', 'x@1.service', '-.mount', 'dev-sda\\x2d1.device'].filter(isUnitName)).toHaveLength(
    4,
  );
});

const hostile = fc.oneof(
  fc.constantFrom(
    '-s',
    '--',
    '$(id)',
    "'",
    '../../bin/busybox',
    '/bin/sh',
    'a b',
    'a\nb',
    '*',
    '\\',
    ';id',
    '..',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }).filter((name) => !name.includes('\0')),
);
