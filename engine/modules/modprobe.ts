import { CannotPlan, type Change, predict } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { askEdit } from '../facts/edit_file.ts';
import { findModprobe, type KernelModule, kernelModule, moduleKey } from '../facts/kernel_module.ts';
import { moduleFiles } from '../facts/module_files.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { splitWords } from '../shell/words.ts';
import { modprobeArguments, type ModprobeArgs } from './modprobe/arguments.ts';
import { loadFile, type ModuleFiles, optionsFile, planForgotten, planPersistent } from './modprobe/files.ts';

export interface ModprobeState {
  readonly now: KernelModule;
  readonly files: ModuleFiles;
}

/** Keeps a module of the kernel loaded or not, now and at boot. */
export const modprobe: Module<ModprobeArgs, ModprobeState> = {
  kind: 'resource',
  name: 'modprobe',
  summary: 'Keeps a module of the kernel loaded or not, in the running one and at boot.',
  args: modprobeArguments,
  notes: [
    'A module that is loaded already keeps its parameters: those of `params` count when it is loaded the next time. What it runs with is below /sys/module/NAME/parameters.',
    "What loads it at boot in another file (/etc/modules, a package's) is counted, and named where it stands in the way; other files are not edited.",
    'A `blacklist` or `install` line of modprobe.d(5) for it is named and nothing is changed: systemd would not load it.',
    'Undo of a load unloads it again, with modules that came along and that nobody uses; undo of an unload gives it the parameters of modprobe.d, not such as it was loaded with by hand.',
    'In a container the kernel is that of its host.',
  ],
  probe: ({ name }) =>
    all({
      now: ask(kernelModule, name),
      files: all({
        lines: ask(moduleFiles, undefined),
        load: askEdit(loadFile(name)),
        options: askEdit(optionsFile(name)),
      }),
    }),
  plan(wanted, state) {
    const { name, params = '', persistent = 'disabled' } = wanted;
    // Parameters for the boot are there before it is loaded with them.
    const kept = {
      disabled: () => [],
      present: () => planPersistent(name, params, state.files),
      absent: () => planForgotten(name, state.files),
    }[persistent]();
    return [...kept, ...planRunning(wanted, state)];
  },
  result: ({ name }, { now }) => ({ name, loaded: now === 'loaded' || now === 'builtin' }),
};

function planRunning({ name, params = '', state = 'present' }: ModprobeArgs, { now }: ModprobeState) {
  const isThere = now === 'loaded' || now === 'builtin';
  if (state === 'present' ? isThere : now === 'available' || now === 'absent') return [];
  if (now === 'unknown') {
    throw new CannotPlan('there is no modprobe on this host', {
      missing: 'program:modprobe',
      next: 'install it: the package is kmod',
    });
  }
  if (state === 'absent') {
    if (now === 'builtin') throw new CannotPlan(`${name} is built into the kernel and cannot be unloaded`);
    return [change(name, `unload the module ${name}`, unload(name), load(name, []), 'available')];
  }
  if (now === 'absent') {
    throw new CannotPlan(`the running kernel has no module ${name}`, {
      missing: moduleKey(name),
      next: 'check the name (modinfo), install the package that has it (kernel-modules-extra, linux-modules-extra), or reboot where the kernel was updated and its modules are gone',
    });
  }
  const given = splitWords(params);
  const what = `load the module ${name}${given.length > 0 ? ` with ${given.join(' ')}` : ''}`;
  return [change(name, what, load(name, given), unload(name), 'loaded')];
}

function change(name: string, what: string, apply: Script, undo: Script, after: KernelModule): Change {
  const shown = (now: KernelModule) => `${now === 'loaded' ? 'loaded' : 'not loaded'}\n`;
  return {
    what,
    diff: { before: shown(after === 'loaded' ? 'available' : 'loaded'), after: shown(after) },
    touches: [moduleKey(name)],
    apply,
    undo,
    predicts: [predict({ fact: kernelModule, subject: name }, after)],
  };
}

function load(name: string, params: readonly string[]): Script {
  return lines([findModprobe, sh`"$m" -- ${name} ${params} || exit 1`]);
}

function unload(name: string): Script {
  return lines([findModprobe, sh`"$m" -r -- ${name} || exit 1`]);
}
