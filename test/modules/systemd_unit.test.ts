import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import type { EditState } from '../../engine/facts/edit_file.ts';
import type { UnitAnswer } from '../../engine/facts/unit.ts';
import type { SystemdUnit } from '../../engine/facts/unit_systemd.ts';
import { leavesUnitAsTold, unitAsRead } from '../../engine/facts/unit_text.ts';
import { verifyUnit } from '../../engine/facts/unit_verify.ts';
import { systemdUnit, type SystemdUnitState } from '../../engine/modules/systemd_unit.ts';
import type { SystemdUnitArgs } from '../../engine/modules/systemd_unit/arguments.ts';
import { unitText } from '../../engine/modules/systemd_unit/text.ts';
import { sh } from '../../engine/shell/script.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, lookRaw, scratch } from '../facts/look.ts';
import { canEnterRoots } from '../facts/root.ts';
import { systemd } from '../laws/imitated_systemd.ts';
import { RootHost } from './root_host.ts';

const absent = { kind: 'absent', parent: 'directory' } as const;
const file = {
  kind: 'file',
  mode: '0644',
  uid: 0,
  gid: 0,
  owner: 'root',
  group: 'root',
  size: 1,
  mtime: 0,
  inode: '1',
  device: '1',
  links: 1,
  label: null,
} as const;
const none: SystemdUnit = {
  manager: 'systemd',
  id: 'x.service',
  load: 'not-found',
  active: 'inactive',
  sub: 'dead',
  enabled: '',
  pid: null,
  startedAt: null,
  changedAt: null,
  now: 1e9,
  needDaemonReload: false,
  fragmentPath: '',
  canReload: false,
  type: '',
  remainAfterExit: false,
  result: 'success',
  ended: null,
  restarts: 0,
  onDisk: false,
};
const own: SystemdUnit = {
  ...none,
  load: 'loaded',
  enabled: 'static',
  fragmentPath: '/etc/systemd/system/x.service',
  type: 'simple',
  onDisk: true,
};
const vendors: SystemdUnit = { ...own, fragmentPath: '/usr/lib/systemd/system/x.service' };
const service = '[Service]\nExecStart=/bin/true\n';

function holding(text: string): EditState {
  return { at: file, now: { kind: 'text', bytes: Buffer.from(text) }, above: folder };
}

const folder = {
  path: '/etc/systemd/system',
  at: { ...file, kind: 'directory' },
  missing: [],
  setGroup: false,
} as const;
const nothing: EditState = { at: absent, now: { kind: 'absent' }, above: folder };

function linkTo(target: string): EditState {
  return {
    at: { ...file, kind: 'link', target, real: target, followed: file },
    now: { kind: 'text', bytes: Buffer.from('') },
    above: folder,
  };
}

function plan(
  args: Partial<SystemdUnitArgs>,
  edit: EditState,
  unit: UnitAnswer,
  vendor: readonly (typeof file)[] = [],
) {
  const state: SystemdUnitState = { file: edit, unit, vendors: vendor };
  return systemdUnit.plan({ name: 'x.service', ...args }, state);
}

describe('plan', () => {
  test.each<[string, Partial<SystemdUnitArgs>, EditState, UnitAnswer, readonly string[]]>([
    ['new', { content: service }, nothing, none, ['write /etc/systemd/system/x.service']],
    [
      'in place of a package’s',
      { content: service },
      nothing,
      vendors,
      ['write /etc/systemd/system/x.service, in place of /usr/lib/systemd/system/x.service'],
    ],
    ['the same', { content: service }, holding(service), own, []],
    ['the same but for its end', { content: service.trimEnd() }, holding(service), own, []],
    ['other', { content: service }, holding('x'), own, ['replace /etc/systemd/system/x.service']],
    [
      'other mode',
      { content: service, mode: '0600' },
      holding(service),
      own,
      ['/etc/systemd/system/x.service: mode 0644 → 0600'],
    ],
    [
      'changed since it was read',
      { content: service },
      holding(service),
      { ...own, needDaemonReload: true },
      ['let systemd read /etc/systemd/system/x.service anew'],
    ],
    [
      'not read',
      { content: service },
      holding(service),
      none,
      ['let systemd read /etc/systemd/system/x.service anew'],
    ],
    [
      'a drop-in with its folder',
      { drop_in: 'a', content: service },
      {
        ...nothing,
        at: { kind: 'absent', parent: 'absent' },
        above: {
          ...folder,
          path: '/etc/systemd/system/x.service.d',
          at: absent,
          missing: ['/etc/systemd/system/x.service.d'],
        },
      },
      vendors,
      ['make directory /etc/systemd/system/x.service.d', 'write /etc/systemd/system/x.service.d/a.conf'],
    ],
    ['a drop-in of no unit', { drop_in: 'a', content: service }, holding(service), none, []],
    ['gone', { state: 'absent' }, nothing, none, []],
    ['to be removed', { state: 'absent' }, holding(service), own, ['remove /etc/systemd/system/x.service']],
    [
      'failed, to be removed',
      { state: 'absent' },
      holding(service),
      { ...own, active: 'failed' },
      ['remove /etc/systemd/system/x.service'],
    ],
    [
      'a mask, to be removed',
      { state: 'absent' },
      linkTo('/dev/null'),
      own,
      ['remove /etc/systemd/system/x.service'],
    ],
    [
      'a drop-in of a unit that is up',
      { state: 'absent', drop_in: 'a.conf' },
      holding(service),
      { ...own, active: 'active' },
      ['remove /etc/systemd/system/x.service.d/a.conf'],
    ],
  ])('%s', (_case, args, edit, unit, what) => {
    expect(plan(args, edit, unit).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, Partial<SystemdUnitArgs>, EditState, UnitAnswer, string, string]>([
    [
      'a mask',
      { content: service },
      linkTo('/dev/null'),
      own,
      'x.service is masked: /etc/systemd/system/x.service leads to /dev/null',
      'unmask it first: systemd: {name: x.service, masked: false}',
    ],
    [
      'an alias',
      { content: service },
      linkTo('/lib/systemd/system/y.service'),
      own,
      '/etc/systemd/system/x.service is a link to /lib/systemd/system/y.service, which is not to be overwritten',
      'name y.service, or give `drop_in`',
    ],
    [
      'up',
      { state: 'absent' },
      holding(service),
      { ...own, active: 'active', enabled: 'enabled' },
      'x.service is active and enabled, and this is its only file',
      'stop and disable it first: systemd: {name: x.service, state: stopped, enabled: false}',
    ],
    [
      'another init',
      { content: service },
      nothing,
      {
        manager: 'openrc',
        name: 'x',
        exists: false,
        running: false,
        enabled: false,
        script: null,
        runlevels: [],
      },
      'this host is run by openrc, not by systemd',
      'keep its service script with `copy` and `systemd`, or its crontab',
    ],
  ])('refused: %s', (_case, args, edit, unit, message, next) => {
    expect(refusal(() => plan(args, edit, unit))).toMatchObject({ message, next });
  });

  test('a unit that runs may lose its file where a package’s comes to light', () => {
    const [change] = plan({ state: 'absent' }, holding(service), { ...own, active: 'active' }, [file]);
    expect(change?.what).toBe('remove /etc/systemd/system/x.service');
    expect(change?.predicts?.map(({ fact }) => fact.name)).toEqual(['path', 'content']);
  });

  test('what is touched; a template touches all its instances', () => {
    expect(plan({ content: service }, nothing, none)[0]?.touches).toEqual([
      'path:/etc/systemd/system/x.service',
      'unit:x.service',
    ]);
    expect(
      plan({ name: 'x@.service', content: service }, nothing, { ...none, load: 'error' })[0]?.touches,
    ).toContain('systemd:files');
  });

  test('a secret is neither shown nor readable by others', () => {
    const content = new Secret('[Service]\nEnvironment=P=hunter2\n') as unknown as string;
    const [change] = plan({ content }, nothing, none);
    expect(JSON.stringify(change)).not.toContain('hunter2');
    expect(change?.apply.text).toContain('chmod 00600');
  });
});

test.each<[Parameters<typeof unitText>[0], string]>([
  [
    { sections: { Unit: { Description: 'a b' }, Timer: { OnCalendar: ['', 'daily'], Persistent: true } } },
    '[Unit]\nDescription=a b\n\n[Timer]\nOnCalendar=\nOnCalendar=daily\nPersistent=true\n',
  ],
  [{ content: 'x' }, 'x\n'],
])('%j is %j', (wanted, text) => {
  expect(unitText(wanted)).toBe(text);
});

test.each<[Parameters<typeof unitText>[0], string]>([
  [{}, 'give either `content` or `sections`'],
  [{ content: 'x', sections: {} }, 'give either `content` or `sections`'],
  [{ sections: {} }, '`sections` is empty'],
  [{ content: 'a\0' }, '`content` holds a NUL byte, which no unit file may'],
])('%j is refused', (wanted, message) => {
  expect(refusal(() => unitText(wanted)).message).toBe(message);
});

describe('a text as systemd will tell of it', () => {
  test.each<[string, Partial<SystemdUnit>, Partial<SystemdUnit>]>([
    ['[Service]\nExecStart=/x\n', {}, { type: 'simple', enabled: 'static', canReload: false }],
    ['[Service]\nType=oneshot\nRemainAfterExit=yes\n', {}, { type: 'oneshot', remainAfterExit: true }],
    [
      '[Service]\n# Type=notify\nExecReload=/x \\\n  Type=notify\nExecStart=/x\n',
      {},
      { type: 'simple', canReload: true },
    ],
    ['[Install]\nWantedBy=a.target\n', {}, { enabled: 'disabled', type: 'oneshot' }],
    ['[Install]\nAlso=b.socket\n', {}, { enabled: 'indirect' }],
    ['[Service]\n', { enabled: 'enabled' }, { enabled: 'enabled' }],
  ])('%j', (text, seen, told) => {
    expect(unitAsRead(text, '/x', { ...none, ...seen })).toMatchObject({
      load: 'loaded',
      onDisk: true,
      ...told,
    });
  });

  test.each([
    ['[Service]\nNice=5\n', true],
    ['[Service]\nType=simple\n', false],
    ['[Install]\nWantedBy=x\n', false],
  ])('%j leaves the rest: %s', (text, expected) => {
    expect(leavesUnitAsTold(text)).toBe(expected);
  });
});

describe.runIf(existsSync('/usr/bin/systemd-analyze'))('systemd-analyze verify (needs systemd)', () => {
  const root = scratch();
  const wrong =
    '[Unit]\nDocumentation=man:none(8)\nAfter=none.service\nFoo=1\n[Service]\nExecStart=/none\nRestart=alwys\n';
  test.each<[string, string, 'all' | 'errors' | 'none', readonly string[]]>([
    ['x.service', service, 'all', []],
    ['x@.service', '[Service]\nExecStart=/bin/true %i\n', 'all', []],
    ['x.timer', '[Timer]\nOnCalendar=daily\n', 'all', []],
    [
      'x.service',
      `${service}User=nobody\nKillMode=none\nStandardOutput=syslog\nPIDFile=/var/run/x\n`,
      'all',
      [],
    ],
    [
      'x.service',
      wrong,
      'all',
      [
        "x.service:4: Unknown key 'Foo' in section [Unit], ignoring.",
        'x.service:7: Failed to parse service restart specifier, ignoring: alwys',
        'x.service: Command /none is not executable: No such file or directory',
      ],
    ],
    ['x.service', wrong, 'errors', ['x.service: Command /none is not executable: No such file or directory']],
    ['x.service', wrong, 'none', []],
    [
      'x.timer',
      '[Timer]\nOnCalendar=foo\n',
      'errors',
      ['x.timer: Timer unit lacks value setting. Refusing.', 'Unit x.timer has a bad unit file setting.'],
    ],
  ])('%s %j, %s', (unit, text, verification, faults) => {
    emptied(root);
    const source = join(root, 'new');
    writeFileSync(source, text);
    for (const shell of ['dash', 'bash'] as const) {
      const { stderr, status } = lookRaw(shell, verifyUnit({ unit, source: sh`${source}` }, verification));
      expect(stderr.split('\n').slice(1, -1)).toEqual(faults);
      expect(status).toBe(faults.length > 0 ? 1 : 0);
    }
  });

  test('a drop-in is checked with the unit that it belongs to, and alone', () => {
    const source = join(root, 'new');
    writeFileSync(source, '[Timer]\nOnCalendr=daily\n');
    const draft = { source: sh`${source}`, dropIn: 'a.conf' };
    expect(
      lookRaw('dash', verifyUnit({ ...draft, unit: 'systemd-tmpfiles-clean.timer' }, 'all')),
    ).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        "systemd-tmpfiles-clean.timer.d/a.conf:2: Unknown key 'OnCalendr' in section [Timer], ignoring.",
      ),
    });
    expect(lookRaw('dash', verifyUnit({ ...draft, unit: 'none.service' }, 'all'))).toMatchObject({
      status: 0,
      stderr: '',
    });
  });
});

describe.runIf(canEnterRoots)('on a root of its own, systemctl imitated (needs root)', () => {
  test('a refused file changes nothing', async () => {
    const host = await RootHost.open('busybox', systemd({ 'etc/systemd/system/x.service': service }));
    try {
      const args = { name: 'x.service', content: '[Service]\nRestrt=x\n' };
      const before = host.probe(systemdUnit.probe(args));
      const made = host.make(systemdUnit.plan(args, before));
      expect(made.code).not.toBe(0);
      expect(made.stderr).toContain("x.service:3: Unknown key 'Restrt'");
      expect(host.probe(systemdUnit.probe(args)).file.now).toEqual(before.file.now);
    } finally {
      await host.close();
    }
  });

  test('a file that was not read is read', async () => {
    const host = await RootHost.open('dash', {
      ...systemd({ 'etc/systemd/system/x.service': service }),
      'run/imitation/read/x.service': '[Service]\n',
    });
    try {
      const args = { name: 'x.service', content: service };
      const before = host.probe(systemdUnit.probe(args));
      expect(host.make(systemdUnit.plan(args, before))).toMatchObject({ code: 0, stderr: '' });
      const after = host.probe(systemdUnit.probe(args));
      expect(systemdUnit.proven?.(args, before, after)).toBe(true);
    } finally {
      await host.close();
    }
  });
});

test('a file that systemd then cannot load is no success', () => {
  const after = {
    file: holding(service),
    unit: { ...own, load: 'error', problem: 'its load state is bad-setting' },
    vendors: [],
  } as const;
  expect(systemdUnit.proven?.({ name: 'x.service', content: service }, after, after)).toBe(
    'x.service cannot be used: its load state is bad-setting',
  );
});

function refusal(act: () => unknown): CannotPlan {
  try {
    act();
  } catch (error) {
    if (error instanceof CannotPlan) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
