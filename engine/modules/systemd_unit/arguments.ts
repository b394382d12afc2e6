import { type Static, Type } from 'typebox';
import { fileMode } from '../../contract/schema.ts';

const line = '^(?![^]*\\\\$)[^\\n\\r\\u0000]*$';
const setting = { pattern: line, errorMessage: 'must be one line that does not end in a backslash' };

/** One value of a setting. */
const settingValue = Type.Union([Type.String(setting), Type.Number(), Type.Boolean()]);

/** The schema of `systemd_unit`. */
export const systemdUnitArguments = Type.Object(
  {
    name: Type.String({
      pattern:
        '^[A-Za-z0-9:_\\\\-][A-Za-z0-9:_.\\\\@-]{0,200}\\.(service|socket|mount|automount|swap|target|path|timer|slice)$',
      description: 'The unit with its suffix, "backup.service"; a template as "backup@.service".',
      errorMessage: 'must be the full name of a unit, such as "backup.service"',
    }),
    content: Type.Optional(Type.String({ minLength: 1, description: 'The whole text of the file.' })),
    sections: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[A-Za-z][A-Za-z0-9 ._-]*$' }),
        Type.Record(
          Type.String({ pattern: '^[A-Za-z][A-Za-z0-9._-]*$' }),
          Type.Union([settingValue, Type.Array(settingValue)]),
          { additionalProperties: false },
        ),
        {
          additionalProperties: false,
          description:
            'The file as sections with their settings, in place of `content`; a list gives a setting several times, an empty text resets it.',
        },
      ),
    ),
    drop_in: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9:_@][A-Za-z0-9:_.@-]{0,200}$',
        description:
          'The name of a drop-in, "limits": then `NAME.d/limits.conf` is kept and the unit itself left to whom it belongs.',
        errorMessage: 'must be a file name of letters, digits, `-`, `_`, `.`, `:` and `@`',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], { default: 'present', description: 'Whether the file is there.' }),
    ),
    verify: Type.Optional(
      Type.Enum(['all', 'errors', 'none'], {
        default: 'all',
        description:
          'What `systemd-analyze verify` may refuse before the file is put into place: `all` also settings that systemd would pass over (misspelt, or too new for the host), `errors` only what keeps the unit from working.',
      }),
    ),
    owner: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the owner.' })),
    group: Type.Optional(Type.String({ minLength: 1, description: 'Name or number of the group.' })),
    mode: Type.Optional(fileMode()),
  },
  { additionalProperties: false },
);

/** Text may be secret. */
export type SystemdUnitArgs = Static<typeof systemdUnitArguments>;
