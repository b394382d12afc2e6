import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dnfRoot } from '../hosts/lab_package_root.ts';
import { labMissing } from '../hosts/lab_requirements.ts';
import { oneHost, type OneHost } from './one_host.ts';

const missing = labMissing();
const title = `versions with dnf on a namespace host${missing === null ? '' : ` (not run: needs ${missing})`}`;

describe.runIf(missing === null)(title, { timeout: 300_000 }, () => {
  let host: OneHost;
  const is = (name: string) => host.ssh(`rpm -q ${name} || true`);
  const locks = () => host.ssh("grep -v '^#' /etc/dnf/plugins/versionlock.list | grep . || true");

  beforeAll(async () => {
    host = await oneHost({ debian: 1, debianRoot: await dnfRoot() }, 'furnish_rpms.sh');
  }, 600_000);

  beforeEach(async () => {
    await host.ssh('rpm -qa | xargs -r rpm -e --nodeps; : >/etc/dnf/plugins/versionlock.list');
  });

  afterAll(() => host.stop());

  test('a range takes the newest that fits, changes nothing then, and goes back', async () => {
    await host.ssh('dnf -q -y install containerd.io-1.6.33 docker-ce-20.10.24 >&2');
    const tasks = [{ dnf: { name: 'containerd.io>=1.7.3,<2' } }];
    const made = await host.play(tasks);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(made.said).toContain('upgrade containerd.io 1.6.33-3.1.el8 → 1.7.27-3.1.el8');
    expect(await is('containerd.io')).toBe('containerd.io-1.7.27-3.1.el8.x86_64');
    expect((await host.play(tasks, '--check', '--exit-code')).code).toBe(0);
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await is('containerd.io')).toBe('containerd.io-1.6.33-3.1.el8.x86_64');
  });

  test('a version that is locked stays unless the lock is lifted; then the lock follows, and comes back', async () => {
    await host.ssh('dnf -q -y install containerd.io-1.6.33 >&2; dnf -q versionlock add containerd.io >&2');
    const before = await locks();
    expect(before).toBe('containerd.io-0:1.6.33-3.1.el8.*');
    const kept = await host.play([{ dnf: { name: 'containerd.io>=1.7' } }]);
    expect(kept.code).toBe(2);
    expect(kept.said).toContain('containerd.io is held at 1.6.33-3.1.el8, which is not what is asked for');
    expect(
      (await host.play([{ dnf: { name: 'containerd.io', state: 'latest' } }], '--check', '--exit-code')).code,
    ).toBe(0);
    await host.ssh(
      'cp /etc/dnf/plugins/versionlock.list /root/locks; echo "containerd.io-1.6*" >/etc/dnf/plugins/versionlock.list',
    );
    const latest = [{ dnf: { name: 'containerd.io', state: 'latest' } }];
    expect((await host.play(latest, '--check', '--exit-code')).code).toBe(0);
    expect((await host.play([{ dnf: { name: 'containerd.io>=1.7' } }])).said).toContain('is held at 1.6.33');
    await host.ssh('cp /root/locks /etc/dnf/plugins/versionlock.list');
    await host.ssh('cp /etc/dnf/dnf.conf /root; echo exclude=labver >>/etc/dnf/dnf.conf');
    const excluded = await host.play([{ dnf: { name: 'labver' } }]);
    await host.ssh('cp /root/dnf.conf /etc/dnf');
    expect(excluded.said).toContain('filtered out by exclude filtering for argument: labver');
    expect(excluded.said).toContain('it is excluded or locked');
    const made = await host.play([{ dnf: { name: 'containerd.io=1.7.3', holds: 'lift' } }]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await is('containerd.io')).toBe('containerd.io-1.7.3-1.1.el8.x86_64');
    expect(await locks()).toBe('containerd.io-0:1.7.3-1.1.el8.*');
    expect(await host.undo(made.run)).toMatchObject({ code: 0 });
    expect(await is('containerd.io')).toBe('containerd.io-1.6.33-3.1.el8.x86_64');
    expect(await locks()).toBe(before);
  });

  test('latest, held; older only with leave; a kernel comes beside the other', async () => {
    const made = await host.play([
      { dnf: { name: 'labver', state: 'latest', hold: true } },
      { dnf: { name: ['kernel-4.19.90-52.39.v2207.ky10'] } },
    ]);
    expect(made, made.said).toMatchObject({ code: 0 });
    expect(await is('labver')).toBe('labver-2.0^git1-1.noarch');
    expect(await locks()).toBe('labver-0:2.0^git1-1.*');
    const refused = await host.play([{ dnf: { name: 'labver<2', hold: false } }]);
    expect(refused.code).toBe(2);
    expect(refused.said).toContain(
      'labver 2.0^git1-1 is installed, and the newest that fits labver<2 is older: 1.10-1',
    );
    expect(await is('labver')).toBe('labver-2.0^git1-1.noarch');
    const tasks = [
      { dnf: { name: 'labver<2', hold: false, allow_downgrade: true } },
      { dnf: { name: 'kernel=4.19.90-52.40.*' } },
    ];
    const older = await host.play(tasks);
    expect(older, older.said).toMatchObject({ code: 0 });
    expect(older.said).toContain('downgrade labver 2.0^git1-1 → 1.10-1');
    expect(await is('labver')).toBe('labver-1.10-1.noarch');
    expect(await locks()).toBe('');
    expect(await is('kernel')).toBe(
      'kernel-4.19.90-52.39.v2207.ky10.x86_64\nkernel-4.19.90-52.40.v2207.ky10.x86_64',
    );
    expect((await host.play(tasks, '--check', '--exit-code')).code).toBe(0);
    const undone = await host.undo(older.run);
    expect(undone, undone.said).toMatchObject({ code: 0 });
    expect(await locks()).toBe('labver-0:2.0^git1-1.*');
    expect(await is('kernel')).toBe('kernel-4.19.90-52.39.v2207.ky10.x86_64');
    const gone = await host.play([{ dnf: { name: 'kernel-core=4.19.90-52.39.*', state: 'absent' } }]);
    expect(gone, gone.said).toMatchObject({ code: 0 });
    expect(await is('kernel')).toBe('package kernel is not installed');
  });

  test('each of these is refused, and nothing is changed', async () => {
    await host.ssh(
      'dnf -q -y --setopt=obsoletes=0 install labguard sudo labver-1.9 >&2; rpm -qa | sort >/run/before',
    );
    const refusals = [
      [
        { name: 'labver=7' },
        /no repository of this host has a version that fits labver=7; there are: 1\.9-1, 1\.10-1, 2\.0~rc1-1, 2\.0-1, 2\.0\^git1-1/,
      ],
      [{ name: 'labver>=3,<4' }, /has a version that fits labver>=3,<4; there are:/],
      [{ name: 'nosuch>=1' }, /no repository of this host knows|No match for argument|nosuch/],
      [{ name: 'labbroken' }, /nothing provides labmissing >= 3/],
      [
        { name: 'labrival', protect: ['labg*'] },
        /installing labrival would remove labguard 1\.0-1, which is protected/,
      ],
      [{ name: 'labbase', state: 'absent' }, /removing labbase would remove sudo 1\.0-1, which is protected/],
    ] as const;
    const refused = await host.play(refusals.map(([task]) => ({ dnf: task, ignore_errors: true })));
    for (const [, said] of refusals) expect(refused.said).toMatch(said);
    expect(await host.ssh('rpm -qa | sort | diff /run/before - && echo same')).toBe('same');
  });

  test('a broken repository, and a version that it no longer has', async () => {
    await host.ssh(
      'dnf -q -y install labver-1.9 >&2; mv /srv/rpms/repodata /srv/rpms/repodata.off; dnf -q clean all >&2; rpm -qa | sort >/run/before',
    );
    const broken = await host.play([{ dnf: { name: 'labver>=2' } }]);
    expect(broken.code, broken.said).toBe(2);
    expect(broken.said).toMatch(/repomd\.xml|Failed to download metadata/);
    expect(await host.ssh('rpm -qa | sort | diff /run/before - && echo same')).toBe('same');
    await host.ssh(
      'mv /srv/rpms/repodata.off /srv/rpms/repodata; mkdir -p /srv/old; mv /srv/rpms/labver-1.9* /srv/old; createrepo_c -q /srv/rpms; dnf -q makecache',
    );
    const lost = await host.play([{ dnf: { name: 'labver=1.10' } }]);
    expect(lost, lost.said).toMatchObject({ code: 0 });
    expect((await host.undo(lost.run)).said).toContain('no repository of the host has labver 1.9-1 any more');
    await host.ssh(
      'dnf -q -y remove labver >&2; rpm -i /srv/old/labver-1.9*; d=$(ls -d /var/cache/dnf/lab-*/ | head -1); mkdir -p $d/packages; cp /srv/old/labver-1.9* $d/packages',
    );
    const kept = await host.play([{ dnf: { name: 'labver=1.10' } }]);
    expect(kept, kept.said).toMatchObject({ code: 0 });
    await host.ssh('rm -rf /var/cache/dnf/lab-*/packages');
    const undone = await host.undo(kept.run);
    expect(undone, undone.said).toMatchObject({ code: 0 });
    expect(await is('labver')).toBe('labver-1.9-1.noarch');
  });
});
