import { type Static, Type } from 'typebox';
import { CannotPlan, type Change } from '../contract/change.ts';
import { fileArguments, presence } from '../contract/file_arguments.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { askEdit, type EditState, planTextEdit } from '../facts/edit_file.ts';
import { Secret } from '../shell/secret.ts';
import { editIni, type IniEdit } from './ini_file/edit.ts';
import { headerOf } from './ini_file/layout.ts';

const args = Type.Object(
  {
    path: Type.Optional(hostPath('The file.')),
    dest: Type.Optional(hostPath('The same as `path`.')),
    section: Type.Optional(
      Type.String({ description: 'The section; without it, what stands before the first one.' }),
    ),
    option: Type.Optional(
      Type.String({ minLength: 1, description: 'The option; without it, the section itself is meant.' }),
    ),
    value: Type.Optional(Type.String({ description: 'Its value.' })),
    values: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Several values, in place of `value`: the option stands once for each.',
      }),
    ),
    state: presence('option or section'),
    exclusive: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'The option has these values and no others; `absent` removes it whatever its value. false: others stay, `absent` removes these values only.',
      }),
    ),
    no_extra_spaces: Type.Optional(
      Type.Boolean({ description: 'Write `option=value`, without blanks around `=`.' }),
    ),
    ignore_spaces: Type.Optional(
      Type.Boolean({ description: 'A line whose blanks around `=` alone are otherwise is left as it is.' }),
    ),
    allow_no_value: Type.Optional(
      Type.Boolean({ description: 'Without `value`, the option stands alone, without `=`.' }),
    ),
    modify_inactive_option: Type.Optional(
      Type.Boolean({ description: 'Use a line of the option that is commented out, in place of a new one.' }),
    ),
    create: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Make the file and its directories where there is none.',
      }),
    ),
    ...fileArguments,
  },
  { additionalProperties: false, anyOf: [{ required: ['path'] }, { required: ['dest'] }] },
);

export type IniFileArgs = Omit<Static<typeof args>, 'value' | 'values'> & {
  readonly value?: string | Secret;
  readonly values?: readonly (string | Secret)[];
};

/** An option of an INI file. */
export const iniFile: Module<IniFileArgs, EditState> = {
  kind: 'resource',
  name: 'ini_file',
  summary: 'Sets or removes an option or a section of an INI file and leaves every other byte as it is.',
  args,
  notes: [
    'Comments, order, indentation and ends of line stay. A line of the option itself gets blanks around `=` unless `no_extra_spaces` or `ignore_spaces` is said.',
    'A section that stands more than once is taken as one: the option is looked for in all of its pieces, and a new one goes into the last. Where the option stands more than once, the first line is set and the others are removed (`exclusive: false`: they stay).',
    'A new option goes behind the last one of its section, a new section to the end of the file.',
    'Lines that are commented out stay so, other than in Ansible, unless `modify_inactive_option: true` is said.',
    'Only `=` parts an option from its value, a section begins at the start of a line, and names are compared as they are written. What follows on the line is the value, a comment too.',
    'A value that goes on over several lines is not changed: the task fails and says so.',
    'A file that is not there is made unless `create: false`, as in Ansible.',
  ],
  probe: (wanted) => askEdit(pathOf(wanted)),
  plan: planIni,
};

function planIni(wanted: IniFileArgs, state: EditState): readonly Change[] {
  const secret = [wanted.value, ...(wanted.values ?? [])].some((value) => value instanceof Secret);
  const edit = editOf(wanted);
  return planTextEdit(pathOf(wanted), state, (text) => editIni(text, edit), {
    ...attributesOf(wanted),
    create: wanted.create !== false,
    onlyWhereThere: edit.state === 'absent',
    secret,
    ifEndless: 'say exclusive: true, or write the value as it is to stand there',
  });
}

/** Reads an edit from its arguments. Throws CannotPlan for those that do not go together. */
function editOf(wanted: IniFileArgs): IniEdit {
  const { section = '', option, state = 'present', exclusive = true } = wanted;
  const values = valuesOf(wanted);
  refuseIf(section === '' && option === undefined, 'section or option is needed');
  refuseIf(/[\r\n]/.test(section), 'section holds more than one line');
  refuseIf(
    section !== '' && headerOf(`[${asBytes(section)}]`) !== asBytes(section),
    'section cannot stand in an INI file: what follows a ] in it would be read as a comment',
  );
  refuseIf(
    option !== undefined && !/^[^=[\]#;\s]([^=\r\n]*[^=\s])?$/.test(option),
    'option cannot stand in an INI file: it begins with [, ], # or ;, or holds = or blanks at its ends',
  );
  refuseIf(option === undefined && values.length > 0, 'a value needs an option');
  refuseIf(
    option !== undefined && values.length === 0 && (state === 'present' || !exclusive),
    'value is needed, or allow_no_value: true',
  );
  return {
    state,
    section: section === '' ? null : asBytes(section),
    option: option === undefined ? null : asBytes(option),
    values,
    exclusive,
    spaces: wanted.no_extra_spaces !== true,
    ignoreSpaces: wanted.ignore_spaces === true,
    useInactive: wanted.modify_inactive_option === true,
  };
}

function valuesOf({ value, values, option, allow_no_value }: IniFileArgs): readonly (string | null)[] {
  refuseIf(value !== undefined && values !== undefined, 'value and values exclude each other');
  const given = (value === undefined ? (values ?? []) : [value]).map((one) =>
    one instanceof Secret ? one.reveal() : one,
  );
  refuseIf(
    given.some((one) => /[\r\n]/.test(one)),
    'value holds more than one line',
  );
  refuseIf(
    given.some((one) => /^[ \t]|[ \t]$/.test(one)),
    'value begins or ends with a blank, which an INI file does not keep',
  );
  if (given.length === 0 && allow_no_value && option !== undefined) return [null];
  return [...new Set(given.map(asBytes))];
}

function attributesOf({ owner, group, mode, backup, validate, links }: IniFileArgs) {
  return { owner, group, mode, backup, validate, links };
}

function refuseIf(isWrong: boolean, why: string): void {
  if (isWrong) throw new CannotPlan(why);
}

function pathOf({ path, dest }: IniFileArgs): string {
  return tidyPath(path ?? dest ?? '/');
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}
