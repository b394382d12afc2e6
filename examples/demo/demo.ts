import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeClientFiles } from '../../test/hosts/client_files.ts';
import { newKey } from '../../test/hosts/keys.ts';
import { flag, pid, startKarafHost, type KarafHost } from '../../test/playbooks/karaf_host.ts';
import { Stage } from './stage.ts';

const playbook = 'playbooks/karaf-flag/playbook.yml';

/** What the three hosts start with: as people leave such files behind. */
const before = {
  app1: `# switched on for the trial, see the wiki\n${flag} = TRUE\n\nretries = 3\n`,
  app2: `retries: 3\r\n! h\xe4ndisch ge\xe4ndert\r\n${flag}: \\\r\n    true\r\nhosts = a,\\\r\n  b\r\n`,
  app3: `retries = 3\n${flag} = FALSE\n`,
} as const;

/** What they must have in the end, to the byte. */
const after = {
  app1: `# switched on for the trial, see the wiki\n${flag} = FALSE\n\nretries = 3\n`,
  app2: `retries: 3\r\n! h\xe4ndisch ge\xe4ndert\r\n${flag}: \\\r\n    FALSE\r\nhosts = a,\\\r\n  b\r\n`,
  app3: before.app3,
} as const;

if (process.platform !== 'linux') {
  process.stderr.write("The demo's hosts work with this machine's own sh and stat: it needs Linux.\n");
  process.exit(1);
}
const scratch = await mkdtemp(join(tmpdir(), 'fettle-demo-'));
const hosts = new Map<keyof typeof before, KarafHost>();
process.once('SIGINT', () => void leave(130));
process.once('SIGTERM', () => void leave(143));
try {
  await leave((await show()) === 0 ? 0 : 1);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  await leave(1);
}

/** Gives the number of broken promises. */
async function show(): Promise<number> {
  const state = join(scratch, 'state');
  const stage = new Stage(state);
  stage.heading('Three hosts');
  const inventory = await start();
  stage.say(`app1, app2 and app3 are SSH servers on this machine's loopback, each with a scratch folder below
${scratch}. In each runs a watcher that follows the documented rules of Karaf's
fileinstall, and an application that takes ${flag} from ${pid}.cfg.
It is on where it should not be, on app1 and app2, which write it in different ways; app3 is right already.`);

  stage.heading('Plan: what would change, nothing is touched');
  const planned = await stage.fettle('run', playbook, '-i', inventory, '--check', '--diff');
  stage.promise(planned === 0, 'exit status 0');
  stage.promise(await have(before), 'all three files are as they were, to the byte');

  stage.heading('Run: change it, and prove it by what Karaf and the application log');
  const ran = await stage.fettle('run', playbook, '-i', inventory, '--diff');
  stage.promise(ran === 0, 'exit status 0');
  stage.promise(
    await have(after),
    'one value is changed on app1 and app2; comments, line ends and layout are kept',
  );
  stage.promise(
    [...hosts.values()].every((host) => !host.flag()),
    'the application on every host has its flag off',
  );
  stage.promise(
    (await updates()) === '1 1 0',
    'Karaf has read the file anew on app1 and app2, and not on app3',
  );
  stage.say("\n  The end of app1's karaf.log, which the run has waited for:\n");
  stage.say(await lastLines('app1', 2));

  stage.heading('Run again: nothing left to do');
  const again = await stage.fettle('run', playbook, '-i', inventory, '--check', '--exit-code');
  stage.promise(again === 0, 'exit status 0, which with --exit-code means: no change pending');
  const second = await stage.fettle('run', playbook, '-i', inventory);
  stage.promise(second === 0, 'exit status 0');
  stage.promise((await updates()) === '1 1 0', 'and nothing was written');

  stage.heading('Undo the first run');
  const undone = await stage.fettle('undo', await firstChange(state), '-i', inventory);
  stage.promise(undone === 0, 'exit status 0');
  stage.promise(await have(before), 'all three files are as they were before, to the byte');
  stage.promise(
    await within(10, () => isOn('app1') && isOn('app2')),
    'the application has its flag on again on app1 and app2',
  );

  stage.heading(stage.broken === 0 ? 'All of it came out as promised' : `NOT as promised: ${stage.broken}`);
  return stage.broken;
}

/** Starts the hosts and gives their inventory. */
async function start(): Promise<string> {
  await chmod(scratch, 0o711);
  const key = newKey();
  for (const name of ['app1', 'app2', 'app3'] as const) {
    const options = { name, scratch, authorizedKey: key.publicLine, configuration: before[name] };
    hosts.set(name, await startKarafHost(options));
  }
  const reachable = [...hosts.values()].map(({ ssh, etc }) => ({ ...ssh, vars: { karaf_etc: etc } }));
  const { inventory } = await writeClientFiles(scratch, key.privateText, { karaf: reachable });
  await mkdir(join(scratch, 'group_vars'));
  const variables = { pid, flag, wanted: 'FALSE', application_line: 'Configuration updated, flag=false' };
  await writeFile(join(scratch, 'group_vars', 'karaf.yml'), JSON.stringify(variables));
  return inventory;
}

async function have(wanted: Readonly<Record<keyof typeof before, string>>): Promise<boolean> {
  const found = await Promise.all(
    [...hosts].map(async ([name, host]) => (await host.configuration()) === wanted[name]),
  );
  return found.every(Boolean);
}

/** How often each host's Karaf has read its configuration anew. */
async function updates(): Promise<string> {
  const logs = await Promise.all([...hosts.values()].map((host) => host.log()));
  return logs.map((log) => log.split('Updating configuration').length - 1).join(' ');
}

async function lastLines(name: keyof typeof before, count: number): Promise<string> {
  const log = (await hosts.get(name)?.log()) ?? '';
  return log.trimEnd().split('\n').slice(-count).join('\n');
}

/** The name of the run that changed something, from the records that this demo's runs left. */
async function firstChange(state: string): Promise<string> {
  for (const run of (await readdir(join(state, 'runs'))).sort()) {
    const events = await readFile(join(state, 'runs', run, 'events.jsonl'), 'utf8');
    if (events.includes('"change_started"')) return run;
  }
  throw new Error('no record of a run that changed something');
}

function isOn(name: keyof typeof before): boolean {
  return hosts.get(name)?.flag() === true;
}

async function within(seconds: number, holds: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < seconds * 20 && !holds(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  return holds();
}

async function leave(code: number): Promise<never> {
  await Promise.all([...hosts.values()].map((host) => host.close()));
  await rm(scratch, { recursive: true, force: true });
  process.exit(code);
}
