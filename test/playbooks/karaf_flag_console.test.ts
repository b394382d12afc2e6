import { readdirSync, readFileSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type KarafConsole, login, startKarafConsole } from './karaf_console.ts';
import { startKarafFleet, type KarafFleet, wanted } from './karaf_fleet.ts';
import { flag, pid, type KarafHost } from './karaf_host.ts';

let fleet: KarafFleet;
let host: KarafHost;
let karaf: KarafConsole;

afterEach(async () => {
  await karaf.close();
  await fleet.close();
});

let seen: readonly string[];
let asks: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

beforeEach(async () => {
  fleet = await startKarafFleet([`${flag} = TRUE\n`]);
  [host] = fleet.hosts as [KarafHost];
  seen = [];
  karaf = await startKarafConsole(host.karaf, () => {
    seen = [...seen, ...commandLines()];
  });
  const client = join(host.ssh.folder, 'client');
  await writeFile(client, `#!/bin/sh\nexec curl -s --data-binary "$*" ${karaf.own}\n`, { mode: 0o755 });
  asks = {
    'the client': { console_client: client },
    'the console over SSH': {
      console_user: login.user,
      console_password: login.password,
      console_port: karaf.port,
    },
    Jolokia: {
      jolokia_url: karaf.jolokia,
      jolokia_user: login.user,
      jolokia_password: login.password,
    },
  };
});

test('show the value, and nobody sees the password meanwhile', { timeout: 120_000 }, async () => {
  const all = Object.assign({}, wanted, ...Object.values(asks)) as Readonly<Record<string, unknown>>;
  const file = join(fleet.scratch, 'variables.json');
  await writeFile(file, JSON.stringify(all));
  const ended = await fleet.runWith('-e', `@${file}`);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(host.flag()).toBe(false);
  const again = await fleet.runWith('-e', `@${file}`);
  expect(again).toMatchObject({ code: 0, stderr: '' });
  expect(again.stdout).not.toContain('changed');
  expect(seen.filter((line) => /ssh|curl/.test(line))).not.toEqual([]);
  expect(seen.filter((line) => line.includes('9f3e'))).toEqual([]);
  expect(await written(fleet.state)).not.toContain('9f3e');
});

// The file says FALSE, but Karaf was stopped before it could read it.
test.each([
  ['the client', 'the console does not show feature.enabled = FALSE'],
  ['the console over SSH', 'the console does not show feature.enabled = FALSE'],
])('%s says that Karaf holds another value', { timeout: 120_000 }, async (name, says) => {
  await host.stopKaraf();
  await writeFile(join(host.etc, `${pid}.cfg`), `${flag} = FALSE\n`);
  const ended = await fleet.run({ ...wanted, ...asks[name] });
  expect(ended).toMatchObject({ code: 2 });
  expect(ended.stdout).toContain(says);
  expect(ended.stdout).toContain('feature.enabled = TRUE');
});

test('a wrong password is no proof', { timeout: 120_000 }, async () => {
  await host.stopKaraf();
  await writeFile(join(host.etc, `${pid}.cfg`), `${flag} = FALSE\n`);
  for (const [name, says] of [
    ['the console over SSH', 'Permission denied'],
    ['Jolokia', '401'],
  ] as const) {
    const ended = await fleet.run({
      ...wanted,
      ...asks[name],
      console_password: 'no',
      jolokia_password: 'no',
    });
    expect(ended).toMatchObject({ code: 2 });
    expect(ended.stdout).toContain(says);
  }
});

/** All that lies in the files below a folder. */
async function written(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'utf8')));
  expect(texts.join('')).toContain('Ask Jolokia');
  return texts.join('');
}

/** The command lines of every process, as anyone may read them. */
function commandLines(): readonly string[] {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return all.map((one) => {
    try {
      return readFileSync(`/proc/${one}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  });
}
