import { CannotPlan, type Change } from '../../contract/change.ts';
import type { Grub } from '../../facts/boot.ts';
import { grubDefaults as defaultFile, remakeMenu } from '../../facts/grub.ts';
import { editable, type EditState, planEdit } from '../../facts/edit_file.ts';
import { lines, sh } from '../../shell/script.ts';

/** The change after which grubenv says what is booted: GRUB_DEFAULT=saved, and grub.cfg made anew. */
export function letSaved(grub: Grub, file: EditState): Change {
  const text = editable(defaultFile, file)?.toString('latin1') ?? null;
  if (text === null)
    throw new CannotPlan(
      `${grub.config} boots "${grub.standard}" whatever grubenv says, and there is no ${defaultFile}`,
      { next: `let it say: set default="\${saved_entry}"` },
    );
  const wanted = withAssignment(text, 'GRUB_DEFAULT', 'saved');
  const what = `let grubenv say what is booted (GRUB_DEFAULT=saved in ${defaultFile}), and make ${grub.config} anew`;
  const [write] = planEdit(defaultFile, file, { bytes: Buffer.from(wanted, 'latin1'), what }, {});
  const made = remakeMenu(grub);
  if (!write) {
    return {
      what: `make ${grub.config} anew, since ${defaultFile} says GRUB_DEFAULT=saved`,
      diff: { before: `set default="${grub.standard}"\n`, after: 'set default="${saved_entry}"\n' },
      touches: ['host:boot', `path:${grub.config}`],
      saves: [grub.config],
      apply: made,
      undo: { impossible: `${grub.config} was older than ${defaultFile}` },
    };
  }
  return {
    ...write,
    touches: write.touches === '*' ? '*' : [...write.touches, 'host:boot', `path:${grub.config}`],
    apply: lines([sh`( ${write.apply}\n) || exit 1`, made]),
    undo: 'text' in write.undo ? lines([sh`( ${write.undo}\n) || exit 1`, made]) : write.undo,
  };
}

/** A text of shell assignments with one of them changed, or added at its end. */
export function withAssignment(text: string, name: string, value: string): string {
  const all: string[] = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const at = all.findLastIndex((line) => new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}=`).test(line));
  if (at < 0) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${name}=${value}\n`;
  const line = all[at] as string;
  const head = line.slice(0, line.indexOf('=') + 1);
  return all.with(at, `${head}${value}${line.endsWith('\n') ? '\n' : ''}`).join('');
}
