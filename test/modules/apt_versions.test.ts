import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { labMissing } from '../hosts/lab_requirements.ts';
import { oneHost, type OneHost } from './one_host.ts';

const missing = labMissing();
const title = `versions with apt on a namespace host${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 300_000 }, () => {
  let host: OneHost;
  const is = (name: string) => host.ssh(`dpkg-query -W -f '\${Version} \${Status}' ${name} || true`);
  const state = () => host.ssh("dpkg-query -W -f '${Package} ${Version} ${Status}\\n' | sha256sum");

  beforeAll(async () => {
    host = await oneHost({ debian: 1 }, 'furnish_debs.sh');
  }, 600_000);

  beforeEach(async () => {
    await host.ssh(
      'apt-get -qq -y --allow-change-held-packages purge labver labguard labbase containerd.io docker-ce >&2',
    );
  });

  afterAll(() => host.stop());

  test('a range takes the newest that fits, changes nothing then, and goes back', async () => {
    await host.ssh('apt-get -qq -y install containerd.io=1.6.33-1 docker-ce=5:20.10.24-1 >&2');
    const tasks = [{ apt: { name: 'containerd.io>=1.7.3,<2' } }];
    const made = await host.play(tasks);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(made.said).toContain('upgrade containerd.io 1.6.33-1 → 1.7.27-1');
    expect(await is('containerd.io')).toBe('1.7.27-1 install ok installed');
    expect((await host.play(tasks, '--check', '--exit-code')).code).toBe(0);
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await is('containerd.io')).toBe('1.6.33-1 install ok installed');
  });

  test('a held package stays unless its hold is lifted; then it is held again, and so it is after the undo', async () => {
    await host.ssh('apt-get -qq -y install containerd.io=1.6.33-1 >&2; apt-mark hold containerd.io >&2');
    const kept = await host.play([{ apt: { name: 'containerd.io>=1.7' } }]);
    expect(kept.code).toBe(2);
    expect(kept.said).toContain('containerd.io is held at 1.6.33-1, which is not what is asked for');
    const latest = [{ apt: { name: 'containerd.io', state: 'latest' } }];
    expect((await host.play(latest, '--check', '--exit-code')).code).toBe(0);
    const made = await host.play([{ apt: { name: 'containerd.io=1.7.3', holds: 'lift' } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await is('containerd.io')).toBe('1.7.3-1 hold ok installed');
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await is('containerd.io')).toBe('1.6.33-1 hold ok installed');
  });

  test('what is held within a transaction gives way where that is said, and is held again; the undo as well', async () => {
    await host.ssh('apt-get -qq -y install lablib=1.0 >&2; apt-mark hold lablib >&2');
    const refused = await host.play([{ apt: { name: 'labtool' } }]);
    expect(refused.said).toContain(
      'if one of them is held (`apt-mark showhold`), `holds: lift` lets it change',
    );
    const made = await host.play([{ apt: { name: 'labtool', holds: 'lift' } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await is('lablib')).toBe('2.0 hold ok installed');
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await is('lablib')).toBe('1.0 hold ok installed');
    await host.ssh('apt-get -qq -y --allow-change-held-packages purge lablib >&2');
  });

  test('an installation that was interrupted is told before anything is done', async () => {
    await host.ssh('mkdir -p /var/lib/dpkg/updates; echo "Package: x" >/var/lib/dpkg/updates/0001');
    const check = await host.play([{ apt: { name: 'labextra' } }], '--check');
    await host.ssh('rm /var/lib/dpkg/updates/0001');
    expect(check.code).toBe(2);
    expect(check.said).toMatch(/dpkg was interrupted[^]*`dpkg --configure -a`/);
  });

  test('latest, held; older only with leave; a hold that is no longer wanted', async () => {
    const made = await host.play([{ apt: { name: 'labver', state: 'latest', hold: true } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await is('labver')).toBe('2.0-1+b1 hold ok installed');
    const refused = await host.play([{ apt: { name: 'labver<2', hold: false } }]);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain(
      'labver 2.0-1+b1 is installed, and the newest that fits labver<2 is older: 1.10-1',
    );
    const tasks = [{ apt: { name: 'labver<2', hold: false, allow_downgrade: true } }];
    const older = await host.play(tasks);
    expect(older, older.said).toMatchObject({ code: 0 });
    expect(older.said).toContain('downgrade labver 2.0-1+b1 → 1.10-1');
    expect(await is('labver')).toBe('1.10-1 install ok installed');
    expect((await host.play(tasks, '--check', '--exit-code')).code).toBe(0);
    expect(await host.undo(older.run)).toMatchObject({ code: 0 });
    expect(await is('labver')).toBe('2.0-1+b1 hold ok installed');
  });

  test('each of these is refused, and nothing is changed', async () => {
    await host.ssh('apt-get -qq -y install labguard labver=1.9-1 >&2');
    const before = await state();
    const refusals = [
      [
        { name: 'labver=7' },
        /no repository of this host has a version that fits labver=7; there are: 1\.9-1, 1\.10-1, 2\.0~rc1-1, 2\.0-1, 2\.0-1\+b1/,
      ],
      [{ name: 'labver>=3,<4' }, /has a version that fits labver>=3,<4; there are:/],
      [{ name: 'nosuch>=1' }, /no repository of this host knows nosuch/],
      [{ name: 'labbroken' }, /Depends: labmissing \(>= 3\)/],
      [
        { name: 'labrival', protect: ['labg*'] },
        /installing labrival would remove labguard 1\.0, which is protected/,
      ],
      [{ name: 'labdeny' }, /installing labdeny would remove sudo .*, which is protected/],
      [
        { name: 'labbase', state: 'absent', protect: ['labguard'] },
        /removing labbase would remove labguard 1\.0, which is protected/,
      ],
    ] as const;
    const refused = await host.play(refusals.map(([task]) => ({ apt: task, ignore_errors: true })));
    for (const [, said] of refusals) expect(refused.said).toMatch(said);
    expect(await state()).toBe(before);
  });

  test('a version that no repository has any more comes back from what was installed, or it is said that it cannot', async () => {
    await host.ssh(
      'apt-get -qq -y install labver=1.9-1 containerd.io=1.6.33-1 >&2; cd /srv/debs; mkdir -p /srv/old; mv labver_1.9* containerd.io_1.6* /srv/old; for f in *.deb; do dpkg-deb -f $f; printf "Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n" $f $(stat -c %s $f) $(sha256sum $f | cut -d" " -f1); done >Packages; apt-get update -qq; apt-get clean',
    );
    const whole = async () =>
      host.ssh(
        'dpkg --verify containerd.io; dpkg-query -s containerd.io; find /usr/bin/containerd* /etc/containerd -printf "%p %m %u %s\\n"; sha256sum /usr/bin/containerd*; ls /var/lib/dpkg/info/containerd.io.*',
      );
    const before = await whole();
    const made = await host.play([{ apt: { name: 'containerd.io=1.7.3' } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    const undone = await host.undo(made.run);
    expect(undone, undone.said).toMatchObject({ code: 0 });
    expect(await whole()).toBe(before);
    await host.ssh('apt-get clean; echo changed >>/opt/labver/version');
    const lost = await host.play([{ apt: { name: 'labver=1.10-1' } }]);
    expect(lost, lost.said).toMatchObject({ code: 0 });
    expect((await host.undo(lost.run)).said).toContain('no repository of the host has labver 1.9-1 any more');
  });

  test('a repository that cannot be read', async () => {
    await host.ssh('mv /srv/debs /srv/debs.off');
    const before = await state();
    const broken = await host.play([{ apt: { name: 'labver>=2', update_cache: true } }]);
    expect(broken.code, broken.said).toBe(2);
    expect(broken.said).toMatch(/srv\/debs/);
    expect(await state()).toBe(before);
    await host.ssh('mv /srv/debs.off /srv/debs; apt-get update -qq');
    const made = await host.play([{ apt: { name: 'labver>=2,<2.0-1+b1', update_cache: true } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await is('labver')).toBe('2.0-1 install ok installed');
  });
});
