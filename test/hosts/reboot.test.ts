import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Event } from '../../engine/run/events.ts';
import type { Ended } from '../run/ended.ts';
import { Fleet, type FleetRun } from '../run/harness.ts';
import { startLab, type Lab } from './lab.ts';
import type { LabHost } from './lab_host.ts';
import { labMissing } from './lab_requirements.ts';

const missing = labMissing();
const title = `hosts that reboot${missing === null ? '' : ` (not run: needs ${missing})`}`;
const bootId = 'cat /proc/sys/kernel/random/boot_id';

describe.runIf(missing === null)(title, { timeout: 120_000 }, () => {
  let lab: Lab;
  let fleet: Fleet;

  beforeAll(async () => {
    lab = await startLab({ debian: 1, busybox: 1, systemd: 1 });
    const folder = await mkdtemp(join(tmpdir(), 'fettle-reboot-'));
    fleet = new Fleet(folder, [], lab.inventory);
  }, 600_000);

  afterEach(async () => {
    for (const host of lab.hosts) {
      await host.staysDown(false);
      await host.bootsIn(0);
    }
  });

  afterAll(async () => {
    await lab.stop();
    await fleet.close();
  });

  const host = (name: string): LabHost => lab.hosts.find((one) => one.name === name) as LabHost;
  const play = (hosts: string, tasks: string, options: FleetRun = {}): Promise<Ended> =>
    fleet.run(`- hosts: ${hosts}\n  tasks:\n${tasks.trim().replaceAll(/^/gm, '    ')}\n`, options);
  const ids = (ended: Ended, name: string): readonly string[] =>
    ended.tasks(name).flatMap(({ output }) => (output === undefined ? [] : [output.trim()]));
  const up = async (name: string): Promise<void> => {
    expect((await play(name, '- wait_for_connection: { timeout: 60, sleep: 0.1 }')).exit).toBe(0);
  };

  test.each(['debian1', 'busybox1', 'systemd1'])(
    '%s reboots, and the play goes on with what is new there',
    async (name) => {
      await host(name).bootsIn(1);
      const ended = await play(
        name,
        `
- command: { cmd: ${bootId}, reads: true }
- copy: { dest: /run/gone-with-the-boot, content: x }
- { name: again, reboot: { msg: "it's $(time)", reboot_timeout: 60 }, register: rebooted }
- command: { cmd: ${bootId}, reads: true }
- { name: looked at anew, copy: { dest: /run/gone-with-the-boot, content: x } }
- { debug: { msg: "{{ rebooted.rebooted }} {{ rebooted.changed }}" } }
- { assert: { that: "rebooted.elapsed < 60", quiet: true } }
`,
      );
      expect(ended.line(name)).toEqual([
        'command: ok',
        'copy: changed',
        'again: changed',
        'command: ok',
        'looked at anew: changed',
        'debug: ok',
        'assert: ok',
      ]);
      const [before, after] = ids(ended, name);
      expect(before).toMatch(/^[0-9a-f-]{36}$/);
      expect(after).toMatch(/^[0-9a-f-]{36}$/);
      expect(after).not.toBe(before);
      expect(ended.said(name)).toEqual(['true true']);
      expect(ended.exit).toBe(0);
      expect(ended.changes(name).map(({ impossible }) => impossible)).toContain(
        'a reboot cannot be taken back',
      );
      if (name === 'debian1')
        expect(await readFile(`${await host(name).files()}/var/log/shutdown`, 'utf8')).toBe("it's $(time)\n");
      const told = ended.events.filter((event) => event.event === 'waiting');
      expect(told[0]).toMatchObject({ host: name, task: 'reboot', limit: 60 });
    },
  );

  test('a host that comes back with another kernel than the expected one has failed, and the play goes no further', async () => {
    const ended = await play(
      'debian1',
      `
- { name: it, reboot: { kernel: 0.0.1-lab }, ignore_errors: true, register: rebooted }
- { debug: { msg: "{{ rebooted.rebooted }} {{ rebooted.kernel }} {{ facts.kernel.release }}" } }
- { name: not again, reboot: { kernel: "{{ rebooted.kernel }}", when_needed: true } }
- { name: once more, reboot: { kernel: 0.0.1-lab, when_needed: true } }
`,
    );
    const [said = ''] = ended.said('debian1');
    const [, running = ''] = /^true (\S+) \1$/.exec(said) ?? [];
    expect(running).toMatch(/^\d/);
    const message = `the host came back with the kernel ${running}, expected 0.0.1-lab`;
    expect(ended.task('it', 'debian1')).toMatchObject({ status: 'ignored', message });
    expect(ended.task('not again', 'debian1')).toMatchObject({
      status: 'ok',
      message: `no reboot is needed: ${running} runs`,
    });
    expect(ended.task('once more', 'debian1')).toMatchObject({ status: 'failed', message });
  });

  test('systemd is waited for, and the units that failed are told', async () => {
    const units = `${await host('systemd1').files()}/etc/systemd/system`;
    await writeFile(
      `${units}/lab-late.service`,
      '[Service]\nType=oneshot\nExecStart=/bin/sh -c "sleep 2; exit 3"\n[Install]\nWantedBy=multi-user.target\n',
    );
    const ended = await play(
      'systemd1',
      `
- command: systemctl enable lab-late.service
- { reboot: { settled: true, reboot_timeout: 60 }, register: rebooted }
- { debug: { msg: "{{ rebooted.system }} {{ json rebooted.failed_units }}" } }
- command: systemctl disable lab-late.service
- file: { path: /etc/systemd/system/lab-late.service, state: absent }
`,
    );
    expect(ended.said('systemd1')).toEqual([expect.stringMatching(/^degraded .*"lab-late\.service"/)]);
    expect(ended.exit).toBe(0);
  });

  test('facts and arguments that were made of them are those of the host as it came back', async () => {
    const ended = await play(
      'debian1',
      `
- copy: { dest: /run/name, content: "{{ facts.os.version }}" }
- command: sed -i 's/^VERSION_ID=.*/VERSION_ID="99"/' /etc/os-release
  changed_when: "false"
- reboot:
- { name: made of it, command: { cmd: "echo {{ facts.os.version }}", reads: true } }
- command: sed -i 's/^VERSION_ID=.*/VERSION_ID="12"/' /etc/os-release
`,
    );
    expect(ended.task('made of it', 'debian1').output).toBe('99\n');
  });

  test('a host that does not come back is told with what was seen last; others go on', async () => {
    await host('busybox1').staysDown(true);
    const ended = await play(
      'all',
      `
- reboot: { reboot_timeout: 4 }
  when: inventory_hostname == 'busybox1'
- { name: after, command: { cmd: "true", reads: true } }
`,
    );
    expect(ended.line('debian1')).toEqual(['reboot: skipped', 'after: ok']);
    expect(ended.line('busybox1')).toEqual(['reboot: unreachable']);
    const { message, next } = ended.task('reboot', 'busybox1');
    expect(message).toMatch(/^busybox1 was not back within 4 s; seen last, after \d+ s: .*refused/);
    expect(next).toContain('console');
    expect(ended.host('busybox1')).toMatchObject({ status: 'unreachable', message });
    expect(ended.exit).toBe(4);
    await host('busybox1').staysDown(false);
    await up('busybox1');
  });

  test('wait_for_connection begins while the host is down: nothing is asked of it before', async () => {
    await host('debian1').staysDown(true);
    await play('debian1', '- shell: (sleep 0.2; shutdown -r -- now x) >/dev/null 2>&1 &');
    const hostname = `${await host('debian1').files()}/etc/hostname`;
    await expect.poll(() => existsSync(hostname), { timeout: 20_000 }).toBe(false);
    let letUp: Promise<void> | undefined;
    const ended = await play(
      'debian1',
      `
- wait_for_connection: { timeout: 90, sleep: 0.2 }
  register: waited
- { name: then, command: { cmd: "true", reads: true } }
- { debug: { msg: "{{ facts.os.id }} {{ waited.changed }}" } }
`,
      {
        onEvent: (event: Event) => {
          const isSeenDown = event.event === 'waiting' && /refused/.test(event.why);
          if (isSeenDown) letUp ??= host('debian1').staysDown(false);
        },
      },
    );
    expect(letUp).toBeDefined();
    expect(ended.line('debian1')).toEqual(['wait_for_connection: ok', 'then: ok', 'debug: ok']);
    expect(ended.said('debian1')).toEqual(['debian false']);
  });

  test('a command that cannot reboot is told at once, and the host stays as it is', async () => {
    const ended = await play(
      'debian1',
      `
- { name: no, reboot: { reboot_command: "echo 'not today' >&2; exit 3" }, ignore_errors: true }
- { name: here, command: { cmd: "true", reads: true } }
`,
    );
    expect(ended.task('no', 'debian1')).toMatchObject({
      status: 'ignored',
      message: 'the host was not rebooted: not today',
    });
    expect(ended.task('here', 'debian1').status).toBe('ok');
  });

  test('a command that does nothing, and a test that fails, are seen when the time is over', async () => {
    const ended = await play(
      'all',
      `
- reboot: { reboot_command: ":", reboot_timeout: 3 }
  when: inventory_hostname == 'busybox1'
- reboot: { test_command: "echo not yet; exit 4", reboot_timeout: 12 }
  when: inventory_hostname == 'debian1'
`,
    );
    expect(ended.host('busybox1').message).toContain('has not been rebooted: its boot id is the same');
    expect(ended.host('debian1').message).toContain('its test command ends with status 4: not yet');
    await up('debian1');
  });

  test('`stable`: a host that goes down once more is waited for again', async () => {
    const once = join(await host('debian1').files(), 'root/once');
    await writeFile(once, '');
    const start = join(await host('debian1').files(), 'etc/lab/start');
    const text = await readFile(start, 'utf8');
    await writeFile(
      start,
      `if [ -e /root/once ]; then rm /root/once; (sleep 1; shutdown -r -- now twice) & fi\n${text}`,
    );
    const ended = await play('debian1', '- reboot: { stable: 3, reboot_timeout: 90 }');
    expect(ended.line('debian1')).toEqual(['reboot: changed']);
    const files = await host('debian1').files();
    expect(await readFile(`${files}/var/log/shutdown`, 'utf8')).toBe('twice\n');
    await writeFile(join(files, 'etc/lab/start'), text);
  });

  describe('check mode and `when_needed`', () => {
    const wanted = `
- { name: anyway, reboot: {}, register: one }
- { name: if needed, reboot: { when_needed: true } }
- command: { cmd: ${bootId}, reads: true }
`;
    const mark = async (text: string | null): Promise<void> => {
      const at = `${await host('debian1').files()}/run/reboot-required`;
      if (text === null) {
        await rm(at, { force: true });
        await rm(`${at}.pkgs`, { force: true });
        return;
      }
      await writeFile(at, '*** System restart required ***\n');
      await writeFile(`${at}.pkgs`, text);
    };

    test('where nothing asks for it, nothing would change, and the host is left alone', async () => {
      await mark(null);
      const ended = await play('debian1', wanted, { check: true, exitCode: true });
      expect(ended.line('debian1')).toEqual(['anyway: ok', 'if needed: ok', 'command: ok']);
      expect(ended.task('if needed', 'debian1').message).toBe('no reboot is needed');
      expect(ended.exit).toBe(0);
      expect((await play('debian1', '- reboot: { when_needed: true }')).line('debian1')).toEqual([
        'reboot: ok',
      ]);
    });

    test('where it is needed, check mode says why and a run does it', async () => {
      await mark('linux-image-amd64\nlibc6\nlinux-image-amd64\n');
      const check = await play('debian1', wanted, { check: true, exitCode: true });
      const message = 'a reboot is needed: updated since the host was booted: linux-image-amd64, libc6';
      expect(check.task('anyway', 'debian1')).toMatchObject({ status: 'changed', message });
      expect(check.task('if needed', 'debian1')).toMatchObject({ status: 'changed', message, assuming: 1 });
      expect(check.exit).toBe(3);
      expect(check.changes('debian1')).toEqual([]);

      const ended = await play('debian1', '- reboot: { when_needed: true }\n- reboot: { when_needed: true }');
      // The mark lies in /run, which goes with the boot.
      expect(ended.line('debian1')).toEqual(['reboot: changed', 'reboot: ok']);
    });
  });
});
