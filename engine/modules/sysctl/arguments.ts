import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

/** The file where none is named. */
export const defaultFile = '/etc/sysctl.d/99-fettle.conf';

const settingName = {
  pattern: '^(?!.*(\\.\\.|//|/\\.|\\./))[A-Za-z0-9_][A-Za-z0-9_./:@+-]*[A-Za-z0-9_]$',
  errorMessage: 'must be a name such as "vm.swappiness"',
};
const settingValue = Type.Union([
  Type.String({ pattern: '^[^\\n\\r\\u0000]+$', errorMessage: 'must be one line' }),
  Type.Number(),
  Type.Boolean(),
]);

/** The schema of `sysctl`. */
export const sysctlArguments = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        ...settingName,
        description:
          'The setting, "net.ipv4.ip_forward". As sysctl(8) has it, a dot within a name is written as a slash: "net.ipv4.conf.eth0/100.rp_filter".',
      }),
    ),
    key: Type.Optional(Type.String({ ...settingName, description: 'The same as `name`.' })),
    value: Type.Optional(
      Type.Union(settingValue.anyOf, {
        description: 'Its value; several numbers are parted by blanks. `true` is 1 and `false` is 0.',
      }),
    ),
    val: Type.Optional(Type.Union(settingValue.anyOf, { description: 'The same as `value`.' })),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], {
        default: 'present',
        description: 'Whether it is in the file. `absent` leaves the running kernel as it is.',
      }),
    ),
    sysctl_file: Type.Optional(
      Type.String({
        ...hostPath('The file that sets it at boot; made where it is not there.'),
        default: defaultFile,
      }),
    ),
    reload: Type.Optional(
      Type.Boolean({
        default: true,
        description:
          'Whether the running kernel is kept so as well; only this setting is written, not the whole file.',
      }),
    ),
    sysctl_set: Type.Optional(
      Type.Boolean({ description: 'Keeps the running kernel so even with `reload: false`.' }),
    ),
    ignoreerrors: Type.Optional(
      Type.Boolean({ description: 'Only the file is kept where the running kernel has no such setting.' }),
    ),
  },
  { additionalProperties: false, anyOf: [{ required: ['name'] }, { required: ['key'] }] },
);

export type SysctlArgs = Static<typeof sysctlArguments>;
