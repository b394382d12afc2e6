import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Ended } from './fettle.ts';
import { startKarafFleet, type KarafFleet, wanted } from './karaf_fleet.ts';
import { flag, pid, type KarafHost } from './karaf_host.ts';

/** One host each; the files are told with one character a byte. */
const files: readonly (readonly [before: string | null, after: string])[] = [
  [`${flag} = TRUE\n`, `${flag} = FALSE\n`],
  [`# x\r\n${flag}:true\r\n! y\r\n`, `# x\r\n${flag}:FALSE\r\n! y\r\n`],
  [`${flag} = \\\n  TRUE\nb = c\\\n  d\n`, `${flag} = \\\n  FALSE\nb = c\\\n  d\n`],
  [`# gr\xfc\xdfe\n${flag} TRUE\nx = \xe9`, `# gr\xfc\xdfe\n${flag} FALSE\nx = \xe9`],
  [`${flag} = FALSE \n`, `${flag} = FALSE\n`],
  [`a = 1\n`, `a = 1\n${flag} = FALSE\n`],
  [
    `# \\u00fc, \xfc\nx = \\u20ac \xfc\nfeature\\u002eenabled=TRU\\u0045\r\n`,
    `# \\u00fc, \xfc\nx = \\u20ac \xfc\nfeature\\u002eenabled=FALSE\r\n`,
  ],
  [`${flag} = TRUE\nlabel = B"true"\n`, `${flag} = FALSE\nlabel = B"true"\n`],
  [null, `${flag} = FALSE\n`],
];

let fleet: KarafFleet;
let ended: Ended;

beforeAll(async () => {
  fleet = await startKarafFleet(files.map(([configuration]) => configuration));
  await Promise.all(
    fleet.hosts.map((host) => chmod(join(host.etc, `${pid}.cfg`), 0o640).catch(() => undefined)),
  );
  ended = await fleet.run({ ...wanted, create: true, application_line: 'flag=false' });
}, 120_000);

afterAll(() => fleet.close());

test('the run ends well', () => {
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});

test.each(files.map(([before, after], index) => ({ before, after, index })))(
  '$before',
  async ({ before, after, index }) => {
    const host = fleet.hosts[index] as KarafHost;
    expect(await host.configuration()).toBe(after);
    expect(host.flag()).toBe(false);
    expect(await readdir(host.etc)).toEqual([`${pid}.cfg`]);
    const { uid, gid, mode } = await stat(join(host.etc, `${pid}.cfg`));
    const folder = await stat(host.ssh.folder);
    expect([uid, gid, mode & 0o777]).toEqual([folder.uid, folder.gid, before === null ? 0o644 : 0o640]);
  },
);
