import { CannotPlan } from '../../contract/change.ts';
import type { EditedText } from '../../facts/edit_file.ts';
import { endOf, insertLines, joinLines, type Line, splitLines } from '../text_edit/lines.ts';
import {
  continuation,
  endOfRegion,
  endToRemove,
  optionLines,
  type OptionLine,
  type Region,
  regionsOf,
} from './layout.ts';

/** What an INI text is to say; all text has one character a byte. */
export interface IniEdit {
  readonly state: 'present' | 'absent';
  /** null: before all sections. */
  readonly section: string | null;
  /** null: the section itself. */
  readonly option: string | null;
  /** null: without `=`. */
  readonly values: readonly (string | null)[];
  /** These values and no others. */
  readonly exclusive: boolean;
  readonly spaces: boolean;
  /** A line that differs in blanks around `=` only is as wanted. */
  readonly ignoreSpaces: boolean;
  /** A line that is commented out may be used. */
  readonly useInactive: boolean;
}

/** What became of a text, and the values that the option had. */
export interface EditedIni extends EditedText {
  readonly before: readonly (string | null)[];
}

/** Makes the edit; every line that is not meant stays as it is. */
export function editIni(text: string, edit: IniEdit): EditedIni {
  const [, mark = '', rest = ''] = /^(\xef\xbb\xbf)?([^]*)$/.exec(text) ?? [];
  const lines = splitLines(rest);
  const regions = regionsOf(lines, edit.section);
  const { option } = edit;
  const found = option === null ? [] : regions.flatMap((region) => optionLines(lines, region, option));
  const before = found.filter(({ inactive }) => !inactive).map(({ value }) => value);
  const made = mark + joinLines(edited(lines, regions, found, edit));
  if (made === text) return { text, before };
  return { text: made, before, what: whatOf(regions, before, edit) };
}

function edited(
  lines: readonly Line[],
  regions: readonly Region[],
  found: readonly OptionLine[],
  edit: IniEdit,
): readonly Line[] {
  const { option } = edit;
  if (edit.state === 'absent')
    return option === null ? withoutSection(lines, regions) : withoutOption(lines, found, edit);
  const region = regions.at(-1);
  if (!region) return withSection(lines, edit);
  return option === null ? lines : withOption(lines, region, found, option, edit);
}

function withoutSection(lines: readonly Line[], regions: readonly Region[]): readonly Line[] {
  const spans = regions.map((region) => ({ from: region.header, to: endToRemove(lines, region) }));
  return lines.filter((_, index) => !spans.some(({ from, to }) => index >= from && index < to));
}

function withoutOption(
  lines: readonly Line[],
  found: readonly OptionLine[],
  { exclusive, values }: IniEdit,
): readonly Line[] {
  const gone = found.filter(({ inactive, value }) => !inactive && (exclusive || values.includes(value)));
  refuseContinued(lines, gone);
  return lines.filter((_, index) => !gone.some((one) => one.index === index));
}

function withSection(lines: readonly Line[], { section, option, values, ...edit }: IniEdit): readonly Line[] {
  const end = endOf(lines);
  const last = lines.at(-1)?.text ?? '';
  const own = option === null ? [] : values.map((value) => written('', option, value, edit.spaces));
  const added = [...(/^[ \t]*$/.test(last) ? [] : ['']), `[${section}]`, ...own];
  return insertLines(
    lines,
    lines.length,
    added.map((text) => ({ text, end })),
  );
}

function withOption(
  lines: readonly Line[],
  region: Region,
  found: readonly OptionLine[],
  option: string,
  edit: IniEdit,
): readonly Line[] {
  const missing = [...edit.values];
  const lineOf = (one: OptionLine, value: string | null) => written(one.indent, option, value, edit.spaces);
  const changed = new Map<number, string | null>();
  const left: OptionLine[] = [];
  for (const one of found.filter(({ inactive }) => !inactive)) {
    const at = missing.indexOf(one.value);
    if (at === -1) left.push(one);
    else {
      missing.splice(at, 1);
      if (!edit.ignoreSpaces) changed.set(one.index, lineOf(one, one.value));
    }
  }
  const inactive = edit.useInactive ? found.filter((one) => one.inactive) : [];
  const usable = [...(edit.exclusive ? left : []), ...inactive];
  for (const one of usable) {
    const value = missing.shift();
    if (value !== undefined) changed.set(one.index, lineOf(one, value));
    else if (!one.inactive) changed.set(one.index, null);
  }
  const differing = found.filter(({ index }) => {
    const now = changed.get(index);
    return now === null || (now !== undefined && now !== lines[index]?.text);
  });
  refuseContinued(lines, differing);
  const { index: place, indent } = endOfRegion(lines, region);
  const end = endOf(lines);
  const added = missing.map((value) => ({ text: written(indent, option, value, edit.spaces), end }));
  const result = added.length === 0 ? [...lines] : insertLines(lines, place, added);
  return result.flatMap((line, index) => {
    const former = index < place ? index : index - added.length;
    const isNew = index >= place && index < place + added.length;
    const now = isNew ? undefined : changed.get(former);
    if (now === undefined) return [line];
    return now === null ? [] : [{ ...line, text: now }];
  });
}

function written(indent: string, option: string, value: string | null, spaces: boolean): string {
  if (value === null) return indent + option;
  const sign = spaces ? (value === '' ? ' =' : ' = ') : '=';
  return indent + option + sign + value;
}

function refuseContinued(lines: readonly Line[], meant: readonly OptionLine[]): void {
  for (const { index } of meant) {
    const on = continuation(lines, index);
    if (on === undefined) continue;
    throw new CannotPlan(`line ${index + 1} is to be changed, and its value goes on over several lines`, {
      next: 'put the value on one line, or edit the file with replace or template',
    });
  }
}

function whatOf(regions: readonly Region[], before: IniEdit['values'], edit: IniEdit): string {
  const { section, option, state } = edit;
  const name = [...(section === null ? [] : [`[${section}]`]), ...(option === null ? [] : [option])].join(
    ' ',
  );
  const shown = Buffer.from(name, 'latin1').toString();
  if (state === 'absent') return `remove ${shown} from`;
  const isNew = option === null || regions.length === 0 || before.length === 0;
  return isNew ? `add ${shown} to` : `set ${shown} in`;
}
