import { type Static, Type } from 'typebox';
import type { Change } from '../contract/change.ts';
import { createArgument, fileArguments, presence } from '../contract/file_arguments.ts';
import { tidyPath } from '../contract/host_path.ts';
import type { Module } from '../contract/module.ts';
import { hostPath } from '../contract/schema.ts';
import { askEdit, type EditState, planTextEdit } from '../facts/edit_file.ts';
import { Secret } from '../shell/secret.ts';
import { blockEdit, editBlock } from './blockinfile/edit.ts';

const args = Type.Object(
  {
    path: Type.Optional(hostPath('The file.')),
    dest: Type.Optional(hostPath('The same as `path`.')),
    name: Type.Optional(hostPath('The same as `path`.')),
    state: presence('block'),
    block: Type.Optional(
      Type.String({
        description: 'The lines between the markers. Without it, or empty, the block is removed.',
      }),
    ),
    content: Type.Optional(Type.String({ description: 'The same as `block`.' })),
    marker: Type.Optional(
      Type.String({
        pattern: '\\{mark\\}',
        default: '# {mark} ANSIBLE MANAGED BLOCK',
        description:
          'The line before and after the block; `{mark}` stands for `marker_begin` and `marker_end`.',
        errorMessage: 'must contain {mark}',
      }),
    ),
    marker_begin: Type.Optional(
      Type.String({ default: 'BEGIN', description: 'What `{mark}` is before the block.' }),
    ),
    marker_end: Type.Optional(Type.String({ default: 'END', description: 'What `{mark}` is after it.' })),
    insertafter: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Where there is no block yet: after the last line that matches this Python regular expression, or EOF.',
      }),
    ),
    insertbefore: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Where there is no block yet: before the last line that matches this, or BOF.',
      }),
    ),
    append_newline: Type.Optional(
      Type.Boolean({ description: 'Keep an empty line after the block, where other lines follow.' }),
    ),
    prepend_newline: Type.Optional(
      Type.Boolean({ description: 'Keep an empty line before the block, where other lines come before.' }),
    ),
    create: createArgument,
    ...fileArguments,
  },
  {
    additionalProperties: false,
    anyOf: [{ required: ['path'] }, { required: ['dest'] }, { required: ['name'] }],
  },
);

export type BlockInFileArgs = Omit<Static<typeof args>, 'block' | 'content'> & {
  readonly block?: string | Secret;
  readonly content?: string | Secret;
};

/** Lines between two markers in a text file. */
export const blockinfile: Module<BlockInFileArgs, EditState> = {
  kind: 'resource',
  name: 'blockinfile',
  summary: 'Keeps a block of lines between two marker lines in a text file.',
  args,
  notes: [
    'Several blocks in one file need markers of their own: `marker: "# {mark} {{ item }}"`.',
    'A block that stands where it is stays there, whatever `insertafter` says. Where it stands more than once, the last one is set; `absent` removes them all.',
    'A marker without its other one is refused with its line: what belongs between them is not guessed.',
    'Lines of the block end as the others of the file do, and bytes that are no UTF-8 stay as they are.',
    '`insertafter` and `insertbefore` that begin with `(?m)` are matched over the whole text, and the first match counts.',
  ],
  probe: (wanted) => askEdit(pathOf(wanted)),
  plan: planBlock,
};

function planBlock(wanted: BlockInFileArgs, state: EditState): readonly Change[] {
  const block = wanted.block ?? wanted.content ?? '';
  const text = block instanceof Secret ? block.reveal() : block;
  const edit = blockEdit({ ...wanted, block: text });
  return planTextEdit(pathOf(wanted), state, (old) => editBlock(old, edit), {
    ...attributesOf(wanted),
    create: wanted.create === true,
    onlyWhereThere: edit.block === null,
    secret: block instanceof Secret,
    ifEndless: 'make the block hold none of its own markers',
  });
}

function attributesOf({ owner, group, mode, backup, validate, links }: BlockInFileArgs) {
  return { owner, group, mode, backup, validate, links };
}

function pathOf({ path, dest, name }: BlockInFileArgs): string {
  return tidyPath(path ?? dest ?? name ?? '/');
}
