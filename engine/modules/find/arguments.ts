import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

/** One text, or several of them. */
function texts(description: string) {
  return Type.Union([Type.String(), Type.Array(Type.String())], { description });
}

/** The schema of `find`. */
export const findArguments = Type.Object(
  {
    paths: Type.Union([hostPath('A directory.'), Type.Array(hostPath('A directory.'), { minItems: 1 })], {
      description: 'The directory to look in, or a list of them; each may be a link to one.',
    }),
    patterns: Type.Optional(
      texts(
        'A pattern of the shell’s (`*`, `?`, `[…]`) for the name, or a list of them; all names where absent.',
      ),
    ),
    excludes: Type.Optional(texts('Patterns, as in `patterns`, of names that are left out.')),
    use_regex: Type.Optional(
      Type.Boolean({ default: false, description: '`patterns` and `excludes` are regular expressions.' }),
    ),
    file_type: Type.Optional(
      Type.Enum(['any', 'directory', 'file', 'link'], {
        default: 'file',
        description: 'What is looked for.',
      }),
    ),
    recurse: Type.Optional(
      Type.Boolean({ default: false, description: 'Look in directories below as well.' }),
    ),
    depth: Type.Optional(
      Type.Integer({ minimum: 1, description: 'With `recurse`: how many levels; all where absent.' }),
    ),
    hidden: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Tell of names that begin with a dot. What lies in such a directory is told of anyway.',
      }),
    ),
    follow: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'With `recurse`: go into directories behind links as well.',
      }),
    ),
    age: Type.Optional(
      Type.String({
        pattern: '^-?\\d+[smhdw]?$',
        description: 'As old as this or older: seconds, or with `m`, `h`, `d`, `w`. With a minus: younger.',
        errorMessage: 'must be a number with s, m, h, d or w, such as "2d" or "-1h"',
      }),
    ),
    age_stamp: Type.Optional(
      Type.Enum(['mtime', 'atime', 'ctime'], { default: 'mtime', description: 'The time that `age` means.' }),
    ),
    size: Type.Optional(
      Type.String({
        pattern: '^-?\\d+[bkmgt]?$',
        description: 'As large as this or larger: bytes, or with `k`, `m`, `g`, `t`. With a minus: smaller.',
        errorMessage: 'must be a number with b, k, m, g or t, such as "10m" or "-1k"',
      }),
    ),
    contains: Type.Optional(
      Type.String({ minLength: 1, description: 'What a line of the file must match; files only.' }),
    ),
  },
  { additionalProperties: false },
);

export type FindArgs = Static<typeof findArguments>;

/** What may be one text or several, as a list. */
export function listOf(given: string | readonly string[] | undefined): readonly string[] {
  return given === undefined ? [] : typeof given === 'string' ? [given] : given;
}
