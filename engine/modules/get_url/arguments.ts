import { type Static, Type } from 'typebox';
import { fileArguments } from '../../contract/file_arguments.ts';
import { hostPath } from '../../contract/schema.ts';
import { httpArguments } from '../http/arguments.ts';

/** The schema of `get_url`. */
export const getUrlArguments = Type.Object(
  {
    ...httpArguments,
    dest: hostPath(
      'Where the file goes; in a directory, or with a trailing slash, it gets the last name of the address.',
    ),
    checksum: Type.Optional(
      Type.String({
        pattern: '^sha256:[0-9a-fA-F]{64}$',
        description: '`sha256:` and the digest that the file must have; another one is fetched anew.',
        errorMessage: 'must be sha256: and 64 hexadecimal digits',
      }),
    ),
    force: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Fetch a file that is there already, each time; it then counts as changed.',
      }),
    ),
    owner: fileArguments.owner,
    group: fileArguments.group,
    mode: fileArguments.mode,
    backup: Type.Optional(
      Type.Boolean({ description: 'Keep the old file beside the new one, as `NAME.DIGEST~`.' }),
    ),
  },
  { additionalProperties: false },
);

export type GetUrlArgs = Static<typeof getUrlArguments>;
