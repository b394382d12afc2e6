import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { labMissing } from '../hosts/lab_requirements.ts';
import { oneHost, type OneHost } from './one_host.ts';

const missing = labMissing();
const title = `sshd_config on a namespace host${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  let host: OneHost;

  beforeAll(async () => {
    host = await oneHost({ debian: 1 }, null);
  }, 600_000);

  afterAll(() => host.stop());

  test('the running server goes by it after a reload, and by the old one after the undo', async () => {
    await host.ssh('echo "keep out" >/etc/banner');
    const tasks = [{ sshd_config: { option: 'Banner', value: '/etc/banner', reload: true } }];
    expect(await greeting(host)).not.toContain('keep out');
    const made = await host.play(tasks);
    expect(made.code, made.said).toBe(0);
    expect(made.said).toContain('set Banner in /etc/ssh/sshd_config: not set → /etc/banner, and reload sshd');
    await expect.poll(() => greeting(host), { timeout: 30_000 }).toContain('keep out');
    expect(await host.ssh('sed -n "/^#Banner/,+1p" /etc/ssh/sshd_config')).toBe(
      '#Banner none\nBanner /etc/banner',
    );
    expect(await host.play(tasks, '--check', '--exit-code')).toMatchObject({ code: 0 });
    const undone = await host.undo(made.run);
    expect(undone.code, undone.said).toBe(0);
    await expect.poll(() => greeting(host), { timeout: 30_000 }).not.toContain('keep out');
    expect(await host.ssh('grep -c ^Banner /etc/ssh/sshd_config || true')).toBe('0');
  });

  test('what an included file sets first is named; a change of that file counts', async () => {
    const wanted = { option: 'PermitRootLogin', value: 'without-password' };
    await host.ssh('sed -i "s/^PermitRootLogin .*/PermitRootLogin yes/" /etc/ssh/sshd_config.d/lab.conf');
    const refused = await host.play([{ sshd_config: wanted }]);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain(
      'PermitRootLogin is set to "yes" by /etc/ssh/sshd_config.d/lab.conf, line 1, which sshd reads first',
    );
    const made = await host.play([{ sshd_config: { ...wanted, path: '/etc/ssh/sshd_config.d/lab.conf' } }]);
    expect(made.code, made.said).toBe(0);
    expect(await host.ssh('sshd -T | grep ^permitrootlogin')).toBe('permitrootlogin without-password');
  });

  test('a Match block holds for its user alone, and several tasks are foretold together', async () => {
    const match = { match: 'User dev', path: '/etc/ssh/sshd_config.d/20-dev.conf' };
    const tasks = [
      { sshd_config: { option: 'AllowTcpForwarding', value: false, ...match } },
      { sshd_config: { option: 'X11Forwarding', value: false, ...match } },
      { sshd_config: { option: 'MaxSessions', value: 3, path: match.path } },
    ];
    const check = await host.play(tasks, '--check');
    expect(check.said).not.toContain('known only after');
    expect(check.said.match(/changed {2}sshd_config/g)).toHaveLength(3);
    const made = await host.play(tasks);
    expect(made.code, made.said).toBe(0);
    expect(await host.ssh(`cat ${match.path}`)).toBe(
      'MaxSessions 3\nMatch User dev\n    AllowTcpForwarding no\n    X11Forwarding no',
    );
    const effective = (user: string) =>
      host.ssh(
        `sshd -T -C user=${user},host=x,addr=192.0.2.1 | grep -E '^(allowtcpf|x11forw|maxsess)' | sort`,
      );
    expect(await effective('dev')).toBe('allowtcpforwarding no\nmaxsessions 3\nx11forwarding no');
    expect(await effective('ops')).toBe('allowtcpforwarding yes\nmaxsessions 3\nx11forwarding yes');
    expect((await host.undo(made.run)).code).toBe(0);
    expect(await host.ssh(`ls ${match.path} 2>/dev/null || true`)).toBe('');
  });

  test('what sshd refuses is not put into place', async () => {
    const refused = await host.play([
      { sshd_config: { option: 'MaxSessions', value: 'many', reload: true } },
    ]);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain('sshd refuses the new configuration, so the old one stays:');
    expect(await host.ssh('sshd -t && grep -c ^MaxSessions /etc/ssh/sshd_config || true')).toBe('0');
  });
});

/** What the server says before a log-in that it refuses. */
async function greeting({ lab }: OneHost): Promise<string> {
  const [first] = lab.hosts;
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${lab.knownHosts}`,
    'IdentitiesOnly=yes',
  ];
  const client = spawn(
    'ssh',
    [
      '-F',
      'none',
      '-p',
      String(first?.port),
      ...options.flatMap((one) => ['-o', one]),
      `nobody@${first?.address}`,
      'true',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return text(client.stderr);
}
