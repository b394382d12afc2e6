import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../engine/shell/secret.ts';
import { createTransports, type ReachOptions } from '../../engine/transport/reach.ts';
import type { Target } from '../../engine/transport/transport.ts';
import { act, ask, login, look, using } from './frames.ts';
import { freePort, makeKey, sshdPath, startSshd, type Sshd } from './sshd.ts';
import { canMakeUsers, makeUser, type ThrowAway } from './users.ts';

describe.runIf(existsSync(sshdPath))('ssh (with OpenSSH’s server installed)', () => {
  let sshd: Sshd;
  let home = '';

  beforeAll(async () => {
    sshd = await startSshd(['Match User *', 'PasswordAuthentication yes', 'Match all']);
    home = join(sshd.folder, 'home');
    mkdirSync(join(home, '.ssh'), { recursive: true });
    for (const name of ['ecdsa', 'rsa', 'secret']) {
      makeKey(
        join(sshd.folder, name),
        name === 'secret' ? 'ed25519' : name,
        name === 'secret' ? 'open sésame' : '',
      );
      const line = readFileSync(join(sshd.folder, `${name}.pub`));
      writeFileSync(join(sshd.folder, 'authorized_keys'), line, { flag: 'a' });
    }
    makeKey(join(sshd.folder, 'stranger'));
  });
  afterAll(async () => await sshd.stop());

  const file = (name: string): string => join(sshd.folder, name);
  const target = (more: Partial<Target> = {}): Target => ({
    name: 'here',
    transport: 'ssh',
    address: '127.0.0.1',
    port: sshd.port,
    user: sshd.user,
    privateKeyFile: sshd.key,
    ...more,
  });
  const transports = (more: Partial<ReachOptions> = {}) =>
    createTransports({
      acceptNew: false,
      environment: { PATH: process.env['PATH'] },
      home,
      knownHostsFiles: [sshd.knownHosts],
      sshConfigFile: '/dev/null',
      ...more,
    });
  const whoAmI = async (more: Partial<Target> = {}, options: Partial<ReachOptions> = {}): Promise<string> =>
    await using(await transports(options).connect(target(more)), async (session) => {
      const { out } = await ask(await session.shell(login), look('id -un'));
      expect(out).toBe(`${session.user}\n`);
      return session.user;
    });
  const failure = async (more: Partial<Target>, options: Partial<ReachOptions> = {}): Promise<string> => {
    const error: unknown = await whoAmI(more, options).then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ kind: 'unreachable', next: expect.any(String) });
    const { message, detail, next } = error as { message: string; detail?: string; next?: string };
    return `${message} | ${detail ?? ''} | ${next ?? ''}`;
  };

  describe('logging in', () => {
    test.each(['key', 'ecdsa', 'rsa'])('with a key of a file: %s', async (name) => {
      expect(await whoAmI({ privateKeyFile: file(name) })).toBe(sshd.user);
    });

    test('with an encrypted key, and what is said where its passphrase is missing or wrong', async () => {
      const privateKeyFile = file('secret');
      expect(await whoAmI({ privateKeyFile, passphrase: new Secret('open sésame') })).toBe(sshd.user);
      expect(await failure({ privateKeyFile })).toContain(
        `${privateKeyFile}: encrypted, and no passphrase is known`,
      );
      const wrong = await failure({ privateKeyFile, passphrase: new Secret('sesame') });
      expect(wrong).toContain(`${privateKeyFile}: the passphrase does not fit`);
      expect(wrong).not.toContain('sesame');
    });

    test('with the key in the home folder, where none is named', async () => {
      copyFileSync(sshd.key, join(home, '.ssh/id_ed25519'));
      const { privateKeyFile: _, ...bare } = target();
      await using(await transports().connect(bare), async (session) => {
        expect(await ask(await session.shell(login), look('echo in'))).toMatchObject({ out: 'in\n' });
      });
    });

    test('says which methods there are and which keys were tried', async () => {
      const text = await failure({ privateKeyFile: file('stranger') });
      expect(text).toMatch(
        /^here \(127.0.0.1\) does not let \S+ log in \| It takes: publickey, password. Tried: key \S+stranger SHA256:/,
      );
      expect(text).toContain('--private-key');
      expect(await failure({ privateKeyFile: '/no/key' })).toContain('There was nothing to try');
    });

    test.runIf(existsSync('/usr/bin/ssh-agent'))('with an agent, limited by IdentitiesOnly', async () => {
      const socket = file('agent');
      const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      try {
        await until(() => existsSync(socket));
        for (const name of ['stranger', 'rsa', 'key'])
          execFileSync('ssh-add', ['-q', file(name)], {
            env: { ...process.env, SSH_AUTH_SOCK: socket },
            stdio: 'pipe',
          });
        const environment = { SSH_AUTH_SOCK: socket };
        const none = { privateKeyFile: '/no/key' };
        expect(await whoAmI(none, { environment })).toBe(sshd.user);
        expect(await whoAmI({ ...none, options: { IdentityAgent: socket } })).toBe(sshd.user);
        expect(await failure({ ...none, options: { IdentitiesOnly: 'yes' } }, { environment })).toContain(
          'nothing to try',
        );
        expect(await failure({ ...none, options: { IdentityAgent: 'none' } }, { environment })).toContain(
          'nothing to try',
        );
        // Only the public half lies in the file; the agent has the other.
        const halves = { privateKeyFile: file('rsa.pub'), options: { IdentitiesOnly: 'yes' } };
        expect(await whoAmI(halves, { environment })).toBe(sshd.user);
        expect(
          await failure({ ...none, options: {} }, { environment: { SSH_AUTH_SOCK: '/no/agent' } }),
        ).toContain('nothing to try');
      } finally {
        agent.kill();
      }
    });

    describe.runIf(canMakeUsers)('with a password (as root)', () => {
      let user: ThrowAway;
      beforeAll(() => {
        user = makeUser();
      });
      afterAll(() => user.remove());

      test('right, wrong, and not allowed', async () => {
        const by = { user: user.name, privateKeyFile: '/no/key' };
        expect(await whoAmI({ ...by, password: new Secret(user.password) })).toBe(user.name);
        const wrong = await failure({ ...by, password: new Secret('guessed') });
        expect(wrong).toContain('Tried: password.');
        expect(wrong).not.toContain('guessed');
        const off = { PasswordAuthentication: 'no', KbdInteractiveAuthentication: 'no' };
        expect(await failure({ ...by, password: new Secret(user.password), options: off })).toContain(
          'nothing to try',
        );
      });

      test('a user without a login shell', async () => {
        execFileSync('usermod', ['-s', '/usr/sbin/nologin', user.name]);
        expect(await failure({ user: user.name })).toMatch(
          /ended \(status 1\).*not available.*no login shell/s,
        );
      });
    });
  });

  describe('the way there', () => {
    test('refused', async () => {
      expect(await failure({ port: await freePort() })).toMatch(/refused the connection at 127.0.0.1 port/);
    });

    test('a name that is not known', async () => {
      expect(await failure({ address: 'no-such-host.invalid' })).toMatch(/is not known|does not answer/);
    });

    test('a port that does not answer, and a host that does not speak', async () => {
      const port = await freePort();
      // Accepts nothing: two connections wait in the kernel, the third is not answered.
      const deaf = spawn(process.execPath, [
        '-e',
        `require('net').createServer().listen({ port: ${port}, host: '127.0.0.1', backlog: 1 }, () => {
          console.log('up'); setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)); })`,
      ]);
      try {
        await new Promise((resolve) => deaf.stdout.once('data', resolve));
        const limits = { connectTimeout: 1, loginTimeout: 1 };
        const silent = await Promise.all([failure({ port }, limits), failure({ port }, limits)]);
        for (const text of silent) expect(text).toMatch(/did not finish the login|did not answer/);
        const texts = await Promise.all(Array.from({ length: 6 }, () => failure({ port }, limits)));
        expect(texts.some((text) => /did not answer at 127.0.0.1 port \d+ within 1 s/.test(text))).toBe(true);
      } finally {
        deaf.kill('SIGKILL');
      }
    });

    test('host keys: unknown, changed, revoked, accepted', async () => {
      const other = readFileSync(file('stranger.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
      const known = (name: string, text: string): Partial<ReachOptions> => {
        writeFileSync(file(name), text);
        return { knownHostsFiles: [file(name)] };
      };
      const place = `[127.0.0.1]:${sshd.port}`;
      expect(await failure({}, known('empty', ''))).toMatch(
        /is not known.*SHA256:.*ssh-keyscan -p .*--accept-new/,
      );
      const changed = known('changed', `${place} ${other}\n`);
      expect(await failure({}, changed)).toMatch(/has changed.*SHA256:.*ssh-keygen -R/);
      expect(await failure({}, { ...changed, acceptNew: true })).toContain('has changed');
      expect(await failure({ options: { StrictHostKeyChecking: 'no' } }, changed)).toContain('has changed');
      expect(
        await failure({}, known('revoked', `@revoked * ${sshd.hostKey}\n${place} ${sshd.hostKey}\n`)),
      ).toContain('is revoked');
      const fresh = known('fresh', '');
      expect(await whoAmI({}, { ...fresh, acceptNew: true })).toBe(sshd.user);
      expect(readFileSync(file('fresh'), 'utf8')).toBe(`${place} ${sshd.hostKey}\n`);
      expect(await whoAmI({}, fresh)).toBe(sshd.user);
      expect(await whoAmI({ options: { StrictHostKeyChecking: 'accept-new' } }, known('fresh2', ''))).toBe(
        sshd.user,
      );
      const options = { UserKnownHostsFile: '/dev/null', StrictHostKeyChecking: 'no' };
      expect(await whoAmI({ options }, known('empty', ''))).toBe(sshd.user);
      expect(
        await whoAmI({ options: { HostKeyAlias: 'alias' } }, known('alias', `alias ${sshd.hostKey}\n`)),
      ).toBe(sshd.user);
    });

    test('no algorithm in common', async () => {
      expect(await failure({ options: { HostKeyAlgorithms: 'ssh-rsa' } })).toMatch(
        /common ground.*HostKeyAlgorithms/s,
      );
      expect(await failure({ options: { KexAlgorithms: 'nonsense' } })).toMatch(
        /Of the KexAlgorithms allowed/,
      );
    });
  });

  test('ssh_config alone is enough', async () => {
    const lines = [
      'Host short',
      'HostName 127.0.0.1',
      `Port ${sshd.port}`,
      `User ${sshd.user}`,
      `IdentityFile ${sshd.key}`,
      `UserKnownHostsFile ${sshd.knownHosts}`,
      'Ciphers aes256-ctr',
      'Host behind',
      `HostName 127.0.0.1`,
      'ProxyJump short',
      'HostKeyAlias alias',
      'Host *',
      `Port ${sshd.port}`,
      `User ${sshd.user}`,
      `IdentityFile ${sshd.key}`,
      `UserKnownHostsFile ${file('alias-only')}`,
    ];
    writeFileSync(file('config'), `${lines.join('\n')}\n`);
    writeFileSync(file('alias-only'), `alias ${sshd.hostKey}\n`);
    for (const name of ['short', 'behind']) {
      const reach = createTransports({
        acceptNew: false,
        environment: { PATH: process.env['PATH'] },
        home,
        sshConfigFile: file('config'),
      });
      await using(await reach.connect({ name, transport: 'ssh' }), async (session) => {
        expect(await ask(await session.shell(login), look('id -un'))).toMatchObject({
          out: `${sshd.user}\n`,
        });
      });
    }
  });

  describe('through others', () => {
    const jumps = (count: number): string =>
      Array.from({ length: count }, () => `${sshd.user}@127.0.0.1:${sshd.port}`).join(',');

    test('one and two jump hosts, whose keys are checked too', async () => {
      copyFileSync(sshd.key, join(home, '.ssh/id_ed25519'));
      expect(await whoAmI({ options: { ProxyJump: jumps(1) } })).toBe(sshd.user);
      expect(await whoAmI({ options: { ProxyJump: jumps(2) } })).toBe(sshd.user);
      writeFileSync(file('only-alias'), `alias ${sshd.hostKey}\n`);
      const options = { ProxyJump: jumps(1), HostKeyAlias: 'alias' };
      expect(await failure({ options }, { knownHostsFiles: [file('only-alias')] })).toMatch(
        /^The host key of jump host 127.0.0.1 is not known/,
      );
      expect(await failure({ port: await freePort(), options: { ProxyJump: jumps(1) } })).toMatch(
        /through jump host/,
      );
      expect(await failure({ options: { ProxyJump: jumps(12) } })).toMatch(/behind more than 8 jump hosts/);
      expect(await failure({ options: { ProxyJump: '-oX=1' } })).toMatch(/is no jump host/);
    });

    test('hosts behind one jump host share one connection to it', async () => {
      const logins = (): number => readFileSync(file('log'), 'utf8').split('Accepted publickey').length;
      const before = logins();
      const reach = transports();
      const sessions = await Promise.all(
        Array.from({ length: 4 }, () => reach.connect(target({ options: { ProxyJump: jumps(1) } }))),
      );
      for (const session of sessions) {
        const { out } = await ask(await session.shell(login), look('echo in'));
        expect(out).toBe('in\n');
      }
      expect(logins() - before).toBe(5);
      await Promise.all(sessions.map((session) => session.close()));
    });

    test('ProxyCommand, and what it says when it fails', async () => {
      const options = { ProxyCommand: 'busybox nc %h %p' };
      expect(await whoAmI({ options })).toBe(sshd.user);
      expect(await failure({ options: { ProxyCommand: 'sh -c "echo no way >&2; exit 3"' } })).toContain(
        'no way',
      );
    });
  });

  describe('at work', () => {
    test('a connection that breaks in mid-work is told apart from a script that fails', async () => {
      await using(await transports().connect(target()), async (session) => {
        const shell = await session.shell(login);
        expect(await ask(shell, act('exit 255'))).toMatchObject({ code: 255 });
        // The shell's parent is this connection's own sshd.
        const cut = act('read -r _ _ _ parent _ </proc/$PPID/stat; kill -9 "$parent"; sleep 1', {
          name: 'the cut',
        });
        await expect(shell.send([cut])).rejects.toMatchObject({
          kind: 'unreachable',
          message: 'The connection to here broke during “the cut”',
        });
        await expect(session.shell(login).then((next) => next.send([look(':')]))).rejects.toMatchObject({
          kind: 'unreachable',
          message: expect.stringContaining('broke'),
        });
      });
    });

    test('noise before the shell is dropped, and 0.9 MB goes where only one channel is allowed', async () => {
      const narrow = await startSshd([
        'MaxSessions 1',
        `ForceCommand echo noise; echo noise >&2; exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"`,
      ]);
      try {
        const reach = transports({ knownHostsFiles: [narrow.knownHosts] });
        const session = await reach.connect(target({ port: narrow.port, privateKeyFile: narrow.key }));
        await using(session, async () => {
          const data = Buffer.alloc(900_000, 'abc\0');
          const shell = await session.shell(login);
          const [result] = await shell.send([act('cat', { staged: [{ name: 'in', data }], stdin: 'in' })]);
          expect(result?.stdout.equals(data)).toBe(true);
          const become = { method: 'su', user: 'nobody' } as const;
          await expect(session.shell({ key: 'other', become })).rejects.toMatchObject({
            kind: 'unreachable',
            message: expect.stringContaining('refused another channel'),
            next: expect.stringContaining('MaxSessions'),
          });
        });
      } finally {
        await narrow.stop();
      }
    });

    test('twenty hosts at once, each with its own session', async () => {
      const reach = transports();
      const sessions = await Promise.all(Array.from({ length: 20 }, () => reach.connect(target())));
      const told = await Promise.all(
        sessions.map(
          async (session, index) => (await ask(await session.shell(login), act(`echo ${index}`))).out,
        ),
      );
      expect(told).toEqual(sessions.map((_, index) => `${index}\n`));
      expect(sessions.map(({ sends }) => sends)).toEqual(sessions.map(() => 1));
      await Promise.all(sessions.map((session) => session.close()));
    });

    test('concurrent asks for one identity share a shell, and sends queue', async () => {
      await using(await transports().connect(target()), async (session) => {
        const shells = await Promise.all([session.shell(login), session.shell(login)]);
        const pids = await Promise.all(shells.map(async (shell) => (await ask(shell, look('echo $$'))).out));
        expect(pids[0]).toBe(pids[1]);
        expect(session.sends).toBe(2);
      });
    });
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 100 && !holds(); tries++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(holds()).toBe(true);
}
