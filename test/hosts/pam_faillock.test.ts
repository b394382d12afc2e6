import {
  appendFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fettle, startFettle } from '../playbooks/fettle.ts';
import { startLab, type Lab } from './lab.ts';
import { labMissing } from './lab_requirements.ts';
import { dressAs, type PamKind, pamKinds } from './pam_host.ts';

const missing = labMissing();
const title = `pam-faillock on namespace hosts${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'pam-faillock', 'playbook.yml');
const good: readonly PamKind[] = ['debian', 'el7', 'rhel9', 'openeuler', 'sssd7', 'parted'];
const bad: readonly PamKind[] = ['unlocking', 'closing'];

type Files = Readonly<Record<string, string>>;

describe.runIf(missing === null)(title, { timeout: 420_000 }, () => {
  let lab: Lab;
  let scratch: string;
  const roots = {} as Record<PamKind, string>;
  const before = {} as Record<PamKind, Files>;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-pam-'));
    lab = await startLab({ debian: pamKinds.length });
    for (const [index, kind] of pamKinds.entries()) {
      const host = lab.hosts[index];
      if (host) roots[kind] = await dressAs(host, kind);
      before[kind] = await pamOf(kind);
    }
  }, 600_000);

  afterAll(async () => {
    await lab?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  const nameOf = (kind: PamKind) => `debian${pamKinds.indexOf(kind) + 1}`;
  const run = (kinds: readonly PamKind[], variables: Readonly<Record<string, unknown>>, ...more: string[]) =>
    fettle(
      [
        ...['run', playbook, '-i', lab.inventory, '-l', kinds.map(nameOf).join(',')],
        ...['-e', JSON.stringify({ deny: 2, ...variables }), ...more],
      ],
      join(scratch, kinds.join('-')),
    );
  const onHost = async (kind: PamKind, ...words: string[]) => {
    const ended = await fettle(['do', nameOf(kind), ...words, '-i', lab.inventory], join(scratch, 'do'));
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
  };
  /** Whether dev gets in by password, as anybody would. */
  const letsIn = async (kind: PamKind) => {
    const words = ['user=dev', `password=${lab.devPassword}`];
    const tried = await fettle(
      ['do', nameOf(kind), 'login_check', ...words, '-i', lab.inventory],
      join(scratch, 'do'),
    );
    expect(tried.stdout).not.toContain(lab.devPassword);
    return tried.code === 0;
  };
  /** Everything that decides about logins. */
  const pamOf = async (kind: PamKind): Promise<Files> => {
    const found: Record<string, string> = {};
    for (const folder of [
      'etc/pam.d',
      'etc/authselect',
      'etc/security',
      'var/lib/pam',
      'usr/share/pam-configs',
    ])
      for (const name of await readdir(join(roots[kind], folder)).catch(() => [])) {
        const path = join(roots[kind], folder, name);
        const one = await lstat(path);
        if (one.isSymbolicLink()) found[`${folder}/${name}`] = `→ ${await readlink(path)}`;
        else if (one.isFile())
          found[`${folder}/${name}`] =
            `${(one.mode & 0o7777).toString(8)} ${one.uid} ${await readFile(path, 'utf8')}`;
      }
    found['passwd'] = await readFile(join(roots[kind], 'etc/passwd'), 'utf8');
    return found;
  };
  const textOf = (kind: PamKind, path: string) => readFile(join(roots[kind], path), 'utf8');

  test('tally2 goes, faillock locks, and the second run finds nothing to do', async () => {
    expect(await Promise.all([letsIn('debian'), letsIn('openeuler'), letsIn('rhel9')])).toEqual([
      false,
      false,
      true,
    ]);
    await failuresOf('rhel9', 'dev', 3);

    // Its canary gets in by a group alone.
    await appendFile(join(roots.openeuler, 'etc/group'), 'sshlogin:x:4000:\n');
    await writeFile(
      join(roots.openeuler, 'etc/ssh/sshd_config.d/groups.conf'),
      'AllowGroups root dev ops sshlogin\n',
    );
    await onHost('openeuler', 'shell', 'kill -HUP "$(cat /run/sshd.pid)"');

    const look = await run(good, {}, '--check', '--exit-code');
    expect(look, look.stdout).toMatchObject({ code: 3, stderr: '' });
    for (const kind of good) expect(await pamOf(kind), kind).toEqual(before[kind]);

    const ended = await run(good, { unlock_time: 600, reset_users: ['dev'] });
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout.match(/changed {2}The canary goes/g)).toHaveLength(good.length);
    for (const kind of good) {
      expect((await pamOf(kind))['passwd'], kind).toBe(before[kind]['passwd']);
      expect(await readdir(join(roots[kind], 'run/faillock')), kind).not.toContain('fettle-canary');
    }
    // What it comes to on each system.
    expect(lines(await textOf('debian', 'etc/pam.d/common-auth'))).toEqual([
      'auth requisite pam_faillock.so preauth',
      'auth [success=2 default=ignore] pam_unix.so nullok try_first_pass nodelay',
      'auth [default=die] pam_faillock.so authfail',
      'auth requisite pam_deny.so',
      'auth required pam_permit.so',
    ]);
    expect(await textOf('debian', 'etc/security/faillock.conf')).toContain('\n# deny = 3\ndeny = 2\n');
    for (const name of ['system-auth', 'password-auth']) {
      expect(await readlink(join(roots.el7, 'etc/pam.d', name))).toBe(`${name}-local`);
      expect(lines(await textOf('el7', `etc/pam.d/${name}`)).slice(0, 9)).toEqual([
        'auth required pam_env.so',
        'auth required pam_faildelay.so delay=2000',
        'auth required pam_faillock.so preauth silent deny=2 fail_interval=900 unlock_time=600',
        'auth sufficient pam_unix.so nullok try_first_pass nodelay',
        'auth [default=die] pam_faillock.so authfail deny=2 fail_interval=900 unlock_time=600',
        'auth requisite pam_succeed_if.so uid >= 1000 quiet_success',
        'auth required pam_deny.so',
        'account required pam_faillock.so',
        'account required pam_unix.so',
      ]);
      expect(await textOf('rhel9', `etc/authselect/${name}`)).toContain('pam_faillock.so authfail\n');
      const openEuler = await textOf('openeuler', `etc/pam.d/${name}`);
      expect(openEuler.match(/deny=2 even_deny_root unlock_time=600/g)).toHaveLength(3);
      expect(openEuler).not.toContain('tally2.so');
    }
    for (const name of ['system-auth', 'password-auth']) {
      expect(lines(await textOf('sssd7', `etc/pam.d/${name}`)).slice(0, 10)).toEqual([
        'auth required pam_env.so',
        'auth required pam_faildelay.so delay=2000',
        'auth required pam_faillock.so preauth silent deny=2 fail_interval=900 unlock_time=600',
        'auth [default=1 success=ok] pam_localuser.so',
        'auth [success=done ignore=ignore default=bad] pam_unix.so nullok try_first_pass nodelay',
        'auth requisite pam_succeed_if.so uid >= 1000 quiet_success',
        'auth sufficient pam_sss.so forward_pass',
        'auth [default=die] pam_faillock.so authfail deny=2 fail_interval=900 unlock_time=600',
        'auth required pam_deny.so',
        'account required pam_faillock.so',
      ]);
    }
    expect(lines(await textOf('parted', 'etc/pam.d/system-auth')).slice(2, 10)).toEqual([
      'auth required pam_faillock.so preauth silent',
      'auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular',
      'auth [default=1 ignore=ignore success=ok] pam_localuser.so',
      'auth sufficient pam_unix.so nullok nodelay',
      'auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular',
      'auth sufficient pam_sss.so forward_pass',
      'auth [default=die] pam_faillock.so authfail',
      'auth required pam_deny.so',
    ]);
    expect((await pamOf('parted'))['etc/pam.d/password-auth']).toBe(before.parted['etc/pam.d/password-auth']);
    expect((await stat(join(roots.rhel9, 'run/faillock/dev'))).size).toBe(0);
    expect(await Promise.all(good.map(letsIn))).toEqual(good.map(() => true));

    const again = await run(good, { unlock_time: 600, reset_users: ['dev'] });
    expect(again, again.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).not.toMatch(/changed {2}/);

    const proven = await run(['openeuler'], {
      unlock_time: 600,
      prove_always: true,
      login_user: 'ops',
      login_key: lab.privateKey,
    });
    expect(proven, proven.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(proven.stdout.match(/changed {2}The [^\n]*/g)).toEqual([
      'changed  The canary',
      'changed  The canary is forgiven',
      'changed  The canary goes',
    ]);

    const other = await run(
      ['el7', 'openeuler'],
      { unlock_time: 600, lock_root: false, silent: true },
      '--check',
    );
    expect(other, other.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(other.stdout).toContain(
      'set no even_deny_root, root_unlock_time on the pam_faillock lines of /etc/pam.d/password-auth',
    );
    expect(other.stdout).toContain('set silent in /etc/security/faillock.conf');
  });

  test('undo gives every file back', async () => {
    const state = join(scratch, good.join('-'));
    const runs = (await readdir(join(state, 'runs'))).sort();
    // The second one is what made the changes; the look before it made none.
    const undone = await fettle(['undo', runs[1] as string, '-i', lab.inventory], state);
    expect(undone, undone.stdout).toMatchObject({ code: 0, stderr: '' });
    for (const kind of good) expect(await pamOf(kind), kind).toEqual(before[kind]);
  });

  test('a user who is locked gets in again at once', async () => {
    await failuresOf('closing', 'dev', 3);
    expect(await letsIn('closing')).toBe(false);
    await onHost('closing', 'faillock', 'user=dev', 'state=reset');
    expect(await letsIn('closing')).toBe(true);
  });

  test('what cannot be proven is taken back by itself', async () => {
    const ended = await run(bad, {});
    expect(ended, ended.stdout).toMatchObject({ code: 2 });
    expect(ended.stdout).toMatch(
      /debian5 {2}FAILED {2}Then the right password is refused: fettle-canary was let in after [\d.]+ s, and should have been refused/,
    );
    expect(ended.stdout).toContain(
      'all that was changed is taken back, because the task "fettle\'s own login still works, and sudo" failed',
    );
    for (const kind of bad) expect(await pamOf(kind), kind).toEqual(before[kind]);
    expect(await letsIn('closing')).toBe(true);
  });

  test('a controller that is killed in the middle of the proof, and fettle undo', async () => {
    const state = join(scratch, 'killed');
    const words = ['run', playbook, '-i', lab.inventory, '-l', nameOf('openeuler'), '-e', 'deny=2'];
    const running = startFettle(words, state);
    try {
      await expect
        .poll(() => textOf('openeuler', 'etc/passwd'), { timeout: 60_000, interval: 50 })
        .toContain('fettle-canary');
    } finally {
      running.kill('SIGKILL');
      await once(running, 'exit');
    }
    expect(await textOf('openeuler', 'etc/pam.d/system-auth')).not.toContain('tally2.so');
    const [name = ''] = await readdir(join(state, 'runs'));

    // The next run has nothing to change any more, and proves what was not.
    const next = await run(['openeuler'], {});
    expect(next, next.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(next.stdout.match(/changed {2}The [^\n]*/g)).toEqual([
      'changed  The canary',
      'changed  The canary is forgiven',
      'changed  The canary goes',
    ]);

    const undone = await fettle(['undo', name, '-i', lab.inventory], state);
    expect(undone, undone.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await pamOf('openeuler')).toEqual(before.openeuler);
    expect(await readdir(join(roots.openeuler, 'run/faillock'))).not.toContain('fettle-canary');
  });

  test('what could not be proven, or would harm, is refused before anything is changed', async () => {
    const put = (kind: PamKind, path: string, text: string) => writeFile(join(roots[kind], path), text);
    /** What each host says of it, nothing being changed on any. */
    const refused = async (kinds: readonly PamKind[], variables: Readonly<Record<string, unknown>>) => {
      const now = await Promise.all(kinds.map(pamOf));
      const { code, stdout, stderr } = await run(kinds, variables, '--check');
      expect(code, stdout + stderr).toBe(2);
      expect(await Promise.all(kinds.map(pamOf))).toEqual(now);
      const said = (kind: PamKind) =>
        stdout.split('\n').filter((line) => line.startsWith(`  ${nameOf(kind)} `));
      return kinds.map((kind) => said(kind).join('\n'));
    };

    const system = await textOf('el7', 'etc/pam.d/system-auth-ac');
    const exempts = 'auth [success=1 default=ignore] pam_succeed_if.so user in backup:monitor quiet\n';
    await put('el7', 'etc/pam.d/system-auth-ac', system.replace(/^auth/m, `${exempts}auth`));
    await put('parted', 'etc/ssh/sshd_config.d/methods.conf', 'AuthenticationMethods publickey,password\n');
    for (const folder of await readdir(join(roots.debian, 'lib')))
      if (folder.endsWith('-linux-gnu'))
        await rm(join(roots.debian, 'lib', folder, 'security/pam_faillock.so'), { force: true });
    expect(await refused(['el7', 'parted', 'openeuler', 'debian'], { unlock_time: 'never' })).toEqual([
      expect.stringContaining(
        '/etc/pam.d/system-auth, line 3; /etc/pam.d/system-auth-ac, line 3 jumps over pam_tally2, so that some users are never locked',
      ),
      expect.stringContaining(
        'sshd takes no password alone (AuthenticationMethods publickey,password); nothing was changed',
      ),
      expect.stringContaining(
        'anybody could lock root out for good: set lock_root to true, with a root_unlock_time, or to false; nothing was changed',
      ),
      expect.stringContaining('there is no pam_faillock.so'),
    ]);

    await put('el7', 'etc/pam.d/system-auth-ac', system);
    await put('el7', 'etc/pam.d/password-auth-local', 'auth required pam_deny.so\n');
    await put('parted', 'etc/ssh/sshd_config.d/methods.conf', 'NoSuchWord yes\n');
    const openEulers = await textOf('openeuler', 'etc/pam.d/system-auth');
    const noPreauth = openEulers.replace(/.*preauth.*\n/, '').replace(/^account.*pam_faillock.*\n/m, '');
    await put('openeuler', 'etc/pam.d/system-auth', noPreauth);
    await failuresOf('openeuler', 'dev', 2);
    const [el7, parted, openEuler] = await refused(['el7', 'parted', 'openeuler'], {
      reset_users: ["it's", '$(id)'],
    });
    expect(el7).toContain(
      '/etc/pam.d/password-auth-local is there, is not what counts, and says something else',
    );
    expect(parted).toContain('sshd -T says: ');
    expect(openEuler).toContain(
      '/etc/pam.d/system-auth does not lock: lock never enforced: a locked user gets in with the right password: /etc/pam.d/system-auth, line 5 (auth pam_unix.so)',
    );
    expect(openEuler).toContain('changed  Successes are told to pam_faillock (system-auth)');
    expect(openEuler).toContain('as many failures as lock a user are on record already for dev; reset_users');

    await rm(join(roots.parted, 'etc/ssh/sshd_config.d/methods.conf'));
    await onHost(
      'parted',
      'shell',
      'cp "$(command -v sleep)" /tmp/fail2ban-server; /tmp/fail2ban-server 600 >/dev/null 2>&1 &',
    );
    expect(await refused(['parted'], {})).toEqual([
      expect.stringContaining(
        'fail2ban-server runs here, and would shut out this controller for the wrong passwords of the proof',
      ),
    ]);
  });

  test('files that were changed by hand are left alone', async () => {
    await appendFile(join(roots.rhel9, 'etc/authselect/password-auth'), '# by hand\n');
    const ended = await run(['rhel9'], {});
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain('authselect’s files were changed by hand (authselect check)');
    expect(await textOf('rhel9', 'etc/authselect/password-auth')).toContain('# by hand\n');
  });

  /** Failures of just now, as pam_faillock writes them (`struct tally`, 64 bytes). */
  async function failuresOf(kind: PamKind, user: string, count: number): Promise<void> {
    const row = Buffer.alloc(64);
    row.write('192.0.2.7', 'latin1');
    row.writeUInt16LE(3, 54);
    row.writeBigUInt64LE(BigInt(Math.floor(Date.now() / 1000)), 56);
    const folder = join(roots[kind], 'run/faillock');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, user), Buffer.concat(Array.from({ length: count }, () => row)));
  }
});

function lines(text: string): readonly string[] {
  const own = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return own.map((line) => line.trim().split(/\s+/).join(' '));
}
