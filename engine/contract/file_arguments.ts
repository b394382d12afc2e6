import { Type } from 'typebox';
import { fileMode } from './schema.ts';

/** What modules that write a file take alike. */
export interface FileArguments {
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
  readonly backup?: boolean;
  readonly validate?: string;
  readonly links?: 'refuse' | 'keep' | 'break';
}

/** The schema of what modules that write a file take alike. */
export const fileArguments = {
  owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
  group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
  mode: Type.Optional(fileMode()),
  backup: Type.Optional(
    Type.Boolean({ description: 'Keep the old file beside the new one, as `NAME.DIGEST~`.' }),
  ),
  validate: Type.Optional(
    Type.String({
      pattern: '%s',
      description: 'A command that must accept the new file before it is put into place; `%s` is its path.',
      errorMessage: 'must contain %s',
    }),
  ),
  links: Type.Optional(
    Type.Union([Type.Literal('refuse'), Type.Literal('keep'), Type.Literal('break')], {
      default: 'refuse',
      description:
        'A file with several hard links: refuse, `keep` them by writing into the file itself (not in one step; so also into one that is a mount point), or part it from the others.',
    }),
  ),
};

/** The argument `mode` where content has a source whose mode may be kept. */
export const modeOrPreserve = Type.Optional(
  Type.Union([Type.Literal('preserve'), fileMode()], {
    description:
      'Permission bits: quoted octal "0644", letters such as "u=rwX,go-w", or `preserve` for those of the source.',
  }),
);

/** The argument `create` of modules that edit a file. */
export const createArgument = Type.Optional(
  Type.Boolean({ description: 'Make the file and its directories where there is none.' }),
);

/** The argument `state` of modules that keep a part of a file; `what` names the part. */
export function presence(what: string) {
  return Type.Optional(
    Type.Union([Type.Literal('present'), Type.Literal('absent')], {
      default: 'present',
      description: `Whether the ${what} is there.`,
    }),
  );
}

/** The argument `follow` of modules that put a file at `dest`. */
export const followArgument = Type.Optional(
  Type.Boolean({
    default: true,
    description: 'Where `dest` is a symbolic link, write the file it leads to; false replaces the link.',
  }),
);

/** The argument `force` of modules that put a file at `dest`. */
export const forceArgument = Type.Optional(
  Type.Boolean({ default: true, description: 'false: leave a file that is there already as it is.' }),
);
