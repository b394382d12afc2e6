import { type Static, Type } from 'typebox';

/** The schema of `modprobe`. */
export const modprobeArguments = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9_][A-Za-z0-9_-]*$',
      errorMessage: 'must be the name of a module such as "br_netfilter"',
      description: 'The module, "br_netfilter".',
    }),
    state: Type.Optional(
      Type.Enum(['present', 'absent'], {
        default: 'present',
        description: 'Whether the running kernel has it loaded; what is built into it counts as loaded.',
      }),
    ),
    params: Type.Optional(
      Type.String({
        pattern: '^[^\\n\\r\\u0000]*$',
        errorMessage: 'must be one line',
        default: '',
        description:
          'Parameters for it, "hashsize=65536". One that is loaded already is not loaded anew for them.',
      }),
    ),
    persistent: Type.Optional(
      Type.Enum(['disabled', 'present', 'absent'], {
        default: 'disabled',
        description:
          'Whether it is loaded at boot: /etc/modules-load.d/NAME.conf, and the parameters in /etc/modprobe.d/NAME.conf. `disabled` leaves both as they are.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type ModprobeArgs = Static<typeof modprobeArguments>;
