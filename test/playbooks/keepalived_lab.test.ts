import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startLab, type Lab } from '../hosts/lab.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { fettle } from './fettle.ts';
import { type KeepalivedHost, startKeepalived } from './keepalived_host.ts';

const missing = labMissing();
const title = `keepalived-scripts on hosts with systemd${missing === null ? '' : ` (not run: needs ${missing})`}`;
const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'keepalived-scripts', 'playbook.yml');
const main = '/etc/keepalived/keepalived.conf';
const log = '/var/log/check.log';
const proof = { proof_file: log, timeout_seconds: 60 };

/** Each run tells where the script lies. */
const check = `#!/bin/sh\necho "$0 \${date}" >>${log}\nexit 0\n`;

const configuration = `global_defs {
    router_id lab  # by hand
}
include conf.d/*.conf
vrrp_instance V {
    state BACKUP
    interface vr0
    virtual_router_id 5
    priority 100
    virtual_ipaddress {
        192.0.2.7/24
    }
    track_script {
        check
    }
    notify_master "/etc/keepalived/scripts/notify.sh 'to master'" root
}
`;

const included =
  '$SCRIPTS=/etc/keepalived/scripts\nvrrp_script check {\n    script "${SCRIPTS}/check.sh"\n    interval 1\n    fall 5\n}\n';

describe.runIf(missing === null)(title, { timeout: 240_000 }, () => {
  let lab: Lab;
  let scratch: string;
  let host: KeepalivedHost;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'fettle-keepalived-lab-'));
    lab = await startLab({ debian: 0, systemd: 1 });
    await writeFile(join(scratch, 'keepalived.ini'), '[keepalived]\nsystemd1\n');
    host = await startKeepalived(lab.hosts[0] as (typeof lab.hosts)[0], {
      [main]: configuration,
      '/etc/keepalived/conf.d/check.conf': included,
      '/etc/keepalived/scripts/check.sh': check,
      '/etc/keepalived/scripts/notify.sh': '#!/bin/sh\nexit 0\n',
    });
  }, 600_000);

  afterAll(async () => {
    await lab?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  const words = (variables: Readonly<Record<string, unknown>>) => [
    ...['-i', lab.inventory, '-i', join(scratch, 'keepalived.ini')],
    ...['-e', JSON.stringify({ ...proof, ...variables })],
  ];
  const run = (variables: Readonly<Record<string, unknown>>, ...more: string[]) =>
    fettle(['run', playbook, ...words(variables), ...more], join(scratch, 'state'));
  const lastRun = async () => (await readdir(join(scratch, 'state', 'runs'))).sort().at(-1) ?? '';
  /** Whether the running keepalived comes to run the script from there, and from there alone. */
  const runsFrom = async (folder: string) => {
    await host.write(log, '');
    await expect
      .poll(
        async () =>
          (await host.read(log))
            .split('\n')
            .filter((line) => line !== '')
            .slice(-2),
        { timeout: 60_000, interval: 500 },
      )
      .toEqual([`${folder}/check.sh `, `${folder}/check.sh `]);
  };

  test('the script runs from the new place after the reload, and from the old one after undo', async () => {
    await runsFrom('/etc/keepalived/scripts');
    const look = await run({}, '--check', '--exit-code');
    expect(look).toMatchObject({ code: 3 });
    expect(look.stdout).toContain('writes ${date}, a variable that nothing sets');
    expect(await host.read(main)).toBe(configuration);

    const wanted = { proof_line: '^/usr/libexec/keepalived/check.sh', remove_old_scripts: true };
    const ended = await run(wanted);
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    const made = await lastRun();
    expect(await host.read(main)).toBe(
      configuration.replace('/etc/keepalived/scripts', '/usr/libexec/keepalived'),
    );
    expect(await host.read('/etc/keepalived/conf.d/check.conf')).toBe(
      included.replace('${SCRIPTS}', '/usr/libexec/keepalived'),
    );
    await runsFrom('/usr/libexec/keepalived');
    expect(await host.run('ls /etc/keepalived/scripts')).toBe('');
    expect(await run(wanted, '--check', '--exit-code')).toMatchObject({ code: 0, stderr: '' });

    const undone = await fettle(
      ['undo', made, '-i', lab.inventory, '-i', join(scratch, 'keepalived.ini')],
      join(scratch, 'state'),
    );
    expect(undone, undone.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await host.read(main)).toBe(configuration);
    expect(await host.read('/etc/keepalived/conf.d/check.conf')).toBe(included);
    expect(await host.run('ls -d /usr/libexec/keepalived 2>/dev/null || echo gone')).toBe('gone\n');
    await runsFrom('/etc/keepalived/scripts');
  });

  test('script security comes with its user, and no check is dropped, nor after undo', async () => {
    const ended = await run({ script_security: true });
    expect(ended, ended.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await host.read(main)).toContain(
      'global_defs {\n    enable_script_security\n    script_user root\n    router_id lab  # by hand\n',
    );
    await runsFrom('/usr/libexec/keepalived');
    const made = await lastRun();
    const undone = await fettle(
      ['undo', made, '-i', lab.inventory, '-i', join(scratch, 'keepalived.ini')],
      join(scratch, 'state'),
    );
    expect(undone, undone.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await host.read(main)).toBe(configuration);
    await runsFrom('/etc/keepalived/scripts');
  });

  test('a host whose keepalived does not run is left alone', async () => {
    await host.run('systemctl stop keepalived');
    const ended = await run({});
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout + ended.stderr).toContain('keepalived does not run');
    expect(await host.read(main)).toBe(configuration);
    await host.run('systemctl start keepalived');
  });
});
