import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeClientFiles } from '../hosts/client_files.ts';
import { newKey } from '../hosts/keys.ts';
import { fettle, type Ended } from './fettle.ts';
import { flag, pid, startKarafHost, type KarafHost } from './karaf_host.ts';

const playbook = join(import.meta.dirname, '..', '..', 'playbooks', 'karaf-flag', 'playbook.yml');

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

let scratch: string;
let hosts: readonly KarafHost[] = [];
let ended: Ended;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fettle-karaf-files-'));
  await chmod(scratch, 0o711);
  const key = newKey();
  const options = { scratch, authorizedKey: key.publicLine, poll: 50 };
  hosts = await Promise.all(
    files.map(([configuration], index) => startKarafHost({ ...options, name: `app${index}`, configuration })),
  );
  await Promise.all(hosts.map((host) => chmod(join(host.etc, `${pid}.cfg`), 0o640).catch(() => undefined)));
  const karaf = hosts.map((host) => ({ ...host.ssh, vars: { karaf_etc: host.etc } }));
  const { inventory } = await writeClientFiles(scratch, key.privateText, { karaf });
  const wanted = { pid, flag, wanted: 'FALSE', create: true, application_line: 'flag=false' };
  const words = ['run', playbook, '-i', inventory, '-e', JSON.stringify(wanted)];
  ended = await fettle(words, join(scratch, 'state'));
}, 120_000);

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  await rm(scratch, { recursive: true, force: true });
});

test('the run ends well', () => {
  expect(ended).toMatchObject({ code: 0, stderr: '' });
});

test.each(files.map(([before, after], index) => ({ before, after, index })))(
  '$before',
  async ({ before, after, index }) => {
    const host = hosts[index] as KarafHost;
    expect(await host.configuration()).toBe(after);
    expect(host.flag()).toBe(false);
    expect(await readdir(host.etc)).toEqual([`${pid}.cfg`]);
    const { uid, gid, mode } = await stat(join(host.etc, `${pid}.cfg`));
    const folder = await stat(host.ssh.folder);
    expect([uid, gid, mode & 0o777]).toEqual([folder.uid, folder.gid, before === null ? 0o644 : 0o640]);
  },
);
