import { Type } from 'typebox';
import type { Change } from '../contract/change.ts';
import { createArgument, type FileArguments, fileArguments, presence } from '../contract/file_arguments.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { askEdit, type EditState, planTextEdit } from '../facts/edit_file.ts';
import { Secret } from '../shell/secret.ts';
import { editLines, type LineArguments, lineEdit } from './lineinfile/edit.ts';

export interface LineInFileArgs extends Omit<LineArguments, 'line'>, FileArguments {
  readonly path?: string;
  readonly dest?: string;
  readonly name?: string;
  readonly line?: string | Secret;
  readonly create?: boolean;
}

/** One line of a text file. */
export const lineinfile: Module<LineInFileArgs, EditState> = {
  kind: 'resource',
  name: 'lineinfile',
  summary: 'Makes sure that a line is in a text file, or is not.',
  args: Type.Object(
    {
      path: Type.Optional(hostPath('The file.')),
      dest: Type.Optional(hostPath('The same as `path`.')),
      name: Type.Optional(hostPath('The same as `path`.')),
      state: presence('line'),
      line: Type.Optional(Type.String({ description: 'The line.' })),
      regexp: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'Python regular expression. `present` replaces the last line that matches, `absent` removes all that do.',
        }),
      ),
      search_string: Type.Optional(
        Type.String({ minLength: 1, description: 'As `regexp`, but text that the line contains.' }),
      ),
      insertafter: Type.Optional(
        Type.String({
          minLength: 1,
          description: 'Where nothing matches: after the last line that matches this, or EOF.',
        }),
      ),
      insertbefore: Type.Optional(
        Type.String({
          minLength: 1,
          description: 'Where nothing matches: before the last line that matches this, or BOF.',
        }),
      ),
      firstmatch: Type.Optional(
        Type.Boolean({ description: 'Take the first line that matches, not the last.' }),
      ),
      backrefs: Type.Optional(
        Type.Boolean({
          description: 'Fill `\\1`, `\\g<name>` in the line from the match; nothing happens without one.',
        }),
      ),
      create: createArgument,
      ...fileArguments,
    },
    {
      additionalProperties: false,
      anyOf: [{ required: ['path'] }, { required: ['dest'] }, { required: ['name'] }],
    },
  ),
  notes: [
    'Patterns are matched without the end of the line, so `$` also matches in files with CRLF, which stay so.',
    'Files that are no UTF-8 stay as they are, byte for byte, but for the line.',
    'An edit that would find something else to replace each time it is made is refused.',
  ],
  probe: (args) => askEdit(pathOf(args)),
  plan: planLine,
};

function planLine(args: LineInFileArgs, state: EditState): readonly Change[] {
  const line = args.line instanceof Secret ? args.line.reveal() : args.line;
  const edit = lineEdit({ ...args, line });
  return planTextEdit(pathOf(args), state, (text) => editLines(text, edit), {
    ...args,
    create: args.create === true,
    onlyWhereThere: edit.state === 'absent',
    secret: args.line instanceof Secret,
    ifEndless: 'make regexp match the line that it puts (such as "^#?Port " for "Port 22")',
  });
}

function pathOf({ path, dest, name }: LineInFileArgs): string {
  return tidyPath(path ?? dest ?? name ?? '/');
}
