import { Type } from 'typebox';
import { fileMode, hostPath, type Local, localPath } from '../../contract/schema.ts';
import type { Secret } from '../../shell/secret.ts';

/** What copy takes; `src` is a path of the host where `remote_src` is said. */
export interface CopyArgs {
  readonly content?: string | Secret;
  readonly src?: Local | string;
  readonly dest: string;
  readonly owner?: string;
  readonly group?: string;
  readonly mode?: string;
  readonly directory_mode?: string;
  readonly force?: boolean;
  readonly backup?: boolean;
  readonly validate?: string;
  readonly remote_src?: boolean;
  readonly follow?: boolean;
  readonly checksum?: string;
  readonly links?: 'refuse' | 'keep' | 'break';
}

/** The schema of its arguments. */
export const copyArguments = Type.Object(
  {
    content: Type.Optional(Type.String({ description: 'The text that the file holds; instead of `src`.' })),
    src: Type.Optional(
      localPath(
        'A file or folder of the controller, of any size. With a trailing slash the content of a folder is meant. With `remote_src` a file of the host.',
      ),
    ),
    dest: hostPath('Where to put it. With a trailing slash, or where it is a directory: into it.'),
    owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
    group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
    mode: Type.Optional(
      Type.Union([Type.Literal('preserve'), fileMode()], {
        description:
          'Permission bits: quoted octal "0644", letters such as "u=rwX,go-w", or `preserve` for those of the source.',
      }),
    ),
    directory_mode: Type.Optional(fileMode('Mode of directories that are made.')),
    force: Type.Optional(
      Type.Boolean({ default: true, description: 'false: leave a file that is there already as it is.' }),
    ),
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
    remote_src: Type.Optional(Type.Boolean({ description: '`src` is a file of the host.' })),
    follow: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Where `dest` is a symbolic link, write the file it leads to; false replaces the link.',
      }),
    ),
    checksum: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'SHA-256 that the source must have.' }),
    ),
    links: Type.Optional(
      Type.Union([Type.Literal('refuse'), Type.Literal('keep'), Type.Literal('break')], {
        default: 'refuse',
        description: 'A file with several hard links: refuse, write in place, or part it from the others.',
      }),
    ),
  },
  { additionalProperties: false },
);
