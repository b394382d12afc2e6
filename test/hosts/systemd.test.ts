import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ended } from '../run/ended.ts';
import { Fleet, type FleetRun } from '../run/harness.ts';
import { startLab, type Lab } from './lab.ts';
import type { LabHost } from './lab_host.ts';
import { installed, labMissing } from './lab_requirements.ts';
import { systemdHost, type SystemdHost } from './systemd_host.ts';

const execute = promisify(execFile);
const missing = labMissing() ?? (installed('ssh') ? null : 'ssh');
const title = `hosts that systemd runs${missing === null ? '' : ` (not run: needs ${missing})`}`;
const units = join(import.meta.dirname, 'fixtures', 'units');
const name = 'systemd1';
const patience = { timeout: 20_000 };

/** How a unit is, without what differs at each start. */
const unitState = (unit: string) =>
  `systemctl show -p LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload,DropInPaths ${unit}; find /etc/systemd/system -printf '%p %l %m\\n' | sort`;

describe.runIf(missing === null)(title, { timeout: 120_000 }, () => {
  let lab: Lab;
  let fleet: Fleet;
  let host: SystemdHost;

  beforeAll(async () => {
    lab = await startLab({ debian: 0, systemd: 2 });
    fleet = new Fleet(await mkdtemp(join(tmpdir(), 'fettle-systemd-')), [], lab.inventory);
    host = systemdHost(lab, lab.hosts[0] as LabHost);
    for (const file of await readdir(units))
      await host.write(`/etc/systemd/system/${file}`, await readFile(join(units, file), 'utf8'));
    await host.run('systemctl daemon-reload');
  }, 600_000);

  afterAll(async () => {
    await lab?.stop();
    await fleet?.close();
  });

  const play = (tasks: string, options: FleetRun = {}): Promise<Ended> =>
    fleet.run(`- hosts: ${name}\n  tasks:\n${tasks.trim().replaceAll(/^/gm, '    ')}\n`, options);
  const told = (ended: Ended): string =>
    ended
      .tasks(name)
      .map(({ task, status, message, detail }) => [task, status, message, detail].filter(Boolean).join(': '))
      .join('\n');

  interface Cycle {
    readonly tasks: string;
    /** A script whose output tells the state. */
    readonly look: string;
    /** What the look shows after the run. */
    readonly made: string | RegExp;
    /** Asked before the undo. */
    readonly then?: () => Promise<void>;
  }

  /** Runs, runs a second time without a change, and takes it back: all is as it was. */
  const cycle = async ({ tasks, look, made, then }: Cycle): Promise<Ended> => {
    const before = await host.run(look);
    const ended = await play(tasks);
    expect(ended.exit, told(ended)).toBe(0);
    expect(ended.changes(name).length).toBeGreaterThan(0);
    const after = await host.run(look);
    expect(after).toMatch(made);
    await then?.();
    const again = await play(tasks);
    expect(again.exit, told(again)).toBe(0);
    expect(again.changes(name)).toEqual([]);
    expect(await host.run(look)).toBe(after);
    const undone = await fleet.undo(ended.run);
    expect(undone.exit, told(undone)).toBe(0);
    expect(await host.run(look)).toBe(before);
    return ended;
  };

  describe('the host itself', () => {
    test('systemd runs it, no unit has failed, the bus answers', async () => {
      expect((await host.login('root', 'systemctl is-system-running --wait')).stdout).toBe('running\n');
      expect(await host.run('systemctl list-units --failed --no-legend')).toBe('');
      expect(
        await host.run(
          'busctl call org.freedesktop.DBus / org.freedesktop.DBus GetNameOwner s org.freedesktop.login1',
        ),
      ).toMatch(/^s ":1\.\d+"\n$/);
    });

    test('a login is a session of logind, in a slice of its user', async () => {
      const { stdout } = await host.login(
        'ops',
        'loginctl show-session "$XDG_SESSION_ID" -p Name -p Service -p State; cat /proc/self/cgroup',
      );
      expect(stdout).toContain('Name=ops\nService=sshd\nState=active\n');
      expect(stdout).toMatch(/^\d+:name=systemd:\/user\.slice\/user-1000\.slice\/session-\d+\.scope$/m);
    });

    test('two hosts share no cgroup', async () => {
      const groups = await Promise.all(
        lab.hosts.map(async (one) => readFile(`/proc/${await systemdHost(lab, one).first()}/cgroup`, 'utf8')),
      );
      const own = groups.map((text) => /:name=systemd:(.*)$/m.exec(text)?.[1]);
      const lying = basename(dirname(lab.inventory));
      expect(own).toEqual([1, 2].map((n) => `/${lying}-systemd${n}/payload/init.scope`));
    });
  });

  describe('`systemd`', () => {
    const task = (args: string) => `- systemd: { settle: 0.3, ${args} }`;

    test.each([
      ['start', 'name: lab-ok, state: started', /ActiveState=active/],
      ['enable', 'name: lab-ok, enabled: true', /UnitFileState=enabled/],
      ['start and enable', 'name: lab-ok.service, state: started, enabled: true', /=active[^]*=enabled/],
      ['mask', 'name: cron, masked: true', /LoadState=masked/],
    ])('%s', async (_what, args, made) => {
      const unit = /name: ([a-z-]+)/.exec(args)?.[1] ?? '';
      await cycle({ tasks: task(args), look: unitState(unit), made });
    });

    test('stop, disable and mask together; undo has it up, enabled and unmasked again', async () => {
      await host.run('systemctl -q enable --now cron');
      await cycle({
        tasks: task('name: cron, state: stopped, enabled: false, masked: true'),
        look: unitState('cron'),
        made: /LoadState=masked\nActiveState=inactive/,
      });
      expect(await host.run('systemctl is-active cron')).toBe('active\n');
      await host.run('systemctl -q disable --now cron');
    });

    test('an instance is started and enabled, and taken back', async () => {
      await cycle({
        tasks: task('name: lab-many@1, state: started, enabled: true'),
        look: unitState('lab-many@1'),
        made: /=active[^]*=enabled[^]*wants\/lab-many@1\.service/,
      });
    });

    test.each([
      ['masked', 'mask', 'name: cron, masked: false', /LoadState=loaded/],
      ['enabled', 'enable', 'name: cron, enabled: false', /UnitFileState=disabled/],
    ])('%s for good and until the next boot: both go', async (_what, verb, args, made) => {
      await host.run(`systemctl -q ${verb} cron; systemctl -q ${verb} --runtime cron`);
      await cycle({ tasks: task(args), look: unitState('cron'), made });
      await host.run(
        'systemctl -q unmask cron; systemctl -q disable cron; find /run/systemd -name "cron.service" -type l',
      );
      expect(await host.run('find /run/systemd/system /etc/systemd/system -name cron.service')).toBe('');
    });

    test.each(['enabled: false', 'masked: true'])('%s is refused by another name', async (args) => {
      const before = await host.run(unitState('sshd'));
      expect(before).toContain('/etc/systemd/system/sshd.service /lib/systemd/system/ssh.service');
      const ended = await play(task(`name: sshd, ${args}`));
      expect(ended.line(name)).toEqual(['systemd: failed']);
      expect(told(ended)).toContain('sshd.service is another name of ssh.service');
      expect(await host.run(unitState('sshd'))).toBe(before);
    });

    test('restart and reload always change; a reload leaves the process', async () => {
      await host.run('systemctl start lab-ok');
      const look = 'systemctl show -p MainPID lab-ok; wc -l </run/lab-ok.reloads';
      const before = await host.run(look);
      const reloaded = await play(task('name: lab-ok, state: reloaded'));
      expect(reloaded.line(name), told(reloaded)).toEqual(['systemd: changed']);
      await expect.poll(() => host.run(look), patience).toBe(before.replace(/0\n$/, '1\n'));
      const restarted = await play(task('name: lab-ok, state: restarted'));
      expect(restarted.line(name), told(restarted)).toEqual(['systemd: changed']);
      expect(await host.run('systemctl show -p MainPID lab-ok')).not.toBe(before.split('\n')[0]);
      const undone = await fleet.undo(restarted.run);
      expect(undone.exit).toBe(2);
      expect(await host.run('systemctl is-active lab-ok; systemctl stop lab-ok')).toBe('active\n');
    });

    test.each([
      ['lab-ok', 'lab-ok.service.d'],
      ['lab-many@1', 'lab-many@1.service.d'],
      ['lab-many@1', 'lab-many@.service.d'],
    ])('a file of %s in %s is read with `daemon_reload`, and once is enough', async (unit, folder) => {
      const own = `/etc/systemd/system/${folder}`;
      await host.run(`systemctl start ${unit}`);
      const reload = `systemd: { name: ${unit}, daemon_reload: true }`;
      // systemd does not see that by itself, since the folder is new; a login in between would let it look.
      const ended = await play(`
- file: { path: ${own}, state: directory }
- copy: { dest: ${own}/nice.conf, content: "[Service]\\nNice=5\\n" }
- command: { cmd: "systemctl show -p NeedDaemonReload ${unit}", reads: true }
- ${reload}`);
      expect(ended.line(name), told(ended)).toEqual([
        'file: changed',
        'copy: changed',
        'command: ok',
        'systemd: changed',
      ]);
      expect(ended.task('command', name).output).toBe('NeedDaemonReload=no\n');
      expect(await host.run(`systemctl show -p Nice --value ${unit}`)).toBe('5\n');
      expect((await play(`- ${reload}`)).line(name)).toEqual(['systemd: ok']);
      await host.run(`systemctl stop ${unit}; rm -r ${own}; systemctl daemon-reload`);
    });

    test.each([
      ['dies after 0.7 s', 'lab-short', 'lab-short.service failed: result exit-code, '],
      ['dies and is started again', 'lab-again', /lab-again\.service died.*; see: journalctl -u lab-again/],
      ['refuses to start', 'lab-refuses', 'the port is taken'],
      ['hangs in its start', 'lab-hang', /timeout|timed out/i],
    ])('a unit that %s fails the task', async (_what, unit, seen) => {
      const ended = await play(`- systemd: { name: ${unit}, state: started, settle: 1.5 }`);
      expect(ended.line(name)).toEqual(['systemd: failed']);
      expect(told(ended)).toMatch(seen);
      expect(ended.exit).toBe(2);
      // Whenever it is looked at: one that is started anew is up most of the time.
      const again = await play(`- systemd: { name: ${unit}, state: started, settle: 1.5 }`, { check: true });
      expect(again.line(name)).not.toEqual(['systemd: ok']);
      const undone = await fleet.undo(ended.run);
      expect(undone.exit, told(undone)).toBe(0);
      expect(await host.run(`systemctl is-active ${unit} || true`)).toMatch(/^(inactive|failed)\n$/);
      await host.run(`systemctl reset-failed ${unit} 2>/dev/null || true`);
    });

    describe('restarted only where it is out of date', () => {
      const began = async () => host.run('systemctl show -p ExecMainStartTimestampMonotonic lab-ok');
      const twice = async (tasks: string, reason: RegExp) => {
        const before = await began();
        const look = await play(tasks, { check: true });
        expect(look.line(name), told(look)).toEqual(['systemd: changed']);
        expect(await began()).toBe(before);
        const ended = await play(tasks);
        expect(ended.line(name), told(ended)).toEqual(['systemd: changed']);
        expect(String(ended.changes(name)[0]?.what)).toMatch(reason);
        const after = await began();
        expect(after).not.toBe(before);
        const again = await play(tasks);
        expect(again.line(name), told(again)).toEqual(['systemd: ok']);
        expect(await began()).toBe(after);
      };

      test('than another unit, by when both began', async () => {
        await host.run('systemctl start lab-ok; systemctl restart cron');
        await twice(
          task('name: lab-ok, state: restarted, older_than: [cron]'),
          /^restart lab-ok\.service: it began [\d.]+ s before cron\.service did$/,
        );
        await host.run('systemctl stop cron');
      });

      test('than a file that was written just now', async () => {
        await host.run('systemctl start lab-ok; sleep 0.1; echo new >/etc/lab-ok.conf');
        await twice(
          task('name: lab-ok, state: restarted, older_than: [/etc/lab-ok.conf, /etc/lab-none.conf]'),
          /before \/etc\/lab-ok\.conf was changed$/,
        );
        await host.run('rm /etc/lab-ok.conf');
      });

      test('than the program that it runs', async () => {
        await host.run(
          'systemctl stop lab-ok; cp /bin/sleep /usr/local/bin/lab-sleep; mkdir -p /etc/systemd/system/lab-ok.service.d',
        );
        await host.write(
          '/etc/systemd/system/lab-ok.service.d/own.conf',
          '[Service]\nType=exec\nExecStartPost=\nExecStart=\nExecStart=/usr/local/bin/lab-sleep infinity\n',
        );
        await host.run(
          'systemctl daemon-reload; systemctl start lab-ok; rm /usr/local/bin/lab-sleep; cp /bin/sleep /usr/local/bin/lab-sleep',
        );
        await twice(
          task('name: lab-ok, state: restarted, executable_replaced: true'),
          /^restart lab-ok\.service: \/usr\/local\/bin\/lab-sleep was replaced or removed since it began$/,
        );
        await host.run(
          'systemctl stop lab-ok; rm -r /etc/systemd/system/lab-ok.service.d /usr/local/bin/lab-sleep; systemctl daemon-reload',
        );
      });
    });

    describe('units of a user', () => {
      const unitText = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=default.target\n';
      const asOps = (args: string) => `${task(`scope: user, ${args}`)}\n  become: true\n  become_user: ops`;
      const own =
        'su ops -s /bin/sh -c "XDG_RUNTIME_DIR=/run/user/1000 systemctl --user show -p ActiveState,UnitFileState lab-own"';

      test('without a systemd of the user’s own, what brings one is told', async () => {
        await host.run('loginctl disable-linger ops; systemctl stop user@1000 user-runtime-dir@1000');
        const ended = await play(asOps('name: lab-own, state: started'));
        expect(ended.line(name)).toEqual(['systemd: failed']);
        expect(ended.record()).toContain('as root: loginctl enable-linger ops');
      });

      test('are started and enabled by the user’s own, which lingers, and taken back', async () => {
        const folder = '/home/ops/.config/systemd/user';
        await host.run(
          `loginctl enable-linger ops; install -d -o ops ${folder}; chown -R ops /home/ops/.config`,
        );
        await host.write(`${folder}/lab-own.service`, unitText);
        await expect.poll(() => host.run('systemctl is-active user@1000 || true'), patience).toBe('active\n');
        await cycle({
          tasks: asOps('name: lab-own, daemon_reload: true, state: started, enabled: true'),
          look: own,
          made: 'ActiveState=active\nUnitFileState=enabled\n',
        });
        await host.run(`rm -r /home/ops/.config; loginctl disable-linger ops`);
      });
    });

    test('what is told of a unit: since when, its drop-ins', async () => {
      await host.run('systemctl start lab-ok; mkdir -p /etc/systemd/system/lab-ok.service.d');
      const dropIn = '/etc/systemd/system/lab-ok.service.d/nice.conf';
      await host.write(dropIn, '[Service]\nNice=5\n');
      const ended = await play(`
- systemd: { name: lab-ok, daemon_reload: true, settle: 0 }
- systemd: { name: lab-ok }
  register: seen
- debug: { msg: "{{ seen.status.DropInPaths.[0] }} {{ seen.status.ExecMainStartTimestampMonotonic }}" }`);
      const monotonic = (
        await host.run('systemctl show -p ExecMainStartTimestampMonotonic --value lab-ok')
      ).trim();
      expect(ended.said(name), told(ended)).toEqual([`${dropIn} ${monotonic}`]);
      await host.run(
        'systemctl stop lab-ok; rm -r /etc/systemd/system/lab-ok.service.d; systemctl daemon-reload',
      );
    });

    test('a unit that hangs for ever is left when the time of the task is over', async () => {
      const ended = await play('- systemd: { name: lab-hang-ever, state: started }\n  timeout: 2');
      expect(ended.line(name)).toEqual(['systemd: failed']);
      const undone = await fleet.undo(ended.run);
      expect(undone.exit, told(undone)).toBe(0);
      expect(await host.run('systemctl is-active lab-hang-ever || true')).toBe('inactive\n');
    });

    test('check mode tells and changes nothing', async () => {
      const before = await host.run(unitState('lab-ok'));
      const ended = await play(task('name: lab-ok, state: started, enabled: true'), {
        check: true,
        exitCode: true,
      });
      expect(ended.line(name)).toEqual(['systemd: changed']);
      expect(ended.exit).toBe(3);
      expect(await host.run(unitState('lab-ok'))).toBe(before);
    });
  });

  describe('units, timers and jobs', () => {
    test('a drop-in of `systemd_unit` is read at once, and taken back', async () => {
      await host.run('mkdir -p /etc/systemd/system/cron.service.d');
      await cycle({
        tasks: `
- systemd_unit: { name: cron.service, drop_in: nice, content: "[Service]\\nNice=7\\n" }`,
        look: `${unitState('cron')}; systemctl show -p Nice cron`,
        made: /Nice=7/,
      });
    });

    test.each([
      ['Execstart=/bin/true', /Execstart/],
      ['ExecStart=/no/such/program', /no\/such\/program/],
      ['ExecStart=relative "', /relative/],
    ])('systemd itself refuses %s, which is quoted, and nothing is written', async (line, said) => {
      const content = JSON.stringify(`[Service]\n${line}\n`);
      const ended = await play(`- systemd_unit: { name: lab-bad.service, content: ${content} }`);
      expect(ended.line(name)).toEqual(['systemd_unit: failed']);
      expect(told(ended)).toMatch(said);
      expect(await host.run('ls /etc/systemd/system/lab-bad.service 2>/dev/null || echo none')).toBe(
        'none\n',
      );
    });

    test('a drop-in that is refused leaves no folder behind', async () => {
      const ended = await play(
        '- systemd_unit: { name: lab-ok.service, drop_in: bad, content: "[Service]\\nNicee=3\\n" }',
      );
      expect(ended.line(name)).toEqual(['systemd_unit: failed']);
      expect(told(ended)).toContain('Nicee');
      expect(await host.run('ls /etc/systemd/system | grep lab-ok')).toBe('lab-ok.service\n');
    });

    test('whether the unit is up meanwhile is nothing to a drop-in’s undo', async () => {
      await host.run('systemctl stop lab-ok');
      await cycle({
        tasks: '- systemd_unit: { name: lab-ok.service, drop_in: nice, content: "[Service]\\nNice=3\\n" }',
        look: 'find /etc/systemd/system -name "lab-ok*"; systemctl show -p Nice lab-ok',
        made: /Nice=3/,
        then: async () => void (await host.run('systemctl start lab-ok')),
      });
      expect(await host.run('systemctl is-active lab-ok; systemctl stop lab-ok')).toBe('active\n');
    });

    test('what a timer has started goes on when it is taken back', async () => {
      await cycle({
        tasks: '- systemd_timer: { name: lab-soon, on_boot_sec: 1, unit: lab-many@9.service }',
        look: `${unitState('lab-soon.timer')}`,
        made: /UnitFileState=enabled/,
        then: async () => {
          const isUp = () => host.run('systemctl is-active lab-many@9 || true');
          await expect.poll(isUp, patience).toBe('active\n');
        },
      });
      expect(await host.run('systemctl is-active lab-many@9; systemctl stop lab-many@9')).toBe('active\n');
    });

    test('a unit of our own is made, enabled and started', async () => {
      await cycle({
        tasks: `
- systemd_unit:
    name: lab-own.service
    sections:
      Service: { ExecStart: /bin/sleep infinity }
      Install: { WantedBy: multi-user.target }
- systemd: { name: lab-own, state: started, enabled: true, settle: 0.3 }`,
        look: unitState('lab-own'),
        made: /ActiveState=active[^]*UnitFileState=enabled/,
      });
    });

    test('`systemd_timer` waits for its next time, and goes with what it started', async () => {
      await cycle({
        tasks: `
- systemd_timer: { name: lab-night, on_calendar: "*-*-* 03:30", command: [/bin/echo, "it's $HOME 100%"] }
  register: night
- assert: { that: "night.next != null && night.active == 'active' && night.enabled", quiet: true }`,
        look: `${unitState('lab-night.timer')}; systemctl list-timers --all --no-legend lab-night.timer | wc -l`,
        made: /ActiveState=active\nSubState=waiting[^]*\n1\n$/,
        then: async () => {
          await host.run('systemctl start lab-night.service; journalctl --sync');
          expect(await host.run('journalctl -q -o cat -u lab-night.service')).toContain("it's $HOME 100%\n");
        },
      });
    });

    test('a calendar expression that systemd does not know is quoted', async () => {
      const ended = await play(
        '- systemd_timer: { name: lab-never, on_calendar: "Mon..Fry 25:00", command: [/bin/true] }',
      );
      expect(ended.line(name)).toEqual(['systemd_timer: failed']);
      expect(told(ended)).toContain('Mon..Fry 25:00');
      expect(await host.run('ls /etc/systemd/system | grep lab-never || true')).toBe('');
    });

    test('a timer without a time to come is refused, and not left behind', async () => {
      const ended = await play(
        '- systemd_timer: { name: lab-past, on_calendar: "2001-01-01 00:00", command: [/bin/true] }',
      );
      expect(ended.line(name)).toEqual(['systemd_timer: failed']);
      expect(told(ended)).toContain('no time that is still to come');
      expect((await fleet.undo(ended.run)).exit).toBe(0);
      expect(await host.run('ls /etc/systemd/system | grep lab-past || true')).toBe('');
    });

    test('`cron` keeps a job that the daemon takes up', async () => {
      await host.run('systemctl start cron');
      await cycle({
        tasks: '- cron: { name: tidy, user: ops, minute: "5", job: "echo 100\\\\% >>/tmp/tidy" }',
        look: 'crontab -l -u ops 2>&1 || true; ls -l --time-style=+ /var/spool/cron/crontabs',
        made: /^#Ansible: tidy\n5 \* \* \* \* echo 100\\% >>\/tmp\/tidy$/m,
      });
      await host.run('systemctl stop cron');
    });

    test('`hostname` is what hostnamectl and the kernel say', async () => {
      await cycle({
        tasks: '- hostname: { name: web1.example.com }',
        look: 'hostnamectl --static; hostname; ls -l --time-style=+ /etc/hostname; cat /etc/hostname',
        made: /^web1\.example\.com\nweb1\.example\.com\n/,
      });
    });
  });

  test('`process`: too few of a unit, and it is started', async () => {
    const tasks = '- process: { name: cron, count: 1, recheck: 0, remedy: start, unit: cron, settle: 5 }';
    await host.run('systemctl stop cron');
    await cycle({ tasks, look: 'systemctl is-active cron || true', made: 'active\n' });
    const ended = await play('- process: { selector: "cron:1-", recheck: 0 }');
    expect(ended.line(name)).toEqual(['process: failed']);
  });

  test('a new user logs in with its key, may what sudoers says, and is gone after the undo', async () => {
    const look =
      'cat /etc/passwd /etc/group /etc/shadow /etc/gshadow; ls -lnA --time-style=+ /home /home/kim /etc/sudoers.d 2>&1 || true';
    const open = await host.run('cat /home/ops/.ssh/authorized_keys');
    await cycle({
      tasks: `
- group: { name: crew, gid: 4100 }
- user: { name: kim, uid: 4101, group: crew, shell: /bin/bash, password: "*" }
- authorized_key: { user: kim, key: "${open.trim()}" }
- sudoers: { name: 10_crew, group: crew, commands: [/usr/bin/systemctl is-active cron] }`,
      look,
      made: /^kim:x:4101:4100:/m,
      then: async () => {
        expect(await host.login('kim', 'id -un; loginctl show-user kim -p Name --value')).toMatchObject({
          code: 0,
          stdout: 'kim\nkim\n',
        });
        expect((await host.login('kim', 'sudo -n systemctl is-active cron')).stdout).toBe('inactive\n');
        expect((await host.login('kim', 'sudo -n id')).code).toBe(1);
      },
    });
    expect((await host.login('kim', 'true')).code).toBe(255);
  });

  test('an option of sshd counts for the next login, and no longer after the undo', async () => {
    await host.write('/etc/lab-banner', 'who goes there?\n');
    const greeted = async () => (await host.login('root', 'true')).stderr;
    await cycle({
      tasks: '- sshd_config: { option: Banner, value: /etc/lab-banner, reload: true }',
      look: 'cat /etc/ssh/sshd_config; systemctl is-active ssh; systemctl show -p MainPID ssh',
      made: /^Banner \/etc\/lab-banner$/m,
      then: async () => expect.poll(greeted, patience).toContain('who goes there?'),
    });
    await expect.poll(greeted, patience).not.toContain('who goes there?');
  });

  test('a template restarts what reads it; so does its undo', async () => {
    await host.write('/etc/lab-reads.conf', 'by hand\n');
    await host.run('systemctl start lab-reads');
    const text = `- hosts: ${name}
  vars: { port: 8181 }
  tasks:
    - template: { src: reads.conf.hbs, dest: /etc/lab-reads.conf }
      notify: restart
  handlers:
    - { name: restart, systemd: { name: lab-reads, state: restarted, settle: 0.3 } }
`;
    await writeFile(join(fleet.folder, 'reads.conf.hbs'), 'port {{ port }}\n');
    const ended = await fleet.run(text);
    expect(ended.line(name), told(ended)).toEqual(['template: changed', 'restart: changed']);
    expect(await host.run('cat /run/lab-reads.read')).toBe('port 8181\n');
    expect((await fleet.run(text)).line(name)).toEqual(['template: ok']);
    const undone = await fleet.undo(ended.run);
    expect(undone.exit, told(undone)).toBe(0);
    expect(await host.run('cat /etc/lab-reads.conf /run/lab-reads.read')).toBe('by hand\nby hand\n');
    expect(await host.run('systemctl is-active lab-reads')).toBe('active\n');
  });

  describe('reboot', () => {
    const bootId = '{ cmd: cat /proc/sys/kernel/random/boot_id, reads: true }';

    test('where none is needed, neither check mode nor `when_needed` reboots', async () => {
      const tasks = `- command: ${bootId}\n- reboot: { when_needed: true }\n- command: ${bootId}`;
      for (const check of [true, false]) {
        const ended = await play(tasks, { check });
        expect(ended.line(name)).toEqual(['command: ok', 'reboot: ok', 'command: ok']);
        expect(ended.task('reboot', name).message).toBe('no reboot is needed');
        const [before, after] = ended.tasks(name).filter(({ output }) => output);
        expect(after?.output).toBe(before?.output);
      }
    });

    test('systemd brings down and up what is enabled, the play goes on, what lay in /run is gone', async () => {
      const mark = 'mkdir -p /run && echo pending >/run/reboot-required';
      await host.run(`${mark}; systemctl -q enable lab-reads; systemctl start cron`);
      const check = await play('- reboot: { when_needed: true }', { check: true });
      expect(check.line(name)).toEqual(['reboot: changed']);
      const ended = await play(`
- command: ${bootId}
- reboot: { when_needed: true, reboot_timeout: 60 }
- command: ${bootId}
- { name: still up, systemd: { name: lab-reads, state: started, enabled: true, settle: 0 } }
- { name: not by itself, systemd: { name: cron, state: stopped } }
- reboot: { when_needed: true }`);
      expect(ended.line(name), told(ended)).toEqual([
        'command: ok',
        'reboot: changed',
        'command: ok',
        'still up: ok',
        'not by itself: ok',
        'reboot: ok',
      ]);
      const [before, after] = ended.tasks(name).filter(({ output }) => output);
      expect(after?.output).toMatch(/^[0-9a-f-]{36}\n$/);
      expect(after?.output).not.toBe(before?.output);
    });
  });

  test('stop leaves no process, no mount, no cgroup and no file', async () => {
    const folder = dirname(lab.inventory);
    const spaces = await Promise.all(
      lab.hosts.map(async (one) => readlink(`/proc/${await systemdHost(lab, one).first()}/ns/pid`)),
    );
    await host.run(
      'systemd-run -q --unit=lab-stubborn sh -c "trap : TERM HUP INT; sleep 300 & while :; do wait; done"',
    );
    expect(await leftovers(folder, spaces)).toMatchObject({ processes: true, mounts: true, folder: true });
    await lab.stop();
    expect(await leftovers(folder, spaces)).toEqual({
      processes: false,
      cgroups: false,
      mounts: false,
      folder: false,
    });
  });
});

/** What can still be seen of a lab: processes of its hosts, mounts, cgroups, the folder itself. */
async function leftovers(folder: string, spaces: readonly string[]) {
  const processes = (await readdir('/proc')).filter((one) => /^\d+$/.test(one));
  const seen = await Promise.all(
    processes.map(async (pid) => [
      await readlink(`/proc/${pid}/ns/pid`).catch(() => ''),
      await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    ]),
  );
  const mounts = await Promise.all(
    processes.map((pid) => readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '')),
  );
  const { stdout: cgroups } = await execute('find', [
    '/sys/fs/cgroup',
    '-type',
    'd',
    '-name',
    `${basename(folder)}-*`,
  ]);
  return {
    processes: seen.some(([space = '', own = '']) => spaces.includes(space) || own.includes(folder)),
    cgroups: cgroups !== '',
    mounts: mounts.some((text) => text.includes(folder)),
    folder: existsSync(folder),
  };
}
