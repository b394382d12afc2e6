import { type Static, Type } from 'typebox';
import { fileArguments } from '../../contract/file_arguments.ts';
import { hostPath, type LocalArchive, localArchive } from '../../contract/schema.ts';

/** The schema of `unarchive`. */
export const unarchiveArguments = Type.Object(
  {
    src: Type.Unsafe<LocalArchive | string>(
      localArchive(
        'A tar archive, plain or compressed by gzip, bzip2, xz or zstd, or a zip archive; of the controller, or with `remote_src` a path of the host.',
      ),
    ),
    dest: hostPath('The directory to unpack into; it must be there.'),
    remote_src: Type.Optional(
      Type.Boolean({ default: false, description: '`src` is an archive of the host.' }),
    ),
    creates: Type.Optional(hostPath('Where this path is there, nothing is looked at or unpacked.')),
    include: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Only these names of the archive, and what is below them; patterns of the shell’s.',
      }),
    ),
    exclude: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description:
          'Not these names, nor what is below them; patterns of the shell’s for the end of a name.',
      }),
    ),
    keep_newer: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Leave a file that is newer than the one in the archive.',
      }),
    ),
    list_files: Type.Optional(
      Type.Boolean({ default: false, description: 'Tell the names of what was to be unpacked as `files`.' }),
    ),
    extra_opts: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'Options of tar’s: `--strip-components=N`, `--no-same-owner`, `--numeric-owner`.',
      }),
    ),
    owner: fileArguments.owner,
    group: fileArguments.group,
    mode: fileArguments.mode,
  },
  { additionalProperties: false },
);

export type UnarchiveArgs = Static<typeof unarchiveArguments>;
