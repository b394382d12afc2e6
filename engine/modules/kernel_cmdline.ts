import { CannotPlan, type Change, saved } from '../contract/change.ts';
import type { Module } from '../contract/module.ts';
import { all, ask } from '../contract/probe.ts';
import { boot as bootFact, type Boot, type Grub } from '../facts/boot.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { grubDefaults as defaultFile, grubOf, remakeMenu } from '../facts/grub.ts';
import { withSystemPath } from '../facts/program.ts';
import { restoreFile } from '../shell/replace_file.ts';
import { lines, sh } from '../shell/script.ts';
import { type KernelCmdlineArgs, kernelCmdlineArguments, listOf } from './kernel_cmdline/arguments.ts';
import { variable, withSettings } from './kernel_cmdline/settings.ts';
import { hasWords, type WantedWords, withWords } from './kernel_cmdline/words.ts';

export interface KernelCmdlineState {
  readonly boot: Boot;
  readonly defaults: EditState;
  readonly next: EditState;
}

/** What kernel-install gives to the entries of kernels to come, where it is there. */
const nextFile = '/etc/kernel/cmdline';

/** Keeps arguments on the command line that kernels are booted with. */
export const kernel_cmdline: Module<KernelCmdlineArgs, KernelCmdlineState> = {
  kind: 'resource',
  name: 'kernel_cmdline',
  summary:
    'Keeps arguments on the command line that the kernels are booted with, those there are and those to come.',
  args: kernelCmdlineArguments,
  notes: [
    'It counts from the next boot on: the register has `reboot_needed`, `running` (/proc/cmdline), and `configured` (that of the default kernel).',
    `For kernels to come it is ${variable} of ${defaultFile}, and ${nextFile} where that is there; what stands in ${variable}_DEFAULT counts. For those that are there, \`grubby --update-kernel=ALL\` where there is grubby, else update-grub or grub2-mkconfig makes grub.cfg anew.`,
    'What other files bring (/etc/default/grub.d, a tuned profile) is not edited: where it stands in the way, the menu shows it afterwards and the task fails.',
    'Arguments that a kernel takes several times (console, rd.lvm.lv, hugepages, ip) are refused.',
    'Entries for rescue keep theirs where GRUB makes them otherwise. Blanks and quotes within an argument are not taken.',
    'Undo puts back the files as they were: not after kernels were installed or removed in between.',
  ],
  probe: () =>
    all({ boot: ask(bootFact, undefined), defaults: askEdit(defaultFile), next: askEdit(nextFile) }),
  plan: planCmdline,
  result: (wanted, { boot }) => ({
    running: boot.cmdline,
    configured: boot.grub?.entries.find(({ rescue }) => !rescue)?.args ?? null,
    reboot_needed: !hasWords(boot.cmdline, wordsOf(wanted)),
  }),
};

function wordsOf({ present, absent }: KernelCmdlineArgs): WantedWords {
  return { present: listOf(present), absent: listOf(absent) };
}

function planCmdline(args: KernelCmdlineArgs, state: KernelCmdlineState): readonly Change[] {
  const { boot } = state;
  const wanted = wordsOf(args);
  const grub = grubOf(boot);
  refuseUnclear(wanted);
  const files = [
    ...planFile(defaultFile, state.defaults, wanted, (text) => withSettings(text, wanted, defaultFile)),
    ...planFile(nextFile, state.next, wanted, (text) => {
      const line = withWords(text, wanted);
      return hasWords(text, wanted) ? text : `${line}\n`;
    }),
  ];
  const open = grub.entries.filter(({ rescue, args: line }) => !rescue && !hasWords(line, wanted));
  if (open.length === 0) return files;
  return [...files, boot.grubby === null ? remade(grub, files.length > 0) : updated(grub, wanted)];
}

/** Throws CannotPlan for what has no one meaning. */
function refuseUnclear({ present, absent }: WantedWords): void {
  const both = present.find((word) => absent.includes(word));
  if (both !== undefined) throw new CannotPlan(`${both} is both in present and in absent`);
  const repeated = present.find((word) => mayRepeat.includes(word.split('=', 1)[0] ?? ''));
  if (repeated === undefined) return;
  throw new CannotPlan(`${repeated}: a kernel takes several of these, and the others would be lost`, {
    next: `write it by hand into ${variable} of ${defaultFile}`,
  });
}

const mayRepeat = [
  'console',
  'hugepages',
  'hugepagesz',
  'ip',
  'netconsole',
  'rd.lvm.lv',
  'rd.luks.uuid',
  'rd.md.uuid',
];

function planFile(
  file: string,
  state: EditState,
  wanted: WantedWords,
  edit: (text: string) => string,
): readonly Change[] {
  const text = editable(file, state)?.toString('latin1') ?? null;
  if (text === null || edit(text) === text) return [];
  const what = `give kernels to come ${shown(wanted)}: edit ${file}`;
  return planEdit(file, state, { bytes: Buffer.from(edit(text), 'latin1'), what }, {});
}

/** grub.cfg made of the settings; undo runs after theirs was put back, and puts back what was there. */
function remade(grub: Grub, isEdited: boolean): Change {
  return {
    what: `make ${grub.config} anew${isEdited ? '' : ', which is older than its settings'}`,
    diff: { before: lineOf(grub), after: `(as ${defaultFile} has it)\n` },
    touches: ['host:boot', `path:${grub.config}`],
    saves: [grub.config],
    apply: remakeMenu(grub),
    undo: restoreFile(grub.config, saved(0)),
  };
}

function updated(grub: Grub, wanted: WantedWords): Change {
  const files = [
    ...new Set([
      ...grub.entries.flatMap(({ file }) => file ?? []),
      grub.config,
      ...(grub.hasEnvironment ? [grub.environment] : []),
    ]),
  ];
  const words = [
    ...(wanted.present.length > 0 ? [`--args=${wanted.present.join(' ')}`] : []),
    ...(wanted.absent.length > 0 ? [`--remove-args=${wanted.absent.join(' ')}`] : []),
  ];
  return {
    what: `give all kernels ${shown(wanted)}, by grubby`,
    diff: { before: lineOf(grub), after: `${withWords(lineOf(grub).trim(), wanted)}\n` },
    touches: ['host:boot', ...files.map((file) => `path:${file}` as const)],
    saves: files,
    apply: lines([withSystemPath, sh`grubby --update-kernel=ALL ${words} || exit 1`]),
    undo: lines(files.map((file, index) => sh`( ${restoreFile(file, saved(index))}\n) || exit 1`)),
  };
}

function lineOf(grub: Grub): string {
  return `${grub.entries.find(({ rescue }) => !rescue)?.args ?? ''}\n`;
}

function shown({ present, absent }: WantedWords): string {
  return [
    ...(present.length > 0 ? [present.join(' ')] : []),
    ...(absent.length > 0 ? [`no ${absent.join(', no ')}`] : []),
  ].join(', ');
}
