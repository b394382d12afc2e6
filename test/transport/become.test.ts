import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../engine/shell/secret.ts';
import { localTransport } from '../../engine/transport/local.ts';
import { createTransports } from '../../engine/transport/reach.ts';
import { openSession } from '../../engine/transport/session.ts';
import type { Become, Identity, Session } from '../../engine/transport/transport.ts';
import { act, ask, login, look, told, using } from './frames.ts';
import { sshdPath, startSshd, type Sshd } from './sshd.ts';
import { allowDoas, allowSudo, canMakeUsers, makeUser, type ThrowAway } from './users.ts';

const shells = ['/bin/dash', '/bin/bash', '/usr/bin/busybox sh'];
const big = randomBytes(5_000_000);

const settings = [
  ['plain', '!use_pty,!requiretty'],
  ['use_pty', 'use_pty,!requiretty'],
  ['log_input', 'use_pty,log_input,log_output'],
  ['requiretty', '!use_pty,requiretty'],
  ['requiretty and use_pty', 'use_pty,requiretty'],
] as const;

describe.runIf(canMakeUsers && existsSync(sshdPath))(
  'becoming another user (as root, with sshd installed)',
  () => {
    let sshd: Sshd;
    let from: ThrowAway;
    let to: ThrowAway;
    const users = new Map<string, ThrowAway>();
    const undo: (() => void)[] = [];

    beforeAll(async () => {
      sshd = await startSshd();
      writeFileSync(join(sshd.folder, 'big'), big);
      chmodSync(join(sshd.folder, 'big'), 0o644);
      from = makeUser();
      to = makeUser();
      for (const [what] of settings)
        for (const kind of ['free', 'asked']) users.set(`${what} ${kind}`, makeUser());
      undo.push(...[from, to, ...users.values()].map(({ remove }) => remove));
    });
    afterAll(async () => {
      for (const step of undo.reverse()) step();
      await sshd.stop();
    });

    const userOf = (key: string): ThrowAway => {
      const user = users.get(key);
      if (!user) throw new Error(key);
      return user;
    };
    const allow = (user: string, lines: readonly string[]): void => void undo.push(allowSudo(user, lines));
    const open = async (shell: string, user = from.name): Promise<Session> => {
      const transports = createTransports({
        acceptNew: false,
        environment: {},
        home: sshd.folder,
        knownHostsFiles: [sshd.knownHosts],
        sshConfigFile: '/dev/null',
      });
      return await transports.connect({
        name: 'here',
        transport: 'ssh',
        address: '127.0.0.1',
        port: sshd.port,
        user,
        privateKeyFile: sshd.key,
        shell,
      });
    };
    const identity = (become: Partial<Become> = {}): Identity => ({
      key: 'other',
      become: { method: 'sudo', user: to.name, ...become },
    });

    /** All that must hold under an identity as it does for the login user. */
    const exercise = async (session: Session, who: Identity): Promise<void> => {
      const own = await session.shell(login);
      const shell = await session.shell(who);
      const file = join(sshd.folder, 'big');
      const input = randomBytes(900_000);
      const long = 'y'.repeat(900_000);
      const [[mine], results] = await Promise.all([
        own.send([act('id -un; sleep 0.1')]),
        shell.send([
          look('id -un; echo noise >&2; exit 4'),
          look(`cat ${file}; cat ${file} >&2`),
          look(`echo ${long}`),
          act('cat; cat "$FETTLE_STAGE/b" >&2; umask >&2', {
            staged: [
              { name: 'in', data: input },
              { name: 'b', data: Buffer.from([0, 3, 4, 10, 13, 17, 19, 26, 127, 255, 10]) },
            ],
            stdin: 'in',
          }),
          act('kill 0'),
          act('echo a; sleep 60', { timeout: 1 }),
          act('stty -a; (sleep 0.1; echo late) & exit 255'),
        ]),
      ]);
      expect(mine?.stdout.toString()).toBe(`${session.user}\n`);
      const texts = results.map(told);
      expect(texts[0]).toEqual({ out: `${who.become?.user}\n`, err: 'noise\n', code: 4 });
      expect(results[1]?.stdout.equals(big) && results[1].stderr.equals(big), '5 MB out').toBe(true);
      expect(results[2]?.stdout.equals(Buffer.from(`${long}\n`)), '0.9 MB of script').toBe(true);
      expect(results[3]?.stdout.equals(input), '0.9 MB in').toBe(true);
      expect(results[3]?.stderr.toString('latin1')).toMatch(/^\0\x03\x04\n\r\x11\x13\x1a\x7f\xff\n0*22\n$/);
      expect(results[4]?.code).toBe(143);
      expect(results[5]).toMatchObject({ timedOut: true });
      expect(texts[6]).toMatchObject({ out: '', code: 255 });
      await expect(shell.send([act('sleep 0.3; kill -9 $PPID', { timeout: 1 })])).rejects.toMatchObject({
        kind: 'unreachable',
      });
      const [again] = await (await session.shell(who)).send([look('id -un')]);
      expect(again?.stdout.toString()).toBe(`${who.become?.user}\n`);
    };

    for (const [what, defaults] of settings) {
      const rules = (user: string, tag: string): readonly string[] => [
        `Defaults:${user} ${defaults},timestamp_timeout=0,iolog_dir=${sshd.folder}/io`,
        `${user} ALL=(ALL) ${tag}ALL`,
      ];
      const tried = what === 'plain' || what === 'requiretty' ? shells : shells.slice(0, 1);

      test.concurrent.for(tried)(`sudo without a password, ${what}, %s`, async (shell, { expect }) => {
        const user = userOf(`${what} free`);
        allow(user.name, rules(user.name, 'NOPASSWD:'));
        await using(await open(shell, user.name), async (session) => {
          await exercise(session, identity());
          expect(session.sends).toBe(4);
        });
        await using(await open(shell, user.name), async (session) => {
          const other = await session.shell(identity({ password: new Secret('not needed') }));
          expect(await ask(other, look('id -un'))).toMatchObject({ out: `${to.name}\n` });
        });
      });

      test.concurrent(`sudo with a password, ${what}`, async ({ expect }) => {
        const user = userOf(`${what} asked`);
        allow(user.name, rules(user.name, 'PASSWD:'));
        await using(await open('/bin/sh', user.name), async (session) => {
          await exercise(session, identity({ password: new Secret(user.password) }));
        });
        await using(await open('/bin/sh', user.name), async (session) => {
          await expect(session.shell(identity({ password: new Secret('wrong') }))).rejects.toMatchObject({
            kind: 'task',
            message: `Wrong become password for ${to.name} on here`,
          });
          const shell = await session.shell(identity());
          await expect(shell.send([look('id')])).rejects.toMatchObject({
            kind: 'task',
            message: `sudo on here wants a password to become ${to.name}`,
          });
          const own = await session.shell(login);
          expect(await ask(own, look('echo works on'))).toMatchObject({ out: 'works on\n' });
        });
      });
    }

    test.concurrent('su with the password of the other user', async () => {
      await using(await open('/bin/sh'), async (session) => {
        await exercise(session, identity({ method: 'su', password: new Secret(to.password) }));
      });
    });

    test.concurrent('doas with and without a password', async () => {
      for (const [options, password] of [
        ['', new Secret(from.password)],
        ['nopass', undefined],
      ] as const) {
        const restore = allowDoas([`permit ${options} ${from.name} as ${to.name}`]);
        try {
          await using(await open('/bin/sh'), async (session) => {
            await exercise(session, identity({ method: 'doas', ...(password ? { password } : {}) }));
          });
        } finally {
          restore();
        }
      }
    });

    test.concurrent('root needs no password for su, and the login user needs nobody', async () => {
      await using(await open('/bin/sh', 'root'), async (session) => {
        await exercise(session, identity({ method: 'su' }));
        const shell = await session.shell(identity({ user: 'root', method: 'doas' }));
        expect(await ask(shell, look('id -un'))).toMatchObject({ out: 'root\n' });
      });
    });

    test.concurrent('without any connection: su and sudo on this machine', async () => {
      const target = { name: 'here', transport: 'local' as const };
      for (const method of ['su', 'sudo'] as const)
        await using(
          openSession(await localTransport(process.env).connect(target), target),
          async (session) => {
            await exercise(session, identity({ method }));
          },
        );
    });

    test('each refusal says what it is', async () => {
      const password = new Secret('nonsense');
      const cases: readonly (readonly [Partial<Become>, RegExp])[] = [
        [{}, /^sudo on here (does not allow becoming|wants a password)/],
        [{ password: new Secret(from.password) }, /^sudo on here does not allow becoming/],
        [{ user: 'nosuchuser' }, /^(There is no user nosuchuser on here|sudo on here wants a password)/],
        [{ executable: '/no/sudo' }, /^There is no \/no\/sudo on here/],
        [{ executable: '/no/sudo', password }, /^There is no \/no\/sudo on here/],
        [{ method: 'su' }, /^su on here wants a password to become/],
        [{ method: 'su', password }, /^Wrong become password for/],
        [{ method: 'su', user: 'nosuchuser', password }, /^There is no user nosuchuser on here/],
        [{ method: 'doas' }, /^doas on here (does not allow|did not let us)/],
        [{ method: 'doas', password }, /^doas on here (does not allow|did not let us)/],
        [{ user: '-x' }, /^“-x” is no name of a user/],
      ];
      await using(await open('/bin/sh'), async (session) => {
        for (const [become, message] of cases) {
          const trying = (async () =>
            await (await session.shell({ ...identity(become), key: JSON.stringify(become) })).send([
              look(':'),
            ]))();
          await expect(trying, String(message)).rejects.toMatchObject({
            kind: 'task',
            message: expect.stringMatching(message),
          });
          await expect(trying).rejects.not.toMatchObject({ detail: expect.stringContaining('nonsense') });
        }
      });
    });
  },
);
