import { describe, expect, test } from 'vitest';
import { avc } from '../../engine/modules/avc.ts';
import type { AvcArgs } from '../../engine/modules/avc/arguments.ts';
import { parseAvc } from '../../engine/modules/avc/parse.ts';
import { scratch, shells } from '../facts/look.ts';
import { canEnterRoots, constructRoot, type Entry, runInRoot } from '../facts/root.ts';
import { selinuxHost } from '../laws/imitated_selinux.ts';
import { actHere } from './act.ts';

// constructed in the form of EL7's kernel 3.10, whose first releases have no permissive=.
const el7 =
  'type=AVC msg=audit(1600000000.100:9921): avc:  denied  { execute } for  pid=4242 comm="check.sh" name="ping" dev="dm-0" ino=33602331 scontext=system_u:system_r:keepalived_t:s0 tcontext=system_u:object_r:ping_exec_t:s0 tclass=file';
// constructed after audit 3.0's enriched form (RHEL 8, log_format = ENRICHED).
const el8 =
  'type=AVC msg=audit(1700000001.200:77): avc:  denied  { read write } for  pid=5 comm="nginx" path="/srv/a.sock" dev="sda1" ino=1 scontext=system_u:system_r:httpd_t:s0 tcontext=system_u:object_r:var_t:s0:c1,c2 tclass=sock_file permissive=1\x1dARCH=x86_64 UID="root"';
// constructed: names with blanks and non-ASCII letters come in hexadecimal (audit_log_untrustedstring).
const hex =
  'type=AVC msg=audit(1700000002.300:78): avc:  denied  { getattr } for  pid=6 comm=6120622063 path=2F746D702FC3BC2028782964656C65746564 name=6120C3BC scontext=a:b:x_t:s0 tcontext=a:b:y_t:s0 tclass=file permissive=0';
// constructed in the form that systemd (selinux-access.c) and dbus-daemon (selinux.c) write.
const userSystemd =
  'type=USER_AVC msg=audit(1700000003.400:79): pid=1 uid=0 auid=4294967295 ses=4294967295 subj=system_u:system_r:init_t:s0 msg=\'avc:  denied  { start } for auid=n/a uid=0 gid=0 path="/usr/lib/systemd/system/x.service" cmdline="" function="mac_selinux_filter" scontext=system_u:system_r:keepalived_t:s0 tcontext=system_u:object_r:systemd_unit_file_t:s0 tclass=service permissive=0  exe="/usr/lib/systemd/systemd" sauid=0 hostname=? addr=? terminal=?\'\x1dUID="root"';
const userDbus =
  'type=USER_AVC msg=audit(1700000004.500:80): pid=700 uid=81 auid=4294967295 ses=4294967295 subj=system_u:system_r:system_dbusd_t:s0-s0:c0.c1023 msg=\'avc:  denied  { send_msg } for msgtype=method_call interface=org.freedesktop.login1.Manager member=Reboot dest=org.freedesktop.login1 spid=900 tpid=701 scontext=system_u:system_r:x_t:s0 tcontext=system_u:system_r:systemd_logind_t:s0 tclass=dbus permissive=0 exe="/usr/bin/dbus-daemon" sauid=81 hostname=? addr=? terminal=?\'';
// constructed in the form of the kernel's log without auditd, as `journalctl -k` and dmesg have it.
const kernel =
  '[   12.345678] audit: type=1400 audit(1700000005.600:5): avc:  denied  { execute } for  pid=311 comm="keepalived" name="check.sh" dev="vda" ino=7 scontext=system_u:system_r:keepalived_t:s0 tcontext=system_u:object_r:etc_t:s0 tclass=file permissive=0';

describe('records', () => {
  test.each<[string, string, object]>([
    [
      'of EL7',
      el7,
      {
        by: 'kernel',
        time: 1_600_000_000.1,
        serial: 9921,
        perms: ['execute'],
        stype: 'keepalived_t',
        ttype: 'ping_exec_t',
        tclass: 'file',
        comm: 'check.sh',
        path: null,
        name: 'ping',
        pid: 4242,
        permissive: null,
      },
    ],
    [
      'enriched',
      el8,
      {
        perms: ['read', 'write'],
        path: '/srv/a.sock',
        tcontext: 'system_u:object_r:var_t:s0:c1,c2',
        permissive: true,
      },
    ],
    ['in hexadecimal', hex, { comm: 'a b c', path: '/tmp/ü (x)deleted', name: 'a ü', permissive: false }],
    [
      "of systemd's",
      userSystemd,
      {
        by: 'program',
        perms: ['start'],
        stype: 'keepalived_t',
        path: '/usr/lib/systemd/system/x.service',
        tclass: 'service',
        permissive: false,
      },
    ],
    ["of dbus's", userDbus, { by: 'program', perms: ['send_msg'], pid: 900, tclass: 'dbus', stype: 'x_t' }],
    [
      "of the kernel's log",
      kernel,
      { by: 'kernel', time: 1_700_000_005.6, comm: 'keepalived', name: 'check.sh' },
    ],
  ])('%s', (_case, record, expected) => {
    expect(parseAvc(`${record}\n`)).toEqual([expect.objectContaining(expected)]);
  });

  test.each([
    ['another record', 'type=SYSCALL msg=audit(1700000000.1:1): arch=c000003e syscall=59 success=no'],
    ['what was granted', el8.replace('denied ', 'granted')],
    ['one cut short', el7.slice(0, 150)],
    ['nothing', ''],
    ['a name that imitates a record', 'x avc:  denied  { a } for comm="b"'],
  ])('%s is none', (_case, record) => {
    expect(parseAvc(record)).toEqual([]);
  });

  test('a name in quotes cannot forge another field', () => {
    const forged = hex.replace(
      'comm=6120622063',
      `comm=${Buffer.from('x scontext=a:b:evil_t:s0').toString('hex').toUpperCase()}`,
    );
    expect(parseAvc(forged)[0]?.stype).toBe('x_t');
  });
});

const log = [el7, el8, hex, userSystemd, userDbus].join('\n');

function read(entries: Readonly<Record<string, Entry>>, args: AvcArgs) {
  const run = avc.run(args, { host: 'h' });
  const root = constructRoot(scratch(), selinuxHost(entries));
  const { stdout, stderr, status } = runInRoot(root, run.script);
  return run.result({ code: status, stdout, stderr: Buffer.from(stderr), timedOut: false });
}

describe.runIf(canEnterRoots)('a host is read (needs root)', () => {
  test.each<[string, AvcArgs, readonly number[]]>([
    ['all', { since: 0 }, [9921, 77, 78, 79, 80]],
    ['since a moment', { since: '1700000001.2' }, [77, 78, 79, 80]],
    ['since a later one', { since: 1_700_000_002 }, [78, 79, 80]],
    ['who was denied', { since: 0, scontext: 'keepalived_t' }, [9921, 79]],
    ['on what', { since: 0, tcontext: 'var_t', tclass: 'sock_file' }, [77]],
    ['by name', { since: 0, comm: 'a b c' }, [78]],
    ['by path', { since: 0, path: '/srv/a.sock' }, [77]],
    ['by the last name of a path', { since: 0, path: '/usr/bin/ping' }, [9921]],
    ['nothing', { since: 'today' }, []],
    ['nothing of late', { since: 'recent' }, []],
  ])('%s', (_case, args, serials) => {
    const { failed, values } = read({ 'var/log/audit/audit.log': `${log}\n` }, args);
    expect(failed).toBeUndefined();
    expect(values).toMatchObject({ source: 'audit.log', count: serials.length, truncated: false });
    expect((values['denials'] as { serial: number }[]).map(({ serial }) => serial)).toEqual(serials);
  });

  test('by ausearch, which must not read its standard input', () => {
    const program = `#!/bin/sh
# As ausearch 3.0.9: without --input-logs a pipe is read; a date is one of the locale, in C's with two digits for the year.
case " $* " in *' --input-logs '*) ;; *) cat >/dev/null; exit 1;; esac
case " $* " in *' -m AVC,USER_AVC --raw -ts '[01][0-9]/[0-3][0-9]/[0-9][0-9]' '[0-2][0-9]:*) ;; *) echo "Error parsing start date" >&2; exit 1;; esac
if [ -t 0 ] || [ -p /dev/stdin ]; then exit 1; fi
cat /var/log/audit/audit.log
`;
    const entries = { 'usr/sbin/ausearch': { program }, 'var/log/audit/audit.log': `${log}\n` };
    expect(read(entries, { since: 1_700_000_003 }).values).toMatchObject({ source: 'ausearch', count: 2 });
  });

  test('by an ausearch that complains', () => {
    const program = '#!/bin/sh\necho "Error parsing start date (x)" >&2; exit 1\n';
    const entries = { 'usr/sbin/ausearch': { program }, 'var/log/audit/audit.log': '' };
    expect(read(entries, {}).failed).toBe('the log could not be read: Error parsing start date (x)');
    const nothing = '#!/bin/sh\necho "<no matches>" >&2; exit 1\n';
    expect(read({ ...entries, 'usr/sbin/ausearch': { program: nothing } }, {}).values).toMatchObject({
      count: 0,
    });
  });

  test('from the log of the kernel, where there is no auditd', () => {
    const journalctl = { program: `#!/bin/sh\ncat <<'E'\nx\n${kernel}\nE\n` };
    expect(read({ 'usr/bin/journalctl': journalctl }, { since: 0 }).values).toMatchObject({
      source: 'journal',
      count: 1,
    });
  });

  test.each([
    ['auditd has ended and left its log', '999999999', 'audit.log+journal', 2],
    ['auditd runs', '1', 'audit.log', 1],
  ])('%s', (_case, pid, source, count) => {
    const entries = {
      'usr/bin/journalctl': { program: `#!/bin/sh\ncat <<'E'\n${kernel}\nE\n` },
      'var/log/audit/audit.log': `${el8}\n`,
      'run/auditd.pid': `${pid}\n`,
    };
    expect(read(entries, { since: 0 }).values).toMatchObject({ source, count });
  });

  test('what is denied again and again is told once', () => {
    const again = [kernel, kernel.replace(':5):', ':6):'), el8].join('\n');
    expect(
      read(
        { 'var/log/audit/audit.log': again.replaceAll(/^.*audit: type=1400 audit/gm, 'type=AVC msg=audit') },
        { since: 0 },
      ).values['summary'],
    ).toEqual([
      'keepalived (keepalived_t) was denied execute on file check.sh (etc_t), 2 times',
      'nginx (httpd_t) was denied read write on sock_file /srv/a.sock (var_t), but let through',
    ]);
  });

  test('the register goes on where the last one ended', () => {
    const { values } = read({ 'var/log/audit/audit.log': '' }, {});
    expect(values['now']).toBeGreaterThan(1_700_000_000);
    expect(avc.run({ since: values['now'] as number }, { host: 'h' }).script.text).toContain(
      String(values['now']),
    );
  });
});

test.each(shells)('a host without SELinux is told so on %s', (shell) => {
  expect(actHere(shell, avc, {})).toMatchObject({
    failed: 'SELinux is not on: the running kernel enforces no policy, so that nothing is denied',
  });
});

test.each([
  [{ code: 4, stdout: '', timedOut: false }, 'the log may not be read: become root'],
  [
    { code: 143, stdout: 'ausearch 1 2\n', timedOut: true },
    'the log was not read within 60 s: set `timeout`, or a later `since`',
  ],
  [{ code: 0, stdout: '', timedOut: false }, 'the log could not be read: x'],
])('%j fails', ({ code, stdout, timedOut }, failed) => {
  const outcome = { code, timedOut, stdout: Buffer.from(stdout), stderr: Buffer.from('x\n') };
  expect(avc.run({}, { host: 'h' }).result(outcome).failed).toBe(failed);
});
