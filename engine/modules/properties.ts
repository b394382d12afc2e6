import { Type } from 'typebox';
import { CannotPlan, type Change } from '../contract/change.ts';
import { createArgument, type FileArguments, fileArguments, presence } from '../contract/file_arguments.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { Secret } from '../shell/secret.ts';
import { editProperties, type Encoding, refuseKarafTraps } from './properties/edit.ts';

export interface PropertiesArgs extends Omit<FileArguments, 'validate'> {
  readonly path: string;
  readonly key: string;
  readonly value?: string | Secret;
  readonly state?: 'present' | 'absent';
  readonly encoding?: Encoding;
  readonly create?: boolean;
  readonly karaf?: boolean;
  readonly factory?: boolean;
}

const { validate: _notTaken, ...written } = fileArguments;

/** One key of a Java properties file. */
export const properties: Module<PropertiesArgs, EditState> = {
  kind: 'resource',
  name: 'properties',
  summary:
    'Sets or removes one key of a Java properties file (Karaf .cfg) and leaves every other byte as it is.',
  args: Type.Object(
    {
      path: hostPath('The file.'),
      key: Type.String({ minLength: 1, description: 'The key.' }),
      value: Type.Optional(
        Type.String({ description: 'Its value, not escaped; it may not end in a blank.' }),
      ),
      state: presence('key'),
      encoding: Type.Optional(
        Type.Union([Type.Literal('iso-8859-1'), Type.Literal('utf-8')], {
          default: 'iso-8859-1',
          description: 'Of the file. With iso-8859-1, other characters are written as \\uXXXX.',
        }),
      ),
      create: createArgument,
      karaf: Type.Optional(
        Type.Boolean({
          description: 'The file is a configuration of Karaf: refuse what Karaf would misread.',
        }),
      ),
      factory: Type.Optional(
        Type.Boolean({
          description: 'With `karaf`: a dash in the name is meant, the file is an instance of a factory.',
        }),
      ),
      ...written,
    },
    { additionalProperties: false },
  ),
  notes: [
    'Where a key stands more than once, its last line counts; that one is set, and the plan says so. `absent` removes them all.',
    'The separator is kept as it stands (`=`, `:` or a blank). Blanks at the end of a value belong to it, so one that has them is set anew.',
    'Temporary and backup files end in neither .cfg nor .config, so Karaf does not read them.',
    'An undo gives the file a new time: fileinstall does not see a change that leaves both time and length.',
  ],
  probe: ({ path }) => askEdit(tidyPath(path)),
  plan: planProperty,
};

function planProperty(args: PropertiesArgs, state: EditState): readonly Change[] {
  const given = tidyPath(args.path);
  const value = valueOf(args);
  const old = editable(given, state);
  const text = old?.toString('latin1') ?? '';
  if (args.karaf) refuseKarafTraps(given, text, value, args.factory === true);
  if (old === null && value === null) return [];
  const edited = editProperties(text, { key: args.key, value, encoding: args.encoding ?? 'iso-8859-1' });
  return planEdit(
    given,
    state,
    { bytes: Buffer.from(edited.text, 'latin1'), what: whatOf(args, given, value, edited) },
    { ...args, create: args.create === true, freshUndo: true, secret: args.value instanceof Secret },
  );
}

function valueOf(args: PropertiesArgs): string | null {
  if (args.state === 'absent') return null;
  const value = args.value instanceof Secret ? args.value.reveal() : args.value;
  if (value === undefined) throw new CannotPlan('value is needed');
  if (/[ \t]$/.test(value)) {
    throw new CannotPlan('the value ends in a blank, which a properties file keeps as part of it');
  }
  return value;
}

function whatOf(
  args: PropertiesArgs,
  given: string,
  value: string | null,
  { before, count }: { readonly before: string | null; readonly count: number },
): string {
  const shown = (one: string | null) => (args.value instanceof Secret ? '********' : short(one ?? ''));
  const many = count > 1 ? ` (the last of ${count} lines that set it)` : '';
  if (value === null) return `remove ${args.key} from ${given}${count > 1 ? ` (${count} lines)` : ''}`;
  if (before === null) return `add ${args.key} = ${shown(value)} to ${given}`;
  return `set ${args.key} in ${given}: ${shown(before)} → ${shown(value)}${many}`;
}

/** A value may be long; the difference shows all of it. */
function short(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
}
