import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { keepalived, type Look } from '../facts/keepalived.ts';
import { askDirectory, type DirectoryState } from '../facts/make_directory.ts';
import { addressesOf } from './keepalived_scripts/addresses.ts';
import { analyse, placesIn } from './keepalived_scripts/analysis.ts';
import { type ScriptsArgs, scriptsArguments } from './keepalived_scripts/arguments.ts';
import { scriptsOf } from './keepalived_scripts/domain.ts';
import { findingsOf } from './keepalived_scripts/findings.ts';
import { planScripts } from './keepalived_scripts/plan.ts';

export interface ScriptsState {
  readonly look: Look;
  readonly directory: DirectoryState;
}

/** The scripts that keepalived runs, all in one directory of root's. */
export const keepalivedScripts: Module<ScriptsArgs, ScriptsState> = {
  kind: 'resource',
  name: 'keepalived_scripts',
  summary:
    "Moves the scripts that keepalived runs into one directory of root's, and rewrites its configuration.",
  args: scriptsArguments,
  notes: [
    'Every keyword that takes a script is rewritten, in the main file and in all that it includes; arguments, quotes, users, comments and layout keep every byte. Where a path comes from a parameter (`$VAR`), the definition is changed if nothing else comes from it, else the line that uses it.',
    'Lines with a condition (`@id`, `@^id`) are read for every id that the configuration names.',
    'Programs of the system and of PATH, `</path`, relative paths and scripts that look for files beside themselves stay; `register` tells them. `script "bash /x.sh"` becomes `script "/x.sh"` where the first line of the script names the same interpreter.',
    'Before anything is put in place, `keepalived -t` (since 2.0.4) reads the whole new configuration from copies; whatever it says that it did not say of the old one stops the task. 2.2.7 ends itself at a script of another user than root, so that what comes after is not tested then.',
    '`enable_script_security` never stands without a user that is there: `script_user root` is added where neither `script_user` nor the user keepalived_script is.',
    '`register` has `files` of the configuration, `scripts` (each with its `path` and the `pattern` that means it alone as a `target` of `sefcontext`), scripts that it runs from the directory (`placed`), that are still to be moved (`moves`, with `report_only`) and that stay (`stays`), virtual `addresses` of this node, and `findings`. Findings are mistakes in scripts and configuration, a sentence each; they never make the task fail.',
    'keepalived itself is not told: reload it by a handler.',
  ],
  probe: (args) => {
    const subject = placesIn(args);
    return all({ look: ask(keepalived, subject), directory: askDirectory(subject.directory) });
  },
  plan: (args, { look, directory }) => (args.report_only ? [] : planScripts(args, look, directory)),
  result: (args, { look }) => {
    const analysis = analyse(args, look);
    const stays = analysis.fates.flatMap(({ fate }) => (fate.kind === 'stays' ? [fate.path] : []));
    const placed = analysis.fates.flatMap(({ fate }) => (fate.kind === 'placed' ? [fate.script.path] : []));
    return {
      scripts: scriptsOf(analysis, look),
      files: analysis.before.files.map(({ path }) => path),
      addresses: addressesOf(analysis),
      moves: analysis.placings.map(({ script, target }) => ({ from: script.path, to: target })),
      placed: [...new Set(placed)],
      stays: [...new Set(stays)],
      findings: findingsOf(analysis, look),
    };
  },
};
