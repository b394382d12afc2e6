import { CannotPlan, type Change } from '../../contract/change.ts';
import type { Process, ProcessAnswer } from '../../facts/process.ts';
import type { UnitAnswer } from '../../facts/unit.ts';
import { unitName } from '../../facts/unit_systemd.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { ProcessArgs } from './arguments.ts';
import { type Failure, sameName, shownProcess } from './judge.ts';

/** What a remedy works on. */
export interface Sick {
  readonly args: ProcessArgs;
  readonly failures: readonly Failure[];
  readonly seen: ProcessAnswer;
  readonly unit: UnitAnswer | null;
  /** How many may stay. */
  readonly max: number | null;
}

/** The changes that a remedy makes. Throws CannotPlan where it is none for what is wrong. */
export function planRemedy(sick: Sick): readonly Change[] {
  const { remedy = 'none' } = sick.args;
  switch (remedy) {
    case 'none':
      throw refusal(sick, 'say what is to be done (`remedy`, with `unit` or `allow`), or look yourself');
    case 'start':
      return [start(sick)];
    case 'stop':
      needs(sick, ['many'], 'stop');
      return unitsOf(sick).map((name) => act(sick, name, 'stop'));
    case 'restart':
      return unitsOf(sick).map((name) => act(sick, name, 'restart'));
    case 'signal':
      return signal(sick);
  }
}

function refusal({ failures }: Sick, next: string): CannotPlan {
  return new CannotPlan(failures.map(({ what }) => what).join('\n'), { next });
}

function needs(sick: Sick, kinds: readonly Failure['kind'][], verb: string): void {
  if (sick.failures.every(({ kind }) => kinds.includes(kind))) return;
  throw refusal(sick, `\`remedy: ${verb}\` is no help against that`);
}

function start(sick: Sick): Change {
  needs(sick, ['few'], 'start');
  if (sick.args.unit === undefined) throw refusal(sick, 'name the `unit` that is to be started');
  return act(sick, nameOf(sick.unit, sick.args.unit), 'start');
}

/** The named unit, or those that the processes are in: a login's scope and a user's manager are no services. */
function unitsOf(sick: Sick): readonly string[] {
  if (sick.args.unit !== undefined) return [nameOf(sick.unit, sick.args.unit)];
  const found = sick.failures.flatMap(({ processes }) => processes).map((one) => [one, unitOf(one)] as const);
  const without = found.find(([, unit]) => unit === null);
  if (found.length === 0 || without)
    throw refusal(
      sick,
      `${without ? `${shownProcess(without[0])} is in no service` : 'there is no process to tell it from'}: name the \`unit\``,
    );
  return [...new Set(found.flatMap(([, unit]) => unit ?? []))].toSorted();
}

/** The service that a process is in, by its control group. */
export function unitOf({ cgroup }: Process): string | null {
  const parts = cgroup?.split('/') ?? [];
  if (parts.some((part) => /^user@\d+\.service$/.test(part))) return null;
  return parts.find((part) => part.endsWith('.service')) ?? null;
}

function nameOf(unit: UnitAnswer | null, name: string): string {
  if (unit?.manager === 'systemd') return unit.id;
  return unit ? unit.name : unitName(name);
}

type Verb = 'start' | 'stop' | 'restart';

function act(sick: Sick, name: string, verb: Verb): Change {
  const why = sick.failures.map(({ what }) => what).join('\n');
  return {
    what: `${verb} ${name}`,
    diff: { before: why, after: verb === 'stop' ? 'stopped' : 'started' },
    touches: ['process:all', `unit:${unitName(name)}`],
    apply: script(sick.unit, name, verb),
    undo:
      verb === 'restart'
        ? { impossible: `${name} was restarted: what it held in memory is gone` }
        : script(sick.unit, name, verb === 'start' ? 'stop' : 'start'),
  };
}

function script(unit: UnitAnswer | null, name: string, verb: Verb): Script {
  if (unit === null || unit.manager === 'systemd') {
    const ready = verb === 'stop' ? [] : [sh`systemctl reset-failed -- ${name} 2>/dev/null`];
    return lines([...ready, sh`systemctl ${verb} -- ${name} || exit 1`]);
  }
  if (unit.manager === 'openrc') return sh`rc-service ${name} ${verb} || exit 1`;
  return sh`${unit.script ?? name} ${verb} || exit 1`;
}

/** Sends a signal to those that are allowed to get one, and only to the very processes that were seen. */
function signal(sick: Sick): readonly Change[] {
  const { allow = [], signal: name = 'TERM' } = sick.args;
  const processes = surplus(sick);
  const denied = processes.find((one) => !allow.some((each) => sameName(each, one.name) || each === one.exe));
  if (denied)
    throw refusal(sick, `${shownProcess(denied)} may get no signal: add its path or name to \`allow\``);
  const own = processes.find(({ pid }) => pid === 1 || sick.seen.askers.includes(pid));
  if (own)
    throw refusal(
      sick,
      `${shownProcess(own)} is what this host or this connection runs by: it gets no signal`,
    );
  return [
    {
      what: `send ${name} to ${processes.map(shownProcess).join(', ')}`,
      diff: { before: sick.failures.map(({ what }) => what).join('\n'), after: null },
      touches: ['process:all'],
      apply: lines([send, ...processes.map(({ pid, startedAt }) => sh`send ${name} ${pid} ${startedAt}`)]),
      undo: { impossible: 'a process that got a signal cannot be made not to have got it' },
    },
  ];
}

// A number may be another process's by now: the time of its start tells.
const send = sh`send() {
s=; { while IFS= read -r l; do s=$s$l; done <"/proc/$2/stat"; } 2>/dev/null
set -- "$1" "$2" "$3" \${s##*") "}
if [ "\${23:-}" = "$3" ]; then kill -s "$1" "$2" 2>/dev/null || ! [ -d "/proc/$2" ] || { echo "process $2 takes no signal" >&2; exit 1; }; fi
}`;

/** Where some are to stay, only those outside of the unit are too many. */
function surplus(sick: Sick): readonly Process[] {
  needs(sick, ['many', 'gid0', 'init_t', 'deleted', 'cpu'], 'signal');
  const chosen = sick.failures.flatMap((failure) => {
    if (failure.kind !== 'many' || sick.max === 0) return failure.processes;
    if (sick.args.unit === undefined)
      throw refusal(
        sick,
        'it is not said which of them may stay: name the `unit` that they should be in, or `count: "-0"`',
      );
    const unit = nameOf(sick.unit, sick.args.unit);
    return failure.processes.filter((one) => unitOf(one) !== unit);
  });
  const unique = chosen.filter((one, index) => chosen.findIndex(({ pid }) => pid === one.pid) === index);
  if (unique.length === 0)
    throw refusal(sick, 'all of them are in the unit: use `remedy: restart`, or look at its configuration');
  return unique;
}
