import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modified } from '../../engine/facts/modified.ts';
import { unitProcess, type UnitProcessSubject } from '../../engine/facts/unit_process.ts';
import { userUnit } from '../../engine/facts/user_unit.ts';
import { look, scratch, shells } from './look.ts';
import { canEnterRoots, constructRoot, lookInRoot } from './root.ts';

const root = scratch();
const host = (name: string): UnitProcessSubject => ({ name, scope: 'system' });

describe('unit_process', () => {
  // Debian 12 (systemd 252) in systemd-nspawn; lab-ex was made for the purpose and its program replaced.
  const debian =
    '100\n148 2437822 /usr/bin/dbus-daemon\n0 - \n0 - \n348 2448871 /usr/local/bin/ex (deleted)\n295 2444878 /usr/bin/sleep\n';
  const subjects: readonly UnitProcessSubject[] = [
    host('dbus'),
    { name: 'own', scope: 'user' },
    host('nosuch'),
    host('basic.target'),
    host('a*'),
    host('lab-ex.service'),
  ];
  const none = { pid: null, begunAt: null, program: null, replaced: false };

  test('units of both managers, one that is none, one without a process, one whose program is gone (252)', () => {
    expect(unitProcess.parse(Buffer.from(debian), subjects, 0)).toEqual([
      { pid: 148, begunAt: 24378.22, program: '/usr/bin/dbus-daemon', replaced: false },
      { pid: 295, begunAt: 24448.78, program: '/usr/bin/sleep', replaced: false },
      none,
      none,
      none,
      { pid: 348, begunAt: 24488.71, program: '/usr/local/bin/ex', replaced: true },
    ]);
  });

  test('another user may not see the program (252)', () => {
    expect(unitProcess.parse(Buffer.from('100\n148 2437822 \n'), [host('dbus')], 0)).toEqual([
      { pid: 148, begunAt: 24378.22, program: null, replaced: false },
    ]);
  });

  test.runIf(canEnterRoots)('a systemctl that knows no --value, as 219 does (needs root)', () => {
    const show = `#!/bin/sh\n[ "$*" = 'show --no-pager -p Id,MainPID -- x.service y.service' ] || exit 1\nprintf 'Id=x.service\\nMainPID=${process.pid}\\n\\nId=y.service\\n'\n`;
    constructRoot(root, { 'bin/systemctl': { program: show }, 'run/systemd/system': 'folder' });
    const [x, y] = lookInRoot(root, unitProcess, [host('x'), host('y')]);
    expect(x).toMatchObject({ pid: process.pid, replaced: false });
    expect(x?.begunAt).toBeGreaterThan(0);
    expect(x?.program).toMatch(/node/);
    expect(y).toEqual(none);
  });

  test.each(shells)('asked on %s, whatever this machine is run by', (shell) => {
    expect(look(shell, unitProcess, [host('no-such-unit-anywhere')])).toEqual([none]);
  });
});

describe('modified', () => {
  // Debian 12 in systemd-nspawn; the second row is of nothing at all, the last as busybox writes it.
  const captured =
    '24447.48 1795216655.793463903\n1795206060 2026-11-20 20:21:00.406396670 +0000|1795206060 2026-11-20 20:21:00.406396670 +0000\n-|-\n1795216654 2026-11-20 23:17:34|\n';

  test('since the boot, by the clock of today', () => {
    const subjects = ['/etc/passwd', '/nosuch', '/link'].map((path) => ({ path }));
    const [file, nothing, dangling] = modified.parse(Buffer.from(captured), subjects, 0);
    expect(file?.at).toBeCloseTo(13852.093, 2);
    expect(nothing).toEqual({ at: null, mtime: null });
    expect(dangling?.mtime).toBe(1795216654);
  });

  test('a date that tells whole seconds alone makes nothing newer (busybox)', () => {
    const told = captured.replace('655.793463903', '655.%N');
    const [file] = modified.parse(Buffer.from(told), [{ path: '/etc/passwd' }], 0);
    expect(file?.at).toBeCloseTo(13851.886, 2);
  });

  test.each(shells)('two files that were written one after the other, on %s', (shell) => {
    const [older, newer] = [join(root, 'older'), join(root, 'newer')];
    writeFileSync(older, '');
    writeFileSync(newer, '');
    utimesSync(older, 1795206060, 1795206060);
    utimesSync(newer, 1795206062, 1795206062);
    const [one, other, gone] = look(
      shell,
      modified,
      [older, newer, join(root, 'none')].map((path) => ({ path })),
    );
    expect((other?.at ?? 0) - (one?.at ?? 0)).toBeCloseTo(2, 3);
    expect(one?.mtime).toBe(1795206060);
    expect(gone?.at).toBeNull();
  });
});

describe('user_unit', () => {
  const parse = (output: string) => userUnit.parse(Buffer.from(output), [{ name: 'own' }, { name: 'x@' }], 0);

  // Debian 12 (systemd 252), asked as ops, who lingers, and as root, who has no session.
  test('a unit of a user who lingers (252)', () => {
    const own =
      'Type=simple\nRemainAfterExit=no\nMainPID=295\nResult=success\nNRestarts=0\nExecMainStartTimestampMonotonic=24448794265\nExecMainCode=0\nExecMainStatus=0\nId=own.service\nLoadState=loaded\nActiveState=active\nSubState=running\nFragmentPath=/home/ops/.config/systemd/user/own.service\nSourcePath=\nDropInPaths=\nUnitFileState=disabled\nStateChangeTimestampMonotonic=24448794417\nActiveEnterTimestampMonotonic=24448794417\nCanReload=no\nNeedDaemonReload=no\n';
    const [unit, bad] = parse(`systemd l ops\n24448.80\n-d\n${own}`);
    expect(unit).toMatchObject({
      manager: 'systemd',
      id: 'own.service',
      active: 'active',
      begunAt: 24448794265,
      onDisk: true,
      dropIns: [],
    });
    expect(bad).toMatchObject({ load: 'error', problem: 'this cannot be the name of a unit' });
  });

  test('no systemd of the user’s own (252)', () => {
    expect(parse('session - root\n')[0]).toEqual({
      manager: 'none',
      user: 'root',
      lingers: false,
      lacks: 'session',
    });
  });

  test.each(shells)('asked on %s, whatever this machine is run by', (shell) => {
    const [answer] = look(shell, userUnit, [{ name: 'no-such-unit-anywhere' }]);
    expect(answer).toMatchObject(answer?.manager === 'systemd' ? { load: 'not-found' } : { manager: 'none' });
  });
});
