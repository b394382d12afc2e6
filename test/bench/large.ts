import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fettleProgram, hostRuns, timed, work } from './contestants.ts';
import { writeFleet, type Fleet } from './fleet.ts';
import type { Ground } from './ground.ts';
import { manyOf } from './many.ts';
import { grid, median } from './table.ts';
import { mustEqual, putStart, readTimes, readTree, thirtyWanted, type Tree } from './tree.ts';

/** Where the output goes: a program that reads it, or a terminal on which a row moves. */
type Output = 'pipe' | 'terminal';

/** One run of fettle over so many hosts. */
interface LargeRun {
  readonly seconds: number;
  /** Of the controller and of the hosts together; null where the kernel does not add it up. */
  readonly cpu: number | null;
  /** Bytes of memory, at the most. */
  readonly memory: number;
  /** Seconds that the event loop stood still, at the most: by the clock, and by the CPU that it used. */
  readonly stall: number;
  readonly stallByCpu: number;
}

/** The same work over few hosts and over many, to see what grows how. */
export interface Large {
  readonly state: 'first' | 'converged';
  readonly output: Output;
  readonly few: readonly LargeRun[];
  readonly many: readonly LargeRun[];
  readonly hosts: readonly [few: number, many: number];
}

/** Measures thirty tasks on few and on many hosts that are all one machine; throws where a run did not do exactly its work. */
export async function measureLarge(
  ground: Ground,
  [few, many]: Large['hosts'],
  rounds: number,
): Promise<readonly Large[]> {
  const host = ground.hosts[0];
  if (!host) throw new RangeError('it takes a host to make many of');
  await ground.cpu?.enter('hosts');
  const hosts = await manyOf(host, many);
  await ground.cpu?.enter('controller');
  const folder = await mkdtemp(join(tmpdir(), 'fettle-bench-'));
  try {
    const key = await readFile(ground.fleet.privateKey, 'utf8');
    const files = await host.files();
    const fleets = [
      await writeFleet(join(folder, 'few'), hosts.slice(0, few), key),
      await writeFleet(join(folder, 'many'), hosts, key),
    ] as const;
    const outputs: readonly Output[] = hasScript() ? ['pipe', 'terminal'] : ['pipe'];
    const measured: Large[] = [];
    for (const state of ['first', 'converged'] as const) {
      for (const output of outputs) {
        const runs = { few: [] as LargeRun[], many: [] as LargeRun[] };
        for (let round = 0; round < (state === 'first' ? 1 : rounds); round += 1) {
          runs.few.push(await runOnce(ground, fleets[0], files, state, output));
          runs.many.push(await runOnce(ground, fleets[1], files, state, output));
        }
        measured.push({ state, output, ...runs, hosts: [few, many] });
      }
    }
    return measured;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Whether there is a program that gives fettle a terminal. */
function hasScript(): boolean {
  return spawnSync('script', ['--version']).status === 0;
}

const rootOf = (name: string): string => `/home/ops/${name}`;

async function runOnce(
  { cpu }: Ground,
  fleet: Fleet,
  files: string,
  state: Large['state'],
  output: Output,
): Promise<LargeRun> {
  const roots = fleet.names.map(rootOf);
  if (state === 'first') for (const root of roots) await putStart(files, root);
  const before = await Promise.all(roots.map((root) => readTimes(files, root)));
  const kept = await mkdtemp(join(fleet.folder, 'state-'));
  const figures = join(kept, 'figures.json');
  const cpuBefore = await cpu?.read();
  const seconds = await timed(...commandOf(fleet, output), {
    FETTLE_STATE: kept,
    FETTLE_BENCH_FIGURES: figures,
    TERM: 'xterm-256color',
    CI: '',
  });
  const cpuAfter = await cpu?.read();
  for (const [index, root] of roots.entries()) {
    const where = `${state} run, ${fleet.names[index]}`;
    mustEqual(await readTree(files, root), thirtyWanted(root), where);
    if (state === 'converged') mustEqual(await readTimes(files, root), before[index] as Tree, where);
  }
  const told = await hostRuns(kept);
  const wanted = state === 'first' ? 'changed' : 'ok';
  const right = told.filter(({ counts }) => counts[wanted] === 30);
  if (right.length !== roots.length)
    throw new Error(`${right.length} of ${roots.length} hosts: 30 ${wanted}`);
  return {
    seconds,
    cpu:
      cpuBefore && cpuAfter
        ? cpuAfter.controller + cpuAfter.hosts - cpuBefore.controller - cpuBefore.hosts
        : null,
    ...(JSON.parse(await readFile(figures, 'utf8')) as Omit<LargeRun, 'seconds' | 'cpu'>),
  };
}

function commandOf(fleet: Fleet, output: Output): [string, readonly string[]] {
  const preload = join(import.meta.dirname, 'preload.js');
  const root = `root=${rootOf('{{ inventory_hostname }}')}`;
  const run = ['run', join(work, 'thirty.yml'), '-i', fleet.inventory, '-e', root];
  const words = ['--import', preload, fettleProgram, ...run];
  // On two cores 500 hosts would hold up the controller and its terminal, which have cores of their own elsewhere.
  // A session of its own is a group of its own to the scheduler, whose niceness counts beside that of the hosts' (sched(7), autogroup).
  const first = 'echo -15 2>/dev/null >/proc/self/autogroup; exec nice -n -15';
  if (output === 'pipe')
    return ['setsid', ['-w', 'sh', '-c', `${first} "$@"`, 'sh', process.execPath, ...words]];
  const command = [process.execPath, ...words].map((word) => `'${word}'`).join(' ');
  return ['nice', ['-n', '-15', 'script', '-qec', `stty cols 120 rows 40; ${first} ${command}`, '/dev/null']];
}

/** What was measured as a table: how the work grew with the hosts, and the memory that each of them takes. */
export function largeTable(measured: readonly Large[]): string {
  const rows = measured.map((large) => {
    const { state, output, few, many } = large;
    const stalls = [...few, ...many];
    return [
      `${state === 'first' ? 'first run' : state}, ${output}`,
      `${growth(large, 'seconds').toFixed(2)} ×`,
      many.some((run) => run.cpu === null) ? '' : `${growth(large, 'cpu').toFixed(2)} ×`,
      [few, many].map((runs) => of(runs, 'seconds').toFixed(2)).join(' → '),
      (perHost(large) / 1024).toFixed(0),
      [few, many].map((runs) => (of(runs, 'memory') / 2 ** 20).toFixed(0)).join(' → '),
      (1000 * Math.max(...stalls.map(({ stallByCpu }) => stallByCpu))).toFixed(0),
      (1000 * Math.max(...stalls.map(({ stall }) => stall))).toFixed(0),
    ];
  });
  const hosts = measured[0]?.hosts ?? [0, 0];
  return `\n30 tasks, ${hosts.join(' → ')} hosts (${(hosts[1] / hosts[0]).toFixed(0)} ×)\n${grid([head, ...rows])}`;
}

const head = [
  '',
  'clock',
  'CPU',
  'seconds',
  'KiB a host',
  'MiB in all',
  'longest stall: ms of CPU',
  'ms by the clock',
];

/** How many times as much the many hosts took as the few. */
export function growth({ few, many }: Large, figure: 'seconds' | 'cpu'): number {
  return of(many, figure) / of(few, figure);
}

/** Bytes of memory that each further host takes. */
export function perHost({ few, many, hosts }: Large): number {
  return (of(many, 'memory') - of(few, 'memory')) / (hosts[1] - hosts[0]);
}

function of(runs: readonly LargeRun[], figure: keyof LargeRun): number {
  return median(runs.map((run) => run[figure] ?? Number.NaN));
}
