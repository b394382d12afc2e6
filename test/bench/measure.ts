import type { Contestant, Ran, Work } from './contestants.ts';
import type { Cpu } from './cpu.ts';
import { countForks } from './forks.ts';
import type { Ground } from './ground.ts';
import { mixedWanted, mustEqual, putStart, readTimes, readTree, thirtyWanted, type Tree } from './tree.ts';

/** What is measured: which work, on how many hosts, from which state. */
export interface Task {
  readonly title: string;
  readonly work: Work;
  readonly hosts: number;
  /** `first`: everything has to change; `converged`: all is as wanted. */
  readonly state: 'first' | 'converged';
  readonly repetitions: number;
}

/** What one run needed. */
export interface Spent {
  readonly seconds: number;
  readonly cpu?: Cpu;
}

/** What one contestant needed. */
export interface Figure {
  readonly name: string;
  /** Each repetition. */
  readonly spent: readonly Spent[];
  /** The most that fettle spoke to a host. */
  readonly sends?: number;
  /** Processes started on the first host. */
  readonly forks?: number;
  /** Turns of the talk for each host. */
  readonly turns?: number;
}

export interface Measured {
  readonly task: Task;
  readonly figures: readonly Figure[];
}

/** Lets the contestants do a task in turn, round after round; throws where a run did not do exactly its work. */
export async function measure(
  ground: Ground,
  task: Task,
  contestants: readonly Contestant[],
): Promise<Measured> {
  const files = await Promise.all(ground.hosts.slice(0, task.hosts).map((host) => host.files()));
  if (task.state === 'converged') await converge(ground, task, contestants[0] as Contestant, files);
  // The first round warms caches and counts; the times are those of the rounds after it.
  const figures: Figure[] = [];
  for (const contestant of contestants) figures.push(await counted(ground, task, contestant, files));
  const spent = figures.map((figure, index) => (contestants[index]?.slow ? [...figure.spent] : []));
  for (let round = 0; round < task.repetitions; round += 1) {
    for (const [index, contestant] of contestants.entries()) {
      if (!contestant.slow) spent[index]?.push(await runOnce(ground, task, contestant, files));
    }
  }
  return { task, figures: figures.map((figure, index) => ({ ...figure, spent: spent[index] ?? [] })) };
}

async function converge(
  ground: Ground,
  task: Task,
  contestant: Contestant,
  files: readonly string[],
): Promise<void> {
  for (const each of files) await putStart(each);
  await contestant.run(ground.fleet, task.hosts, task.work);
}

async function counted(
  ground: Ground,
  task: Task,
  contestant: Contestant,
  files: readonly string[],
): Promise<Figure> {
  await ground.turns?.();
  const { result, forks } = await countForks(files[0] ?? '', () => runOnce(ground, task, contestant, files));
  const turns = await ground.turns?.();
  return {
    name: contestant.name,
    spent: [result],
    forks,
    ...(result.hosts ? { sends: Math.max(...result.hosts.map((host) => host.sends)) } : {}),
    ...(turns === undefined ? {} : { turns: turns / task.hosts }),
  };
}

/** One run, with its effect on the file systems of all its hosts. */
async function runOnce(
  ground: Ground,
  task: Task,
  contestant: Contestant,
  files: readonly string[],
): Promise<Ran & Spent> {
  if (task.state === 'first') for (const each of files) await putStart(each);
  const before = await Promise.all(files.map((each) => readTimes(each)));
  const cpu = await ground.cpu?.read();
  const ran = await contestant.run(ground.fleet, task.hosts, task.work);
  const cpuAfter = await ground.cpu?.read();
  const where = (index: number) => `${contestant.name}, ${task.title}, host ${index + 1}`;
  if (task.state === 'converged' || contestant.idle) {
    const after = await Promise.all(files.map((each) => readTimes(each)));
    after.forEach((times, index) => mustEqual(times, before[index] as Tree, where(index)));
  }
  if (!contestant.idle) {
    const wanted = task.work === 'thirty' ? thirtyWanted() : mixedWanted();
    const found = await Promise.all(files.map((each) => readTree(each)));
    found.forEach((tree, index) => mustEqual(tree, wanted, where(index)));
  }
  if (ran.hosts) mustHaveReported(ran.hosts, task);
  return { ...ran, ...(cpu && cpuAfter ? { cpu: difference(cpu, cpuAfter) } : {}) };
}

function difference(before: Cpu, after: Cpu): Cpu {
  return { controller: after.controller - before.controller, hosts: after.hosts - before.hosts };
}

/** fettle must also have said what it did. */
function mustHaveReported(hosts: NonNullable<Ran['hosts']>, task: Task): void {
  if (hosts.length !== task.hosts) throw new Error(`${task.title}: ${hosts.length} hosts reported`);
  for (const { host, counts } of hosts) {
    const { changed = 0, ok = 0 } = counts;
    const isRight =
      task.state === 'converged'
        ? changed === 0 && ok > 0
        : task.work === 'mixed'
          ? changed > 0
          : changed === 30;
    if (!isRight) throw new Error(`${task.title}: ${host} reported ${JSON.stringify(counts)}`);
  }
}
