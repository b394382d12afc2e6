import { execFile } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs, promisify } from 'node:util';
import { labMissing } from '../hosts/lab_requirements.ts';
import { ansible, byHand, fettle, fettleVersion, sshTrue } from './contestants.ts';
import { hasNetem, withNetem } from './delay.ts';
import { withForwarder, withGround, type Ground } from './ground.ts';
import { largeTable, measureLarge, type Large } from './large.ts';
import { measure, type Measured, type Task } from './measure.ts';
import { hasAnsible } from './python_root.ts';
import { median, tableOf } from './table.ts';
import { targetTable, type Results } from './targets.ts';

const execute = promisify(execFile);
const addedDelay = 50;
const largeHosts = 500;
const parts = 'version,one,fifty,first,mixed,delay,large';

const { values } = parseArgs({
  options: {
    hosts: { type: 'string', default: '50' },
    repetitions: { type: 'string', default: '5' },
    only: { type: 'string', default: parts },
    ansible: { type: 'boolean', default: hasAnsible },
    // What this program calls itself with, in a network that is slow already: the figures come as JSON.
    within: { type: 'boolean', default: false },
  },
  allowNegative: true,
});
const hosts = Number(values.hosts);
const repetitions = Number(values.repetitions);
const wanted = new Set(values.only.split(','));

const missing = labMissing();
if (missing !== null) {
  process.stderr.write(`The bench needs ${missing}, which is not here.\n`);
  process.exitCode = 1;
} else if (values.within) {
  await withGround(hosts, false, async (ground) => {
    const measured = await measure(ground, delayed(addedDelay, 'netem'), [fettle, byHand, sshTrue]);
    process.stdout.write(JSON.stringify(measured));
  });
} else {
  await execute('npm', ['run', 'build']);
  say(`${cpus().length} cores, load ${loadavg()[0]?.toFixed(2)}, Node ${process.version}, ${hosts} hosts`);
  await withGround(hosts, values.ansible, bench);
}

async function bench(ground: Ground): Promise<void> {
  const results: Results = {
    ...(wanted.has('version') ? { version: await versions() } : {}),
    ...(wanted.has('one') ? { one: await converged(ground, 1) } : {}),
    ...(wanted.has('fifty') ? { fifty: await converged(ground, hosts) } : {}),
    ...(wanted.has('first') ? { first: await first(ground) } : {}),
  };
  if (wanted.has('mixed')) await mixed(ground);
  if (wanted.has('delay')) await slower(ground);
  const large = wanted.has('large') ? await larger(ground) : undefined;
  say(targetTable({ ...results, ...(large ? { large } : {}) }));
}

async function versions(): Promise<readonly number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < 11; round += 1) seconds.push(await fettleVersion());
  say(`\nfettle --version\n  ${median(seconds).toFixed(3)} s`);
  return seconds;
}

function converged(ground: Ground, count: number): Promise<Measured> {
  const title = `30 tasks, converged, on ${count === 1 ? 'one host' : `${count} hosts`}`;
  const task: Task = { title, work: 'thirty', hosts: count, state: 'converged', repetitions };
  return show(measure(ground, task, [fettle, byHand, sshTrue, ...(values.ansible ? [ansible] : [])]));
}

function first(ground: Ground): Promise<Measured> {
  const title = `30 tasks, first run, on ${hosts} hosts`;
  return show(
    measure(ground, { title, work: 'thirty', hosts, state: 'first', repetitions: 3 }, [fettle, byHand]),
  );
}

async function mixed(ground: Ground): Promise<void> {
  for (const state of ['converged', 'first'] as const) {
    const how = state === 'first' ? 'first run' : state;
    const title = `Facts, registers and two users, ${how}, on ${hosts} hosts`;
    await show(measure(ground, { title, work: 'mixed', hosts, state, repetitions: 3 }, [fettle, byHand]));
  }
}

async function slower(ground: Ground): Promise<void> {
  if (await hasNetem()) {
    const again = [import.meta.filename, '--within', '--hosts', values.hosts];
    const words = withNetem(addedDelay, [process.execPath, '--import', 'tsx', ...again]);
    const { stdout } = await execute('unshare', words, { maxBuffer: 1 << 26 });
    say(tableOf(JSON.parse(stdout) as Measured));
    return;
  }
  say('\nThis kernel has no netem (sch_netem): a forwarder before the hosts holds back what passes instead.');
  for (const milliseconds of [0, addedDelay]) {
    await withForwarder(ground, milliseconds, async (behind) => {
      const task = delayed(milliseconds, 'forwarder');
      await show(measure(behind, task, [fettle, byHand, sshTrue]));
    });
  }
}

async function larger(ground: Ground): Promise<readonly Large[]> {
  const measured = await measureLarge(ground, [largeHosts / 10, largeHosts], Math.min(repetitions, 3));
  say(largeTable(measured));
  return measured;
}

function delayed(milliseconds: number, by: string): Task {
  const title = `30 tasks, converged, on ${hosts} hosts, ${milliseconds} ms more a round trip (${by})`;
  return { title, work: 'thirty', hosts, state: 'converged', repetitions: 3 };
}

async function show(measuring: Promise<Measured>): Promise<Measured> {
  const measured = await measuring;
  say(tableOf(measured));
  return measured;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
