import { Type } from 'typebox';
import {
  type FileArguments,
  fileArguments,
  followArgument,
  forceArgument,
  modeOrPreserve,
} from '../../contract/file_arguments.ts';
import { fileMode, hostPath, type Local, localPath } from '../../contract/schema.ts';
import type { Secret } from '../../shell/secret.ts';

/** What copy takes; `src` is a path of the host where `remote_src` is said. */
export interface CopyArgs extends FileArguments {
  readonly content?: string | Secret;
  readonly src?: Local | string;
  readonly dest: string;
  readonly directory_mode?: string;
  readonly force?: boolean;
  readonly remote_src?: boolean;
  readonly follow?: boolean;
  readonly checksum?: string;
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
    owner: fileArguments.owner,
    group: fileArguments.group,
    mode: modeOrPreserve,
    directory_mode: Type.Optional(fileMode('Mode of directories that are made.')),
    force: forceArgument,
    backup: fileArguments.backup,
    validate: fileArguments.validate,
    remote_src: Type.Optional(Type.Boolean({ description: '`src` is a file of the host.' })),
    follow: followArgument,
    checksum: Type.Optional(
      Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'SHA-256 that the source must have.' }),
    ),
    links: fileArguments.links,
  },
  { additionalProperties: false },
);
