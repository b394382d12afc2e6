import { Type } from 'typebox';
import { CannotPlan, type Change, predict, saved } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask, type Probe } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { hostname as kernelName } from '../facts/hostname.ts';
import { init, type Init } from '../facts/init.ts';
import { program, withSystemPath } from '../facts/program.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';

export interface HostnameArgs {
  readonly name: string;
  readonly use?: 'systemd' | 'debian' | 'alpine';
}

export interface HostnameState {
  readonly kernel: string;
  readonly file: EditState;
  readonly init: Init;
  readonly hostnamectl: string | null;
}

/** The host's name. */
export const hostname: Module<HostnameArgs, HostnameState> = {
  kind: 'resource',
  name: 'hostname',
  summary: "Sets the host's name, for now and for the next boot.",
  args: Type.Object(
    {
      name: Type.String({
        pattern:
          '^(?=.{1,64}$)[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$',
        description: 'The name, short or with its domain; at most 64 characters.',
        errorMessage: 'must be a host name: letters, digits, hyphens and dots, at most 64 characters',
      }),
      use: Type.Optional(
        Type.Union([Type.Literal('systemd'), Type.Literal('debian'), Type.Literal('alpine')], {
          description:
            'How: `systemd` by hostnamectl, `debian` and `alpine` by /etc/hostname. By itself: systemd where it runs the host, else /etc/hostname.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  notes: [
    'Both names are kept: the static one, which the next boot takes from /etc/hostname, and the one that the kernel has now. The pretty name stays as it is.',
    '/etc/hosts is left alone: a name that nothing resolves makes sudo and mail servers wait. cloud-init sets the name at each boot unless its configuration says `preserve_hostname: true`.',
    'Running programs (syslog, shells) go on with the name that they read at their start.',
  ],
  probe: probeName,
  plan: planName,
  result: ({ name }, { kernel }) => ({ name, hostname: kernel }),
};

const file = '/etc/hostname';

function probeName(): Probe<HostnameState> {
  return all({
    kernel: ask(kernelName, undefined),
    file: askEdit(file),
    init: ask(init, undefined),
    hostnamectl: ask(program, 'hostnamectl'),
  });
}

function planName({ name, use }: HostnameArgs, state: HostnameState): readonly Change[] {
  const old = editable(file, state.file)?.toString('utf8') ?? null;
  const now = staticName(old);
  const bySystemd =
    use === 'systemd' || (use === undefined && state.init.name === 'systemd' && state.hostnamectl);
  if (use === 'systemd' && !state.hostnamectl) {
    throw new CannotPlan('there is no hostnamectl on the host', {
      missing: 'program:hostnamectl',
      next: 'install systemd, or leave `use` out',
    });
  }
  const permanent =
    now === name ? [] : bySystemd ? [byHostnamectl(name, now, old)] : inFile(name, now, state);
  return state.kernel === name ? permanent : [...permanent, inKernel(name, state.kernel)];
}

/** As hostname(5) has it: the first line that is neither empty nor a comment. */
function staticName(text: string | null): string | null {
  const all = text?.split('\n').map((line) => line.trim()) ?? [];
  return all.find((line) => line !== '' && !line.startsWith('#')) ?? null;
}

function byHostnamectl(name: string, now: string | null, old: string | null): Change {
  return {
    what: `set the static host name: ${now ?? 'none'} → ${name}`,
    diff: { before: old, after: `${name}\n`, file },
    // It gives the kernel the name as well.
    touches: [`path:${file}`, 'host:name'],
    saves: [file],
    apply: sh`hostnamectl --static set-hostname ${name}`,
    undo: old === null ? sh`rm -f -- ${file}` : restoreFile(file, saved(0), { fresh: true }),
  };
}

function inFile(name: string, now: string | null, { file: state }: HostnameState): readonly Change[] {
  const what = `set the static host name: ${now ?? 'none'} → ${name}, in ${file}`;
  const bytes = Buffer.from(`${name}\n`);
  return planEdit(file, state, { bytes, what }, { create: true, freshUndo: true });
}

function inKernel(name: string, now: string): Change {
  return {
    what: `set the kernel's host name: ${now} → ${name}`,
    diff: { before: `${now}\n`, after: `${name}\n` },
    touches: ['host:name'],
    apply: setName(name),
    undo: setName(now),
    predicts: [predict({ fact: kernelName, subject: undefined }, name)],
  };
}

// The old name may be anything: "(none)" on a host that never had one.
function setName(name: string) {
  return lines([
    withSystemPath,
    sh`if command -v hostname >/dev/null; then hostname -- ${name}; else printf '%s\\n' ${name} >/proc/sys/kernel/hostname; fi || exit 1`,
  ]);
}
