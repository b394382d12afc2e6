import { type Static, Type } from 'typebox';
import type { Change } from '../contract/change.ts';
import { fileArguments } from '../contract/file_arguments.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { askEdit, type EditState, planTextEdit } from '../facts/edit_file.ts';
import { Secret } from '../shell/secret.ts';
import { replaceIn } from './replace/edit.ts';

const args = Type.Object(
  {
    path: Type.Optional(hostPath('The file.')),
    dest: Type.Optional(hostPath('The same as `path`.')),
    name: Type.Optional(hostPath('The same as `path`.')),
    regexp: Type.String({
      minLength: 1,
      description:
        'Python regular expression over the whole text; `^` and `$` are also at the ends of lines. Everything that matches is replaced.',
    }),
    replace: Type.Optional(
      Type.String({
        description:
          'What to put in its place, with `\\1` and `\\g<name>` for groups of the match. Without it, matches are removed.',
      }),
    ),
    after: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Only what comes after the first match of this regular expression, in which `.` is also a newline.',
      }),
    ),
    before: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Only what comes before a match of this: the first one behind `after`; without `after` the last one in the file.',
      }),
    ),
    ...fileArguments,
  },
  {
    additionalProperties: false,
    anyOf: [{ required: ['path'] }, { required: ['dest'] }, { required: ['name'] }],
  },
);

export type ReplaceArgs = Omit<Static<typeof args>, 'replace'> & { readonly replace?: string | Secret };

/** Every place in a text file that matches a pattern. */
export const replace: Module<ReplaceArgs, EditState> = {
  kind: 'resource',
  name: 'replace',
  summary: 'Replaces everything in a text file that matches a regular expression.',
  args,
  notes: [
    'An edit that would find something to replace each time it is made is refused: `regexp` must not match what it puts.',
    'Where `after` and `before` are not found, nothing is replaced, as in Ansible.',
    '`\\d`, `\\w`, `\\s` and `\\b` mean ASCII. The pattern has a second to be done; one with a repetition in a repetition may not be.',
    'A file that is no UTF-8 is matched byte by byte and stays as it is but for what is replaced.',
  ],
  probe: (wanted) => askEdit(pathOf(wanted)),
  plan: planReplace,
};

function planReplace(wanted: ReplaceArgs, state: EditState): readonly Change[] {
  const { regexp, after, before } = wanted;
  const put = wanted.replace instanceof Secret ? wanted.replace.reveal() : (wanted.replace ?? '');
  const edit = { regexp, replace: put, after, before };
  const { owner, group, mode, backup, validate, links } = wanted;
  return planTextEdit(pathOf(wanted), state, (text) => replaceIn(text, edit), {
    owner,
    group,
    mode,
    backup,
    validate,
    links,
    secret: wanted.replace instanceof Secret,
    ifEndless:
      'make regexp match only what is still to be replaced (such as "^Port (?!22$).*" for "Port 22")',
  });
}

function pathOf({ path, dest, name }: ReplaceArgs): string {
  return tidyPath(path ?? dest ?? name ?? '/');
}
