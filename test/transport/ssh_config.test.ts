import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loginTarget } from '../../engine/cli/login_target.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { SshConfig } from '../../engine/transport/ssh_config.ts';
import { wayTo, type Way } from '../../engine/transport/ssh_way.ts';
import type { Target } from '../../engine/transport/transport.ts';

const configuration = (home: string): string => `
Include ${home}/more/*.conf
Host web* !web9
  HostName %h.example
  User deploy
  IdentityFile ~/.ssh/web-%r
Host db1 db2 db3
  Port 2200
  ProxyJump jump@bastion:2222,inner
  IdentityFile ~/a
  IdentityFile ~/b
  IdentitiesOnly yes
Host *
  ServerAliveInterval 7
  StrictHostKeyChecking accept-new
`;

let home = '';
/** Stands for ssh: counts its calls, then is ssh itself. */
let environment: NodeJS.ProcessEnv = {};
const calls = (): number =>
  existsSync(join(home, 'calls')) ? readFileSync(join(home, 'calls'), 'utf8').length : 0;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'fettle-config-'));
  mkdirSync(join(home, 'bin'));
  mkdirSync(join(home, 'more'));
  writeFileSync(join(home, 'config'), configuration(home));
  writeFileSync(join(home, 'more/x.conf'), 'Host inc\n  HostName 192.0.2.1\n  HostKeyAlias alias\n');
  writeFileSync(join(home, 'bin/ssh'), `#!/bin/sh\nprintf x >>${home}/calls\nexec /usr/bin/ssh "$@"\n`, {
    mode: 0o755,
  });
  environment = { PATH: `${home}/bin:/usr/bin:/bin`, SSH_AUTH_SOCK: '/agent' };
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function way(target: Partial<Target>, config: SshConfig): Promise<Way> {
  const whole: Target = { name: 'x', transport: 'ssh', ...target };
  const settings = await config.settings(whole.address ?? whole.name, {});
  return wayTo(whole, settings, {
    home,
    environment,
    acceptNew: false,
    connectTimeout: undefined,
    knownHostsFiles: undefined,
  });
}

const withSsh = existsSync('/usr/bin/ssh');
for (const [label, path] of [
  ['asked of ssh', 'bin'],
  ['read without an ssh', 'nowhere'],
] as const)
  describe.runIf(withSsh || path === 'nowhere')(`ssh_config ${label}`, () => {
    const open = (): SshConfig =>
      new SshConfig({
        home,
        file: join(home, 'config'),
        environment: { ...environment, PATH: path === 'bin' ? environment['PATH'] : join(home, path) },
      });

    test('gives host, user, port, keys, jumps and limits', async () => {
      const config = open();
      expect(await way({ name: 'web1' }, config)).toMatchObject({
        host: 'web1.example',
        user: 'deploy',
        port: 22,
        identityFiles: [`${home}/.ssh/web-deploy`],
        keepalive: { seconds: 7, count: 3 },
        hostKey: { acceptNew: true },
        agent: '/agent',
      });
      expect(await way({ name: 'db1' }, config)).toMatchObject({
        host: 'db1',
        port: 2200,
        jumps: ['jump@bastion:2222', 'inner'],
        identityFiles: [`${home}/a`, `${home}/b`],
        identitiesOnly: true,
      });
      expect(await way({ name: 'inc' }, config)).toMatchObject({
        host: '192.0.2.1',
        hostKey: { alias: 'alias' },
      });
      expect(await way({ name: 'web9' }, config)).toMatchObject({ host: 'web9', port: 22 });
    });

    test('the inventory wins over arguments, and these over ssh_config', async () => {
      const config = open();
      const options = { User: 'fromargs', Port: '77', IdentityFile: '/k', ProxyCommand: 'nc %h %p' };
      expect(
        await way(
          { name: 'db1', address: 'db2', user: 'inv', port: 5, privateKeyFile: '~/mine', options },
          config,
        ),
      ).toMatchObject({
        host: 'db2',
        user: 'inv',
        port: 5,
        identityFiles: [`${home}/mine`, '/k', `${home}/a`, `${home}/b`],
        jumps: [],
        proxyCommand: 'nc db2 5',
      });
      expect(await way({ name: 'db1', options }, config)).toMatchObject({ user: 'fromargs', port: 77 });
      expect(await way({ name: 'db1', options: { ProxyJump: 'none' } }, config)).toMatchObject({
        jumps: [],
        proxyCommand: null,
      });
    });

    test('a login that is tried with one key has no other of the host’s', async () => {
      const login = { user: 'canary', privateKeyFile: '~/mine', timeout: 5, attempts: 1 };
      const target = loginTarget({ name: 'db1', transport: 'ssh', privateKeyFile: '~/own' }, login);
      expect(await way(target, open())).toMatchObject({
        user: 'canary',
        identityFiles: [`${home}/mine`],
        identitiesOnly: true,
        agent: null,
        methods: ['publickey'],
      });
      const { privateKeyFile: _, ...byPassword } = login;
      const own = { name: 'db1', transport: 'ssh', privateKeyFile: '~/own', user: 'ops' } as const;
      expect(loginTarget(own, { timeout: 5, attempts: 1 })).toEqual({
        ...own,
        connectTimeout: 5,
        loginTimeout: 5,
      });
      const other = loginTarget(target, { ...byPassword, password: new Secret('x') });
      expect((await way(other, open())).methods).toEqual(['password', 'keyboard-interactive']);
    });
  });

describe.runIf(withSsh)('ssh is asked as seldom as can be (with ssh installed)', () => {
  const ask = async (text: string, names: readonly string[]): Promise<number> => {
    writeFileSync(join(home, 'few'), text);
    const before = calls();
    const config = new SshConfig({ home, file: join(home, 'few'), environment });
    await Promise.all(names.map((name) => config.settings(name, {})));
    return calls() - before;
  };
  const names = Array.from({ length: 20 }, (_, index) => `h${index}`);

  test.each([
    ['nothing in it', '', 0],
    ['nothing that matters', 'Host *\n SendEnv LANG\n HashKnownHosts yes\n', 0],
    ['one block for all', 'Host *\n User x\n', 1],
    ['two blocks', 'Host h1*\n User x\nHost *\n Port 1\n', 2],
    ['one block for some', 'Host h1\n User x\n', 1],
    ['a Match line', 'Match host h1\n User x\n', 20],
    ['names built from the host', 'Host *\n HostName %h.x\n', 20],
  ])('%s: %j', async (_, text, times) => {
    expect(await ask(text, names)).toBe(times);
  });

  test('hosts that share an answer keep their own names', async () => {
    const config = new SshConfig({ home, file: join(home, 'config'), environment });
    const hosts = await Promise.all(
      ['db1', 'db2', 'db3'].map(async (name) => (await way({ name }, config)).host),
    );
    expect(hosts).toEqual(['db1', 'db2', 'db3']);
  });

  test('a configuration that ssh cannot read is told with its own words', async () => {
    await expect(ask('Host *\n User x\n Nonsense 1\n', ['a'])).rejects.toMatchObject({
      kind: 'unreachable',
      detail: expect.stringContaining('Nonsense'.toLowerCase()),
    });
  });
});

test.each(['-oProxyCommand=x', 'a b', '$(x)', 'a;b', ''])('%j is no host', async (address) => {
  await expect(
    (async () =>
      wayTo({ name: 'x', transport: 'ssh', address }, new Map(), {
        home,
        environment,
        acceptNew: false,
        connectTimeout: undefined,
        knownHostsFiles: undefined,
      }))(),
  ).rejects.toMatchObject({ kind: 'unreachable' });
});
