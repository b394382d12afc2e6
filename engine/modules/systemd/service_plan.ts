import { CannotPlan, predict, type Change, type Undo } from '../../contract/change.ts';
import { unit } from '../../facts/unit.ts';
import type { ScriptService } from '../../facts/unit_script.ts';
import { unitName } from '../../facts/unit_systemd.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import type { SystemdArgs } from './arguments.ts';

/** The steps for a service of OpenRC, SysV or busybox: enable, then start or stop. */
export function planService(wanted: SystemdArgs, seen: ScriptService): readonly Change[] {
  const { name, manager, exists } = seen;
  const key = `unit:${unitName(name)}` as const;
  if (wanted.masked) {
    throw new CannotPlan(`${name} cannot be masked: this host is run by ${manager}`, {
      next: 'use `state: stopped` and `enabled: false`',
    });
  }
  if (!exists) {
    throw new CannotPlan(`there is no service ${name}`, {
      missing: key,
      next: 'check the name, or install what brings it first',
    });
  }
  const enabled = planEnabled(wanted, seen);
  const after = enabled ? { ...seen, ...enabledAs(wanted.enabled === true, seen) } : seen;
  const running = planRunning(wanted, seen);
  const change = (step: Step, expected: ScriptService): Change => ({
    ...step,
    touches: [key],
    predicts: [predict({ fact: unit, subject: { name } }, expected)],
  });
  return [
    ...(enabled ? [change(enabled, after)] : []),
    ...(running ? [change(running, { ...after, running: wanted.state !== 'stopped' })] : []),
  ];
}

/** Scripts tell whether it runs, not since when. */
export function provenService(wanted: SystemdArgs, { name, running, enabled }: ScriptService): true | string {
  if (wanted.enabled !== undefined && enabled !== wanted.enabled)
    return `${name} is ${enabled ? 'still' : 'not'} enabled`;
  if (wanted.state === 'stopped' && running) return `${name} was stopped, but runs`;
  if (wanted.state !== undefined && wanted.state !== 'stopped' && !running)
    return `${name} was started, but does not run`;
  return true;
}

function enabledAs(enabled: boolean, { manager }: ScriptService) {
  return { enabled, runlevels: enabled && manager === 'openrc' ? ['default'] : [] };
}

type Step = Pick<Change, 'what' | 'diff' | 'apply' | 'undo'>;

function planRunning({ state }: SystemdArgs, service: ScriptService): Step | null {
  const { name, running } = service;
  if (state === undefined || (state === 'started' && running) || (state === 'stopped' && !running))
    return null;
  if (state === 'stopped') {
    return {
      what: `stop ${name}`,
      diff: { before: 'running', after: 'stopped' },
      apply: act(service, 'stop'),
      undo: act(service, 'start'),
    };
  }
  if (!running) {
    return {
      what: `start ${name}`,
      diff: { before: 'stopped', after: 'running' },
      apply: act(service, 'start'),
      undo: act(service, 'stop'),
    };
  }
  return {
    what: `${state === 'restarted' ? 'restart' : 'reload'} ${name}`,
    diff: { before: 'running', after: `running, ${state}` },
    apply: act(service, state === 'restarted' ? 'restart' : 'reload'),
    undo: { impossible: `${name} was ${state}: what it held in memory is gone` },
  };
}

/** A script's own path is sure; `rc-service` alone keeps OpenRC's state. */
function act({ manager, name, script }: ScriptService, verb: string): Script {
  if (manager === 'openrc') return sh`rc-service ${name} ${verb}`;
  return sh`${script ?? name} ${verb}`;
}

function planEnabled(wanted: SystemdArgs, service: ScriptService): Step | null {
  const { name, enabled } = service;
  if (wanted.enabled === undefined || wanted.enabled === enabled) return null;
  const { on, off } = switches(service);
  return {
    what: `${wanted.enabled ? 'enable' : 'disable'} ${name}`,
    diff: {
      before: enabled ? 'enabled' : 'disabled',
      after: wanted.enabled ? 'enabled' : 'disabled',
    },
    apply: wanted.enabled ? on : off,
    undo: (wanted.enabled ? off : on) satisfies Undo,
  };
}

function switches({ manager, name, runlevels, script }: ScriptService): { on: Script; off: Script } {
  if (manager === 'openrc') {
    const levels = runlevels.length > 0 ? runlevels : ['default'];
    return {
      on: lines(levels.map((level) => sh`rc-update add ${name} ${level} || exit`)),
      off: lines(levels.map((level) => sh`rc-update del ${name} ${level} || exit`)),
    };
  }
  if (manager === 'sysv') {
    const has = sh`command -v chkconfig >/dev/null`;
    return {
      on: sh`if ${has}; then chkconfig ${name} on; else update-rc.d ${name} defaults && update-rc.d ${name} enable; fi`,
      off: sh`if ${has}; then chkconfig ${name} off; else update-rc.d ${name} disable; fi`,
    };
  }
  throw new CannotPlan(`${name} cannot be enabled or disabled: busybox' init runs what its inittab names`, {
    next: `leave \`enabled\` out, or keep ${script ?? '/etc/init.d'} and /etc/inittab with \`file\` and \`lineinfile\``,
  });
}
