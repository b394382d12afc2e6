import { CannotPlan, predict, type Change } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { sysctl as liveSetting, type SysctlAnswer, sysctlWords, touchedSysctls } from '../facts/sysctl.ts';
import { sysctlFiles, type SysctlFile } from '../facts/sysctl_files.ts';
import { sh } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import { defaultFile, type SysctlArgs, sysctlArguments } from './sysctl/arguments.ts';
import { sysctlPath, withoutSetting, withSetting } from './sysctl/line.ts';
import { overridden } from './sysctl/override.ts';

export interface SysctlState {
  readonly file: EditState;
  readonly files: readonly SysctlFile[];
  readonly live: SysctlAnswer;
}

/** Keeps a setting of the kernel, now and for the next boot. */
export const sysctl: Module<SysctlArgs, SysctlState> = {
  kind: 'resource',
  name: 'sysctl',
  summary: 'Keeps a setting of the kernel, in the running one and in the file that sets it at boot.',
  args: sysctlArguments,
  notes: [
    'The file is /etc/sysctl.d/99-fettle.conf where none is named; Ansible takes /etc/sysctl.conf, which newer systems do not read at boot.',
    'A file that is read later and sets it otherwise is named, and nothing is changed: the order is that of sysctl.d(5), with /etc/sysctl.conf at the end. Patterns (`net.ipv4.conf.*.rp_filter`) in other files are not counted, since a plain name goes before them.',
    'The running kernel is set through /proc/sys, so that no `sysctl` program is needed. What it takes but alters (rounds, caps) fails the proof: give the value that it shows.',
    'A setting of `net.ipv4.conf.all` or `ip_forward` also alters those of single interfaces; undo gives back the one that was named.',
    'In containers only settings of the own network can be written.',
  ],
  probe: (wanted) =>
    all({
      file: askEdit(fileOf(wanted)),
      files: ask(sysctlFiles, undefined),
      live: ask(liveSetting, { path: sysctlPath(nameOf(wanted)) }),
    }),
  plan: planSetting,
  result: (wanted, { live }) => ({
    name: nameOf(wanted),
    value: live.kind === 'value' ? live.value : null,
    sysctl_file: fileOf(wanted),
  }),
};

function nameOf({ name, key }: SysctlArgs): string {
  return name ?? key ?? '';
}

function fileOf({ sysctl_file: file = defaultFile }: SysctlArgs): string {
  return tidyPath(file);
}

function planSetting(wanted: SysctlArgs, state: SysctlState): readonly Change[] {
  const name = nameOf(wanted);
  const file = fileOf(wanted);
  const text = editable(file, state.file)?.toString('latin1') ?? null;
  if (wanted.state === 'absent') {
    if (text === null) return [];
    return planText(file, state.file, withoutSetting(text, name), `remove ${name} from ${file}`);
  }
  const value = valueOf(wanted);
  refuseOverridden(name, file, Buffer.from(value).toString('latin1'), state.files);
  const live = planLive(wanted, name, value, state.live);
  const bytes = Buffer.from(withSetting(text ?? '', name, Buffer.from(value).toString('latin1')), 'latin1');
  return [
    ...live,
    ...planText(
      file,
      state.file,
      bytes.toString('latin1'),
      `${text === null ? 'write' : 'set'} ${name} = ${value} in ${file}`,
    ),
  ];
}

function planText(file: string, state: EditState, text: string, what: string): readonly Change[] {
  return planEdit(file, state, { bytes: Buffer.from(text, 'latin1'), what }, { create: true });
}

function valueOf({ value, val }: SysctlArgs): string {
  const given = value ?? val;
  if (given === undefined) throw new CannotPlan('`value` is needed');
  if ((given as unknown) instanceof Secret)
    throw new CannotPlan('a setting of the kernel can be read by every user of the host: it takes no secret');
  return typeof given === 'boolean' ? String(Number(given)) : String(given).trim();
}

function refuseOverridden(name: string, file: string, value: string, files: readonly SysctlFile[]): void {
  const found = overridden(file, sysctlPath(name), value, files);
  if (!found) return;
  throw new CannotPlan(`${name} in ${file} would not count at boot: ${found.what}`, {
    missing: `path:${found.file}`,
    next: `take it out there (sysctl: {name: ${name}, state: absent, sysctl_file: ${found.file}}), or name that file as \`sysctl_file\``,
  });
}

function planLive(wanted: SysctlArgs, name: string, value: string, live: SysctlAnswer): readonly Change[] {
  if (wanted.reload === false && wanted.sysctl_set !== true) return [];
  const path = sysctlPath(name);
  if (live.kind === 'absent') {
    if (wanted.ignoreerrors) return [];
    throw new CannotPlan(`the kernel has no setting ${name}`, {
      missing: `sysctl:${path}`,
      next: bringer(path),
    });
  }
  if (live.kind === 'hidden') {
    throw new CannotPlan(
      `${name} cannot be read: it is no setting but does something when it is written, or is for others`,
      {
        next: 'become a user who may, or do it with `shell`',
      },
    );
  }
  if (live.value === sysctlWords(value)) return [];
  if (!live.writable) {
    throw new CannotPlan(`${name} is ${live.value} and cannot be written`, {
      next: 'become root; what the kernel only tells, or a container may not set, has to be set where the kernel is run',
    });
  }
  return [set(name, path, live, value)];
}

function set(name: string, path: string, live: SysctlAnswer & { kind: 'value' }, value: string): Change {
  const file = `/proc/sys/${path}`;
  const write = (text: string) =>
    sh`printf '%s\\n' ${text} >${file} || { echo ${`the kernel does not take "${text}" for ${name}`} >&2; exit 1; }`;
  return {
    what: `set ${name}: ${live.value} → ${value}`,
    diff: { before: live.value, after: sysctlWords(value) },
    touches: touchedSysctls(path),
    apply: write(value),
    undo: write(live.value),
    predicts: [predict({ fact: liveSetting, subject: { path } }, { ...live, value: sysctlWords(value) })],
  };
}

/** What may bring a setting that is not there. */
function bringer(path: string): string {
  const modules: readonly (readonly [RegExp, string])[] = [
    [/^net\/(netfilter\/nf_conntrack|nf_conntrack)/, 'nf_conntrack'],
    [/^net\/bridge\//, 'br_netfilter'],
    [/^net\/ipv4\/vs\//, 'ip_vs'],
    [/^sunrpc\//, 'sunrpc'],
    [/^fs\/nfs\//, 'nfs'],
  ];
  const module = modules.find(([pattern]) => pattern.test(path))?.[1];
  if (module !== undefined) return `load its module first: modprobe ${module}`;
  const [, family, device] = /^net\/(ipv[46])\/(?:conf|neigh)\/([^/]+)\//.exec(path) ?? [];
  if (device !== undefined)
    return `there is no interface ${device} with ${family}: make it first, or check the name`;
  return `check the name (ls /proc/sys/${path.slice(0, path.indexOf('/') + 1)}), or load the module that brings it`;
}
