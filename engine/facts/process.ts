import type { Fact } from '../contract/fact.ts';
import { askProcesses } from './process_script.ts';

/** What of a process may be wrong beside how many of it there are. */
export type ProcessSign = 'gid0' | 'init_t' | 'deleted';

/** Which processes are meant, all that is given at once; and what makes a second look worth its time. */
export interface ProcessSubject {
  /** The program's name; the kernel keeps 15 bytes of it. */
  readonly name?: string;
  /** The path of its program; that it was replaced since does not count. */
  readonly exe?: string;
  /** Its effective user, by name or number. */
  readonly user?: string;
  /** The type of its SELinux label. */
  readonly type?: string;
  readonly min: number;
  /** Null for any number. */
  readonly max: number | null;
  /** Seconds to a second look, where the first finds too many, too few or a sign; 0 for none. */
  readonly recheck: number;
  /** Seconds to a second look in any case. */
  readonly interval: number;
  readonly signs: readonly ProcessSign[];
  /** Names, paths of programs and numbers of users whose signs make no second look worth its time. */
  readonly exempt?: readonly string[];
}

/** A process of the host's own pid namespace that is no thread of the kernel's. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Up to 15 bytes; line ends are shown as `?`. */
  readonly name: string;
  /** Null where it cannot be read. */
  readonly exe: string | null;
  /** Its program was replaced or removed since it was started. */
  readonly isDeleted: boolean;
  /** Effective; null where it was gone before it was asked. */
  readonly uid: number | null;
  /** Some of its groups is 0. */
  readonly hasGroup0: boolean;
  /** Processor time so far and when it began after the boot, in clock ticks. */
  readonly ticks: number;
  readonly startedAt: number;
  readonly nice: number;
  /** The path of its control group. */
  readonly cgroup: string | null;
  /** The SELinux label. */
  readonly label: string | null;
}

/** What one pass over /proc has found. */
export interface ProcessLook {
  /** Seconds since the boot. */
  readonly uptime: number;
  readonly processes: readonly Process[];
}

export interface ProcessAnswer {
  /** False where the host has no user of the name. */
  readonly userExists: boolean;
  readonly hasSelinux: boolean;
  /** Clock ticks a second. */
  readonly hertz: number;
  /** The shell that asked and the processes above it. */
  readonly askers: readonly number[];
  /** One look, or two. */
  readonly looks: readonly ProcessLook[];
}

/** The processes that fit; one pass over /proc for all subjects, with a few forks whatever their number. */
export const processFact: Fact<ProcessSubject, ProcessAnswer> = {
  name: 'process',
  id: (subject) => JSON.stringify(subject),
  about: () => ['process:all'],
  ask: askProcesses,
  parse: parseProcesses,
  // They come and go by themselves.
  lasting: () => null,
  chunk: 100,
};

interface Heard {
  askers: number[];
  hertz: number;
  hasSelinux: boolean;
  unknown: Set<number>;
  looks: { uptime: number; found: Map<number, Process[]> }[];
}

// Each row is a letter and its value; what a process may choose itself holds no line end by then.
function parseProcesses(output: Buffer, subjects: readonly ProcessSubject[]): ProcessAnswer[] {
  const heard: Heard = { askers: [], hertz: 100, hasSelinux: false, unknown: new Set(), looks: [] };
  let row: Partial<Record<string, string>> = {};
  for (const line of output.toString('utf8').split('\n')) {
    const letter = line.slice(0, 1);
    const value = line.slice(2);
    if (letter === 'A') heard.askers = value.split(' ').map(Number);
    else if (letter === 'H') heard.hertz = Number(value) || 100;
    else if (letter === 'S') heard.hasSelinux = value === '1';
    else if (letter === 'U') heard.unknown.add(Number(value));
    else if (letter === 'L') heard.looks.push({ uptime: Number(value), found: new Map() });
    else if (letter === 'P') row = { P: value };
    else if (letter !== '') row[letter] = value;
    // The name is told last.
    if (letter === 'N') keep(heard, row);
  }
  if (heard.looks.length === 0) throw new Error('the processes of the host were not told');
  return subjects.map((_subject, index) => ({
    userExists: !heard.unknown.has(index),
    hasSelinux: heard.hasSelinux,
    hertz: heard.hertz,
    askers: heard.askers,
    looks: heard.looks.map(({ uptime, found }) => ({ uptime, processes: found.get(index) ?? [] })),
  }));
}

function keep({ looks }: Heard, row: Partial<Record<string, string>>): void {
  const [rule, pid, parent, startedAt, user, system, nice, uid = '', group0] = (row['P'] ?? '').split(' ');
  const exe = row['X'] || null;
  const process: Process = {
    pid: Number(pid),
    parent: Number(parent),
    name: row['N'] ?? '',
    exe: exe?.replace(/ \(deleted\)$/, '') ?? null,
    isDeleted: exe?.endsWith(' (deleted)') ?? false,
    uid: /^\d+$/.test(uid) ? Number(uid) : null,
    hasGroup0: group0 === '1',
    ticks: Number(user) + Number(system),
    startedAt: Number(startedAt),
    nice: Number(nice),
    cgroup: row['C'] || null,
    label: row['T'] || null,
  };
  const found = looks.at(-1)?.found;
  found?.set(Number(rule), [...(found.get(Number(rule)) ?? []), process]);
}
