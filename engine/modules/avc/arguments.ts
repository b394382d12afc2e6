import { type Static, Type } from 'typebox';
import { selinuxName } from '../../facts/selinux_type.ts';

/** The schema of `avc`. */
export const avcArguments = Type.Object(
  {
    since: Type.Optional(
      Type.Union(
        [
          Type.String({ pattern: '^(today|recent|boot|[0-9]{1,12}(\\.[0-9]{1,9})?)$' }),
          Type.Number({ minimum: 0 }),
        ],
        {
          default: 'today',
          errorMessage: 'must be today, recent, boot, or seconds since 1970',
          description:
            'From when on: `today` (the host’s midnight), `recent` (ten minutes), `boot`, or seconds since 1970, such as `now` of an earlier register.',
        },
      ),
    ),
    scontext: Type.Optional(
      Type.String({ ...selinuxName, description: 'Only what this type was denied: "keepalived_t".' }),
    ),
    tcontext: Type.Optional(
      Type.String({ ...selinuxName, description: 'Only what was denied on this type: "etc_t".' }),
    ),
    tclass: Type.Optional(
      Type.String({ ...selinuxName, description: 'Only what was denied on this class: "file".' }),
    ),
    comm: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'Only what programs of this name were denied, as the kernel has it: 15 bytes.',
      }),
    ),
    path: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Only what was denied on this path; where a record has but a name, on a file of that name.',
      }),
    ),
    timeout: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 3600,
        default: 60,
        description: 'Seconds that reading the log may take.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type AvcArgs = Static<typeof avcArguments>;
