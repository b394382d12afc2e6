import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

const word = { pattern: '^[^\\s\\u0000,]+$', errorMessage: 'must be one word' };
const number = Type.Union([Type.String({ pattern: '^[0-9]$' }), Type.Integer({ minimum: 0, maximum: 9 })]);
const point = '^(/[^\\u0000]*|none|swap)$';

/** The schema of `mount`. */
export const mountArguments = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        pattern: point,
        description: 'Where it is mounted; "none" for swap.',
        errorMessage: 'must be an absolute path, or "none" for swap',
      }),
    ),
    name: Type.Optional(
      Type.String({
        pattern: point,
        description: 'The same as `path`.',
        errorMessage: 'must be an absolute path, or "none" for swap',
      }),
    ),
    src: Type.Optional(
      Type.String({
        pattern: '^[^\\u0000\\n]+$',
        description:
          'What is mounted: "UUID=…", "LABEL=…", a device, a directory (with `bind`), "server:/share", "tmpfs".',
        errorMessage: 'must be one line',
      }),
    ),
    fstype: Type.Optional(
      Type.String({
        ...word,
        description: 'The type of the file system, "ext4", "nfs", "none" for a bind mount.',
      }),
    ),
    opts: Type.Optional(
      Type.String({
        pattern: '^[^\\u0000\\n]+$',
        default: 'defaults',
        description:
          'Options as in fstab(5), parted by commas; compared by what they mean, not by their order.',
        errorMessage: 'must be one line',
      }),
    ),
    dump: Type.Optional(Type.Union(number.anyOf, { default: '0', description: 'The fifth field of fstab.' })),
    passno: Type.Optional(
      Type.Union(number.anyOf, {
        default: '0',
        description: 'The sixth field of fstab: when it is checked at boot; 0 is never.',
      }),
    ),
    state: Type.Enum(['mounted', 'present', 'unmounted', 'absent', 'remounted'], {
      description:
        '`mounted`: in fstab and mounted, the directory is made where it is not there. `present`: in fstab alone. `unmounted`: not mounted, fstab as it is. `absent`: neither. `remounted`: mounted anew with its options, each time.',
    }),
    fstab: Type.Optional(
      Type.String({ ...hostPath('The file in place of /etc/fstab.'), default: '/etc/fstab' }),
    ),
    boot: Type.Optional(
      Type.Boolean({
        default: true,
        description: '`false` adds `noauto`, so that the boot does not mount it.',
      }),
    ),
    backup: Type.Optional(
      Type.Boolean({ description: 'Keep the old fstab beside the new one, as `fstab.DIGEST~`.' }),
    ),
  },
  {
    additionalProperties: false,
    required: ['state'],
    anyOf: [{ required: ['path'] }, { required: ['name'] }],
  },
);

export type MountArgs = Static<typeof mountArguments>;
