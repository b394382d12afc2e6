import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, renameSync, unlinkSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { CannotPlan } from '../../engine/contract/change.ts';
import {
  type Process,
  type ProcessAnswer,
  processFact,
  type ProcessSubject,
} from '../../engine/facts/process.ts';
import type { ScriptService } from '../../engine/facts/unit_script.ts';
import type { SystemdUnit } from '../../engine/facts/unit_systemd.ts';
import { process as processModule, type ProcessState } from '../../engine/modules/process.ts';
import type { ProcessArgs } from '../../engine/modules/process/arguments.ts';
import { unitOf } from '../../engine/modules/process/remedy.ts';
import { ruleOf } from '../../engine/modules/process/rule.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { canCountForks, countForks, look, scratch, shells } from '../facts/look.ts';
import { makeHere, probeHere } from './harness.ts';

const any: ProcessSubject = { min: 0, max: null, recheck: 0, interval: 0, signs: [] };
const one: Process = {
  pid: 10,
  parent: 1,
  name: 'worker',
  exe: '/usr/bin/worker',
  isDeleted: false,
  uid: 0,
  hasGroup0: true,
  ticks: 100,
  startedAt: 1000,
  nice: 0,
  cgroup: '/system.slice/worker.service',
  label: null,
};
const stray: Process = { ...one, pid: 11, cgroup: '/user.slice/user-0.slice/session-1.scope' };
const other: Process = { ...one, pid: 12, name: 'other', exe: '/opt/other', uid: 33 };

function answer(...looks: readonly (readonly Process[])[]): ProcessAnswer {
  return {
    userExists: true,
    hasSelinux: true,
    hertz: 100,
    askers: [99],
    looks: looks.map((processes, index) => ({ uptime: 100 + index * 5, processes })),
  };
}

const worker: SystemdUnit = {
  manager: 'systemd',
  id: 'worker.service',
  load: 'loaded',
  active: 'active',
  sub: 'running',
  enabled: 'enabled',
  pid: 10,
  startedAt: 1,
  changedAt: 1,
  now: 1e9,
  needDaemonReload: false,
  fragmentPath: '/x',
  canReload: false,
  type: 'simple',
  remainAfterExit: false,
  result: 'success',
  ended: null,
  restarts: 0,
  onDisk: true,
};

function plan(args: ProcessArgs, seen: ProcessAnswer, unit: ProcessState['unit'] = null) {
  return processModule.plan(args, { seen, unit, exempt: [] });
}

describe('rules', () => {
  test.each<[ProcessArgs, Partial<ProcessSubject>]>([
    [{ selector: 'sshd:1-' }, { name: 'sshd', min: 1, max: null, recheck: 5 }],
    [{ selector: 'a:b:-3' }, { name: 'a:b', min: 0, max: 3 }],
    [
      { selector: 'x:2-5', recheck: 0 },
      { min: 2, max: 5, recheck: 0 },
    ],
    [{ selector: 'x:4' }, { min: 4, max: 4 }],
    [{ name: 'x' }, { min: 1, max: null }],
    [
      { name: 'x', count: 0 },
      { min: 0, max: 0 },
    ],
    [
      { exe: '/x', user: '0', setype: 'x_t', count: '-' },
      { exe: '/x', user: '0', type: 'x_t', min: 0, max: null },
    ],
    [{ signs: ['gid0'] }, { min: 0, max: null, signs: ['gid0'] }],
    [
      { cpu_max: 90, interval: 3 },
      { min: 0, interval: 3 },
    ],
  ])('%j', (args, rule) => {
    expect(ruleOf(args)).toMatchObject(rule);
  });

  test.each<[ProcessArgs, string]>([
    [{}, 'nothing says which processes are meant'],
    [{ count: '1-' }, 'nothing says which processes are meant'],
    [{ selector: 'x:1', name: 'y' }, '`selector` says the name and the count already'],
    [{ name: 'x', count: '5-2' }, 'the range 5-2 is empty'],
    [
      { name: new Secret('hunter2') as unknown as string },
      'what processes are called can be read by every user of the host: it takes no secret',
    ],
  ])('refused: %j', (args, message) => {
    expect(refusal(() => ruleOf(args)).message).toBe(message);
  });
});

describe('what is wrong', () => {
  const www = { name: 'www-data', uid: 34, gid: 34, gecos: '', home: '/', shell: '/bin/sh' };
  const says = (args: ProcessArgs, seen: ProcessAnswer) =>
    processModule.result?.(args, { seen, unit: null, exempt: [null, www] })['failures'];
  test.each<[string, ProcessArgs, ProcessAnswer, readonly string[]]>([
    ['as many as wanted', { name: 'worker' }, answer([one]), []],
    [
      'too few',
      { name: 'worker', user: 'root' },
      answer([], []),
      ['worker of user root: there are 0, wanted at least 1'],
    ],
    ['too many', { selector: 'worker:-1' }, answer([one, stray]), ['worker: there are 2, wanted at most 1']],
    ['too many for a moment', { selector: 'worker:-1' }, answer([one, stray], [one]), []],
    ['too many, then too few', { selector: 'worker:1' }, answer([one, stray], []), []],
    [
      'group 0',
      { signs: ['gid0'] },
      answer([one, other]),
      ['other 12 (/opt/other): has group 0, but is not user 0 (setuid before setgid?)'],
    ],
    ['group 0 by leave of its name', { signs: ['gid0'], exempt: ['other'] }, answer([other]), []],
    ['group 0 by leave of its user', { signs: ['gid0'], exempt: ['33'] }, answer([other]), []],
    [
      'group 0 by leave of its user’s name',
      { signs: ['gid0'], exempt: ['gzip', 'www-data'] },
      answer([other, { ...other, uid: 34 }]),
      ['other 12 (/opt/other): has group 0, but is not user 0 (setuid before setgid?)'],
    ],
    [
      'group 0, another process each time',
      { signs: ['gid0'] },
      answer([other], [{ ...other, startedAt: 2000 }]),
      [],
    ],
    [
      'replaced',
      { name: 'worker', signs: ['deleted'] },
      answer([{ ...one, isDeleted: true }]),
      ['worker 10 (/usr/bin/worker): runs a program that was replaced since: it wants a restart'],
    ],
    [
      'init_t',
      { signs: ['init_t'] },
      answer([
        { ...one, pid: 1, label: 'system_u:system_r:init_t:s0' },
        { ...one, name: '(sd-pam)', label: 'system_u:system_r:init_t:s0' },
        { ...one, label: 'system_u:system_r:init_t:s0' },
        { ...one, pid: 13, label: 'system_u:system_r:sshd_t:s0-s0:c0.c1023' },
      ]),
      [
        'worker 10 (/usr/bin/worker): runs as init_t: the label of its program lets no transition happen (restorecon -nv)',
      ],
    ],
    [
      'one core and a half',
      { cpu_max: 90 },
      answer([one], [{ ...one, ticks: 850 }]),
      ['worker 10 (/usr/bin/worker) uses 150% of a core, wanted at most 90%'],
    ],
    [
      'many cores by leave of their niceness, and of their users',
      { cpu_max: 90, exempt_nice: true, exempt_uid_min: 1000 },
      answer(
        [one, stray, other],
        [
          { ...one, ticks: 850, nice: 5 },
          { ...stray, ticks: 850, uid: 1000 },
          { ...other, ticks: 850, nice: -5, uid: 999 },
        ],
      ),
      ['other 12 (/opt/other) uses 150% of a core, wanted at most 90%'],
    ],
    [
      'little in between, much in its life',
      { cpu_max: 90 },
      answer([{ ...one, ticks: 9000 }], [{ ...one, ticks: 9100 }]),
      [],
    ],
    [
      'a number that is another process now',
      { cpu_max: 90 },
      answer([one], [{ ...one, startedAt: 10_400, ticks: 900 }]),
      [],
    ],
    [
      'all young',
      { name: 'worker', min_age: 60 },
      answer([{ ...one, startedAt: 9000 }]),
      [
        'the oldest of worker 10 (/usr/bin/worker) has been up for 10.0 s, wanted 60: does it die and start again?',
      ],
    ],
    ['one old', { name: 'worker', min_age: 60 }, answer([one, { ...stray, startedAt: 9000 }]), []],
  ])('%s', (_case, args, seen, what) => {
    expect(says(args, seen)).toEqual(what);
  });
});

describe('remedies', () => {
  const none = answer([]);
  test.each<[string, ProcessArgs, ProcessAnswer, ProcessState['unit'], readonly string[]]>([
    [
      'nothing is wrong',
      { selector: 'worker:1', remedy: 'start', unit: 'worker' },
      answer([one]),
      worker,
      [],
    ],
    [
      'too few',
      { selector: 'worker:1-', remedy: 'start', unit: 'worker' },
      none,
      worker,
      ['start worker.service'],
    ],
    [
      'too many: their units',
      { selector: 'worker:-0', remedy: 'stop' },
      answer([one]),
      null,
      ['stop worker.service'],
    ],
    [
      'a sign: their units',
      { name: 'worker', signs: ['deleted'], remedy: 'restart' },
      answer([{ ...one, isDeleted: true }]),
      null,
      ['restart worker.service'],
    ],
    [
      'too many: all of them',
      { selector: 'worker:-0', remedy: 'signal', allow: ['worker'] },
      answer([one]),
      null,
      ['send TERM to worker 10 (/usr/bin/worker)'],
    ],
    [
      'too many: those outside of the unit',
      { selector: 'worker:1', remedy: 'signal', unit: 'worker', allow: ['/usr/bin/worker'], signal: 'KILL' },
      answer([one, stray]),
      worker,
      ['send KILL to worker 11 (/usr/bin/worker)'],
    ],
  ])('%s', (_case, args, seen, unit, what) => {
    expect(plan(args, seen, unit).map((change) => change.what)).toEqual(what);
  });

  test.each<[string, ProcessArgs, ProcessAnswer, ProcessState['unit'], Partial<CannotPlan>]>([
    [
      'nothing is to be done',
      { selector: 'worker:1-' },
      none,
      null,
      { message: 'worker: there are 0, wanted at least 1' },
    ],
    [
      'no unit to start',
      { selector: 'worker:1-', remedy: 'start' },
      none,
      null,
      { next: 'name the `unit` that is to be started' },
    ],
    [
      'no such unit',
      { selector: 'worker:1-', remedy: 'start', unit: 'worker' },
      none,
      { ...worker, load: 'not-found' },
      { message: 'there is no unit worker that could be started', missing: 'unit:worker' },
    ],
    [
      'start against too many',
      { selector: 'worker:-0', remedy: 'start', unit: 'worker' },
      answer([one]),
      worker,
      { next: '`remedy: start` is no help against that' },
    ],
    [
      'in no service',
      { selector: 'worker:-0', remedy: 'stop' },
      answer([stray]),
      null,
      { next: 'worker 11 (/usr/bin/worker) is in no service: name the `unit`' },
    ],
    [
      'not allowed',
      { selector: 'worker:-0', remedy: 'signal', allow: ['other'] },
      answer([one]),
      null,
      { next: 'worker 10 (/usr/bin/worker) may get no signal: add its path or name to `allow`' },
    ],
    [
      'which may stay',
      { selector: 'worker:1', remedy: 'signal', allow: ['worker'] },
      answer([one, stray]),
      null,
      {
        next: 'it is not said which of them may stay: name the `unit` that they should be in, or `count: "-0"`',
      },
    ],
    [
      'what the connection hangs on',
      { selector: 'worker:-0', remedy: 'signal', allow: ['worker'] },
      answer([{ ...one, pid: 99 }]),
      null,
      { next: 'worker 99 (/usr/bin/worker) is what this host or this connection runs by: it gets no signal' },
    ],
    [
      'no such user',
      { user: 'x' },
      { ...none, userExists: false },
      null,
      { message: 'there is no user x', missing: 'user:x' },
    ],
    [
      'no SELinux',
      { setype: 'x_t' },
      { ...none, hasSelinux: false },
      null,
      { message: 'the host has no SELinux, so that no process has a type' },
    ],
  ])('refused: %s', (_case, args, seen, unit, expected) => {
    expect(refusal(() => plan(args, seen, unit))).toMatchObject(expected);
  });

  test('scripts and undo', () => {
    const start = plan({ selector: 'worker:1-', remedy: 'start', unit: 'worker' }, none, worker)[0];
    expect(start).toMatchObject({
      apply: {
        text: 'systemctl reset-failed -- worker.service 2>/dev/null\nsystemctl start -- worker.service || exit 1',
      },
      undo: { text: 'systemctl stop -- worker.service || exit 1' },
      touches: ['process:all', 'unit:worker.service'],
    });
    const service: ScriptService = {
      manager: 'openrc',
      name: 'worker',
      exists: true,
      running: false,
      enabled: false,
      script: '/etc/init.d/worker',
      runlevels: [],
    };
    expect(
      plan({ selector: 'worker:1-', remedy: 'start', unit: 'worker' }, none, service)[0]?.apply.text,
    ).toBe('rc-service worker start || exit 1');
    expect(
      plan({ selector: 'worker:1-', remedy: 'start', unit: 'worker' }, none, {
        ...service,
        manager: 'sysv',
      })[0]?.apply.text,
    ).toBe('/etc/init.d/worker start || exit 1');
    expect(
      plan(
        { name: 'worker', signs: ['deleted'], remedy: 'restart' },
        answer([{ ...one, isDeleted: true }]),
      )[0]?.undo,
    ).toHaveProperty('impossible');
  });

  test.each([
    ['/system.slice/sshd.service', 'sshd.service'],
    ['/system.slice/system-getty.slice/getty@tty1.service', 'getty@tty1.service'],
    ['/system.slice/docker.service/x', 'docker.service'],
    ['/user.slice/user-1000.slice/user@1000.service/app.slice/x.service', null],
    ['/user.slice/user-0.slice/session-3.scope', null],
    ['/', null],
    [null, null],
  ])('%s is in %s', (cgroup, unit) => {
    expect(unitOf({ ...one, cgroup })).toBe(unit);
  });
});

describe('real processes', () => {
  const root = scratch();
  // Programs of it are run by others too.
  chmodSync(root, 0o755);
  const started: ChildProcess[] = [];

  /** A program that waits, under a name of its own; it reads what never comes. */
  async function begin(
    name: string,
    options: { uid?: number; gid?: number } = {},
  ): Promise<{ pid: number; exe: string }> {
    const exe = join(root, name);
    copyFileSync('/bin/cat', exe);
    const child = spawn(exe, [], { stdio: ['pipe', 'pipe', 'ignore'], ...options });
    started.push(child);
    // It echoes once it is the program that it shall be.
    child.stdin?.write('x');
    await once(child.stdout as NonNullable<typeof child.stdout>, 'data');
    return { pid: child.pid as number, exe };
  }

  afterEach(async () => {
    for (const child of started.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const over = once(child, 'exit');
      child.kill('SIGKILL');
      await over;
    }
  });

  const pidsOf = (seen: ProcessAnswer | undefined) => seen?.looks[0]?.processes.map(({ pid }) => pid);

  test.each(shells)('found by name, program and user, all at once on %s', async (shell) => {
    const long = await begin('fettle-long-name-of-a-program');
    const odd = await begin('a) S 1 2\n9 (b');
    const [byName, byShort, byExe, byUser, byOther, oddly, everyone, unknown] = look(shell, processFact, [
      { ...any, name: 'fettle-long-name-of-a-program' },
      { ...any, name: 'fettle-long-nam' },
      { ...any, exe: long.exe },
      { ...any, exe: long.exe, user: String(process.getuid?.()) },
      { ...any, exe: long.exe, user: '4242' },
      { ...any, name: 'a) S 1 2?9 (b' },
      any,
      { ...any, user: 'fettle-nobody' },
    ]);
    for (const seen of [byName, byShort, byExe, byUser]) expect(pidsOf(seen)).toEqual([long.pid]);
    expect(pidsOf(byOther)).toEqual([]);
    expect(pidsOf(oddly)).toEqual([odd.pid]);
    expect(byName?.looks[0]?.processes[0]).toMatchObject({
      parent: process.pid,
      name: 'fettle-long-nam',
      exe: long.exe,
      uid: process.getuid?.(),
      isDeleted: false,
    });
    expect(pidsOf(everyone)).toEqual(expect.arrayContaining([long.pid, odd.pid, process.pid]));
    expect(everyone?.looks[0]?.processes.filter(({ name }) => name === 'kthreadd')).toEqual([]);
    expect(unknown?.userExists).toBe(false);
    expect(byName?.askers).toContain(process.pid);
  });

  test.each(shells)('a program that was replaced since on %s', async (shell) => {
    const { pid, exe } = await begin('fettle-old');
    copyFileSync('/bin/cat', `${exe}.new`);
    renameSync(`${exe}.new`, exe);
    const [seen] = look(shell, processFact, [{ ...any, exe }]);
    expect(seen?.looks[0]?.processes).toMatchObject([{ pid, exe, isDeleted: true }]);
    unlinkSync(exe);
  });

  test.runIf(process.getuid?.() === 0).each(shells)(
    'group 0 without user 0 on %s (needs root)',
    async (shell) => {
      await begin('fettle-gid', { uid: 65_534, gid: 0 });
      const state = probeHere(
        shell,
        processModule.probe({ name: 'fettle-gid', signs: ['gid0'], recheck: 0 }),
      );
      expect(state.seen.looks[0]?.processes).toMatchObject([{ uid: 65_534, hasGroup0: true }]);
    },
  );

  test('it is looked at a second time only where something is wrong', async () => {
    await begin('fettle-two');
    const looks = (subject: Partial<ProcessSubject>) =>
      look('dash', processFact, [{ ...any, name: 'fettle-two', ...subject }])[0]?.looks.length;
    expect(looks({ min: 1, max: 1, recheck: 1 })).toBe(1);
    expect(looks({ max: 0, recheck: 1 })).toBe(2);
    expect(looks({ min: 2, recheck: 1 })).toBe(2);
    expect(looks({ min: 2 })).toBe(1);
    expect(looks({ interval: 1 })).toBe(2);
    unlinkSync(join(root, 'fettle-two'));
    expect(looks({ signs: ['deleted'], recheck: 1 })).toBe(2);
    const leave = (...exempt: string[]) => looks({ signs: ['deleted'], recheck: 1, exempt });
    expect(leave('another', '/another', '4242')).toBe(2);
    expect([leave('fettle-two'), leave(join(root, 'fettle-two')), leave(String(process.getuid?.()))]).toEqual(
      [1, 1, 1],
    );
  });

  test.runIf(canCountForks)('forks do not grow with rules (needs strace)', () => {
    const few = countForks('dash', processFact.ask([any]));
    const many = countForks(
      'dash',
      processFact.ask(Array.from({ length: 10 }, (_, index) => ({ ...any, name: `n${index}` }))),
    );
    expect(many).toBe(few);
    expect(few).toBeLessThanOrEqual(8);
  });

  test.each(shells)('a signal reaches the very process that was seen on %s', async (shell) => {
    const { pid } = await begin('fettle-sig');
    const child = started.at(-1) as ChildProcess;
    const args: ProcessArgs = {
      selector: 'fettle-sig:-0',
      recheck: 0,
      remedy: 'signal',
      allow: ['fettle-sig'],
    };
    const before = probeHere(shell, processModule.probe(args));
    const [mine] = before.seen.looks[0]?.processes ?? [];
    const aged = {
      ...before,
      seen: { ...before.seen, looks: [{ uptime: 1, processes: [{ ...(mine as Process), startedAt: 1 }] }] },
    };
    const missed = makeHere(shell, processModule.plan(args, aged));
    missed.forget();
    expect(missed).toMatchObject({ code: 0, stderr: '' });
    expect(spawnSync('kill', ['-0', String(pid)]).status).toBe(0);

    const over = once(child, 'exit');
    const made = makeHere(shell, processModule.plan(args, before));
    made.forget();
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(await over).toEqual([null, 'SIGTERM']);
    const after = probeHere(shell, processModule.probe(args));
    expect(processModule.proven?.(args, before, after)).toBe(true);
  });
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
