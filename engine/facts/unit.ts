import type { Fact, Key } from '../contract/fact.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { detectInit } from './init.ts';
import { askScripts, parseScripts, type ScriptService } from './unit_script.ts';
import {
  askSystemd,
  isUnitName,
  parseSystemd,
  type SystemdUnit,
  templateOf,
  unitName,
} from './unit_systemd.ts';

/** A unit as the user names it, "sshd" or "sshd.service"; on a host without systemd the name of a service script. */
export interface UnitSubject {
  readonly name: string;
  /** What is done hangs on its files alone: an undo does not give back whether it is up. */
  readonly onlyFiles?: true;
}

export type UnitAnswer = SystemdUnit | ScriptService;

/** How a unit or service stands; one `systemctl show` for all, and no fork at all under OpenRC and busybox. */
export const unit: Fact<UnitSubject, UnitAnswer> = {
  name: 'unit',
  id: (subject) => unitName(subject.name),
  about: (subject) => aboutUnit(unitName(subject.name)),
  ask: askUnits,
  parse: parseUnits,
  lasting: lastingUnit,
};

/** The key that a change of systemd's own view of its files touches (`daemon_reload`). */
export const unitFiles: Key = 'systemd:files';

/** The name of a service script, as OpenRC and SysV know it. */
export function serviceName(name: string): string {
  return name.replace(/\.service$/, '');
}

function aboutUnit(name: string): readonly Key[] {
  const folders = [
    '/etc/systemd/system',
    '/run/systemd/system',
    '/usr/lib/systemd/system',
    '/lib/systemd/system',
  ];
  const files = [...new Set([name, templateOf(name)])];
  return [
    `unit:${name}`,
    unitFiles,
    ...folders.flatMap((folder) =>
      files.flatMap((file): Key[] => [`path:${folder}/${file}`, `path:${folder}/${file}.d`]),
    ),
    `path:/etc/init.d/${serviceName(name)}`,
  ];
}

function askUnits(subjects: readonly UnitSubject[]): Script {
  // What can be no name would be a pattern or an error to systemctl, and a path to a script.
  const names = subjects.map((subject) => unitName(subject.name)).filter(isUnitName);
  return lines([
    detectInit,
    sh`printf '%s\\n' "$init"`,
    sh`case $init in systemd)`,
    askSystemd(names),
    sh`;; *)`,
    askScripts(names.map(serviceName)),
    sh`;; esac`,
  ]);
}

function parseUnits(output: Buffer, subjects: readonly UnitSubject[]): readonly UnitAnswer[] {
  const text = output.toString('utf8');
  const manager = text.slice(0, text.indexOf('\n'));
  const told = text.slice(manager.length + 1);
  const names = subjects.map((subject) => unitName(subject.name));
  const asked = names.filter(isUnitName);
  if (manager === 'systemd') {
    const units = parseSystemd(told, asked);
    return names.map((name) => units.get(name) ?? notAUnit(name));
  }
  if (manager !== 'openrc' && manager !== 'sysv' && manager !== 'busybox')
    throw new Error('the init of the host was not told');
  const services = parseScripts(told, manager, asked.map(serviceName));
  return names.map((name) => services.get(serviceName(name)) ?? noService(manager, serviceName(name)));
}

/** What is told of a name that systemctl would not take as one unit. */
export function notAUnit(name: string): SystemdUnit {
  return {
    manager: 'systemd',
    id: name,
    load: 'error',
    problem: 'this cannot be the name of a unit',
    active: 'inactive',
    sub: 'dead',
    enabled: '',
    pid: null,
    startedAt: null,
    changedAt: null,
    now: 0,
    needDaemonReload: false,
    fragmentPath: '',
    canReload: false,
    type: '',
    remainAfterExit: false,
    result: '',
    ended: null,
    restarts: null,
    onDisk: false,
  };
}

function noService(manager: ScriptService['manager'], name: string): ScriptService {
  return { manager, name, exists: false, running: false, enabled: false, script: null, runlevels: [] };
}

/** What undo gives back: whether it is up, enabled, masked; not since when. */
export function lastingUnit(answer: UnitAnswer, subject?: UnitSubject): unknown {
  if (answer.manager !== 'systemd') {
    const { exists, running, enabled, runlevels } = answer;
    return { exists, running, enabled, runlevels };
  }
  const { load, active, enabled } = answer;
  if (subject?.onlyFiles) return { load, enabled };
  return { load, enabled, up: active === 'active' || active === 'reloading' || active === 'activating' };
}
