import { Type } from 'typebox';
import { CannotPlan, type Change } from '../contract/change.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { fileMode, hostPath } from '../contract/schema.ts';
import { askEdit, editable, type EditState, planEdit } from '../facts/edit_file.ts';
import { Secret } from '../shell/secret.ts';
import { editLines, type LineArguments, lineEdit } from './lineinfile/edit.ts';

export interface LineInFileArgs extends Omit<LineArguments, 'line'> {
  readonly path?: string;
  readonly dest?: string;
  readonly name?: string;
  readonly line?: string | Secret;
  readonly create?: boolean;
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
  readonly backup?: boolean;
  readonly validate?: string;
  readonly links?: 'refuse' | 'keep' | 'break';
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
      state: Type.Optional(
        Type.Union([Type.Literal('present'), Type.Literal('absent')], {
          default: 'present',
          description: 'Whether the line is there.',
        }),
      ),
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
      create: Type.Optional(
        Type.Boolean({ description: 'Make the file and its directories where there is none.' }),
      ),
      owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
      group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
      mode: Type.Optional(fileMode()),
      backup: Type.Optional(
        Type.Boolean({ description: 'Keep the old file beside the new one, as `NAME.DIGEST~`.' }),
      ),
      validate: Type.Optional(
        Type.String({
          pattern: '%s',
          description:
            'A command that must accept the new file before it is put into place; `%s` is its path.',
          errorMessage: 'must contain %s',
        }),
      ),
      links: Type.Optional(
        Type.Union([Type.Literal('refuse'), Type.Literal('keep'), Type.Literal('break')], {
          default: 'refuse',
          description: 'A file with several hard links: refuse, write in place, or part it from the others.',
        }),
      ),
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
  const given = pathOf(args);
  const line = args.line instanceof Secret ? args.line.reveal() : args.line;
  const edit = lineEdit({ ...args, line });
  const old = editable(given, state);
  if (old === null && edit.state === 'absent') return [];
  const text = old?.toString('latin1') ?? '';
  const edited = editLines(text, edit);
  if (editLines(edited.text, edit).what !== undefined) {
    throw new CannotPlan(`the edit of ${given} would find something to change each time it is made`, {
      next: 'make regexp match the line that it puts (such as "^#?Port " for "Port 22")',
    });
  }
  return planEdit(
    given,
    state,
    { bytes: Buffer.from(edited.text, 'latin1'), what: `${edited.what ?? 'make'} ${given}` },
    { ...args, create: args.create === true, secret: args.line instanceof Secret },
  );
}

function pathOf({ path, dest, name }: LineInFileArgs): string {
  return tidyPath(path ?? dest ?? name ?? '/');
}
