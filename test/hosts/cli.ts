import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { endScript, startHosts } from './lab.ts';
import { standingAddress } from './lab_address.ts';
import { readRecord, runs, startOf, stateFolder, thisBoot, writeRecord } from './lab_record.ts';
import type { RecordedHost } from './lab_record.ts';
import { labMissing } from './lab_requirements.ts';

const usage = `npm run hosts -- up [N] [--systemd M]   start N Debian hosts (3), one with busybox and dropbear alone, and M that systemd runs
npm run hosts -- list                   show what runs
npm run hosts -- down                   end them and remove what they wrote`;

process.exitCode = await main(process.argv.slice(2));

async function main([command, ...rest]: readonly string[]): Promise<number> {
  const missing = labMissing();
  if (missing !== null) return refuse(`The hosts need ${missing}, which is not here.`);
  if (command === 'up') return upAs(rest);
  if (command === 'list' && rest.length === 0) return list();
  if (command === 'down' && rest.length === 0) return down();
  return refuse(usage);
}

async function upAs(words: readonly string[]): Promise<number> {
  const said = /^(?:([1-9]\d{0,3}) ?)?(?:--systemd[ =]([1-9]\d{0,2}))?$/.exec(words.join(' '));
  return said === null ? refuse(usage) : up(Number(said[1] ?? 3), Number(said[2] ?? 0));
}

async function up(debian: number, systemd: number): Promise<number> {
  if ((await readRecord()) !== null) return refuse('Hosts are up already: see list, end them with down.');
  await mkdir(stateFolder, { recursive: true });
  // `down` removes the folder: it must be the lab's alone.
  if ((await readdir(stateFolder)).length > 0) return refuse(`${stateFolder} holds something else.`);
  await chmod(stateFolder, 0o755);
  const boot = await thisBoot();
  const hosts: RecordedHost[] = [];
  let recorded = writeRecord({ boot, hosts });
  // Each host is on record as soon as it runs, so that `down` finds it whatever comes of this command.
  const started = (group: number, name: string, where: string) => {
    recorded = recorded.then(async () => {
      hosts.push({ name, where, group, since: (await startOf(group)) ?? '' });
      await writeRecord({ boot, hosts });
    });
  };
  try {
    const size = { debian, busybox: 1, systemd };
    const lab = await startHosts(size, stateFolder, standingAddress, started);
    await recorded;
    hosts.sort((one, other) => one.where.localeCompare(other.where, 'en', { numeric: true }));
    const { inventory, knownHosts, privateKey } = lab;
    await writeRecord({ boot, hosts, inventory, knownHosts, privateKey });
    await writeFile(join(stateFolder, 'dev-password'), `${lab.devPassword}\n`, { mode: 0o600 });
  } catch (error) {
    await recorded;
    await down();
    throw error;
  }
  return list();
}

async function list(): Promise<number> {
  const record = await readRecord();
  if (record === null) return say('No hosts are up.');
  for (const host of record.hosts) {
    say(`${host.name.padEnd(12)} ${host.where.padEnd(20)} ${(await runs(record, host)) ? 'up' : 'gone'}`);
  }
  say('');
  say(`inventory    ${record.inventory ?? '-'}`);
  say(`known_hosts  ${record.knownHosts ?? '-'}`);
  say(`key          ${record.privateKey ?? '-'} (root, ops; ops may sudo without a password)`);
  return say(`password     in ${join(stateFolder, 'dev-password')} (dev; sudo asks for it)`);
}

async function down(): Promise<number> {
  const record = await readRecord();
  if (record === null) return say('No hosts are up.');
  const live = await Promise.all(
    record.hosts.map(async (host) => ((await runs(record, host)) ? [host] : [])),
  );
  const ending = spawn('sh', [endScript, stateFolder], { stdio: ['pipe', 'inherit', 'inherit'] });
  ending.stdin.end(
    live
      .flat()
      .map((host) => `${host.group}\n`)
      .join(''),
  );
  await once(ending, 'exit');
  return say(`${live.flat().length} hosts ended.`);
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function refuse(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}
