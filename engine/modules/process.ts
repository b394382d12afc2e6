import { CannotPlan, type Change } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, each, map, type Probe } from '../contract/probe.ts';
import { passwd, type PasswdEntry } from '../facts/passwd.ts';
import { processFact, type ProcessAnswer } from '../facts/process.ts';
import { unit, type UnitAnswer } from '../facts/unit.ts';
import { type ProcessArgs, processArguments } from './process/arguments.ts';
import { type Failure, judge } from './process/judge.ts';
import { planRemedy, unitOf } from './process/remedy.ts';
import { ruleOf } from './process/rule.ts';

export interface ProcessState {
  readonly seen: ProcessAnswer;
  readonly unit: UnitAnswer | null;
  /** The entries of the users that `exempt` names. */
  readonly exempt: readonly (PasswdEntry | null)[];
}

/** Checks that processes run as they should, and mends it where it is told how. */
export const process: Module<ProcessArgs, ProcessState> = {
  kind: 'resource',
  name: 'process',
  summary:
    'Checks how many processes of a kind run and that none shows a bad sign; starts, stops or signals where it is told to.',
  args: processArguments,
  shorthand: 'selector',
  notes: [
    '`name`, `exe`, `user` and `setype` must all fit. Threads of the kernel, zombies, processes of containers and the shell that looks do not count.',
    'To see programs, and with `hidepid` the processes of others at all, takes root.',
    'A count says little of sshd: each login of root is one more (since OpenSSH 9.8 they are called sshd-session). Test the service itself with `wait_for`.',
    'A second look, after `recheck` seconds, is made only where something is wrong. `cpu_max` is measured anew; the figure of `ps` is that of the whole life of a process.',
    '`remedy: signal` reaches only what `allow` names, only the very process that was seen (by the time of its start), never process 1 nor what the connection hangs on. Where some may stay, only those outside of `unit` get it. There is no second, harder signal.',
    'An upgrade leaves `deleted` programs running; containers often have group 0 by design.',
  ],
  probe: probeProcesses,
  plan: planProcesses,
  proven(args, _before, after) {
    return failuresOf(args, after).length === 0 ? true : 'wait';
  },
  settle: ({ settle = 10 }) => settle,
  result(args, state) {
    const { hertz, looks } = state.seen;
    const last = looks.at(-1);
    const processes = last?.processes ?? [];
    return {
      count: processes.length,
      failures: failuresOf(args, state).map(({ what }) => what),
      processes: processes.map((one) => ({
        pid: one.pid,
        ppid: one.parent,
        name: one.name,
        exe: one.exe,
        uid: one.uid,
        nice: one.nice,
        label: one.label,
        unit: unitOf(one),
        age: Math.round((last?.uptime ?? 0) - one.startedAt / hertz),
        deleted: one.isDeleted,
      })),
    };
  },
};

function probeProcesses(args: ProcessArgs): Probe<ProcessState> {
  return all({
    seen: ask(processFact, ruleOf(args)),
    unit: map(each(args.unit === undefined ? [] : [ask(unit, { name: args.unit })]), ([one]) => one ?? null),
    exempt: each((args.exempt ?? []).filter(isUserName).map((name) => ask(passwd, { name }))),
  });
}

/** What cannot be the name of a user is not asked for. */
function isUserName(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_.@-]*\$?$/.test(text);
}

function failuresOf(args: ProcessArgs, { seen, exempt }: ProcessState): readonly Failure[] {
  const exemptUsers = exempt.flatMap((entry) => entry?.uid ?? []);
  return judge({ args, rule: ruleOf(args), answer: seen, exemptUsers });
}

function planProcesses(args: ProcessArgs, state: ProcessState): readonly Change[] {
  const { seen } = state;
  if (!seen.userExists)
    throw new CannotPlan(`there is no user ${args.user ?? ''}`, {
      missing: `user:${args.user ?? ''}`,
      next: 'check the name',
    });
  if (args.setype !== undefined && !seen.hasSelinux)
    throw new CannotPlan('the host has no SELinux, so that no process has a type', {
      next: 'leave `setype` out',
    });
  if (args.unit !== undefined && args.remedy !== undefined && args.remedy !== 'none')
    refuseNoUnit(args.unit, state.unit);
  const failures = failuresOf(args, state);
  if (failures.length === 0) return [];
  return planRemedy({ args, failures, seen, unit: state.unit, max: ruleOf(args).max });
}

function refuseNoUnit(name: string, found: UnitAnswer | null): void {
  const isThere = found?.manager === 'systemd' ? found.load === 'loaded' : found?.exists;
  if (!isThere)
    throw new CannotPlan(`there is no unit ${name} that could be started`, {
      missing: `unit:${name}`,
      next: 'check the name',
    });
}
