import { type Static, Type } from 'typebox';
import { fileArguments } from '../../contract/file_arguments.ts';
import { hostPath } from '../../contract/schema.ts';
import { httpArguments } from '../http/arguments.ts';

const digits = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128 };

const checksumPattern = `^(?:${Object.entries(digits)
  .map(([name, length]) => `${name}:[0-9a-fA-F]{${length}}`)
  .join('|')})$`;

/** The schema of `get_url`. */
export const getUrlArguments = Type.Object(
  {
    ...httpArguments,
    dest: hostPath(
      'Where the file goes; in a directory, or with a trailing slash, it gets the last name of the address.',
    ),
    checksum: Type.Optional(
      Type.String({
        pattern: checksumPattern,
        description:
          '`sha256:` (or `sha512:`, `sha384:`, `sha224:`, `sha1:`, `md5:`) and the digest that the file must have; another one is fetched anew.',
        errorMessage: 'must be sha256: and 64 hexadecimal digits, or another digest with its name and length',
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

/** A digest and the program that reckons it (coreutils and busybox name them alike). */
export interface Digest {
  readonly program: string;
  /** In lower case. */
  readonly digits: string;
}

/** The digest that a file must have. */
export function digestOf({ checksum }: GetUrlArgs): Digest | undefined {
  const [name, digits = ''] = checksum?.split(':') ?? [];
  return name === undefined ? undefined : { program: `${name}sum`, digits: digits.toLowerCase() };
}
