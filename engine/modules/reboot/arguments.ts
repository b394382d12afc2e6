import { type Static, Type } from 'typebox';

const seconds = (description: string, standard: number) =>
  Type.Optional(Type.Number({ minimum: 0, default: standard, description }));

/** The schema of `reboot`. */
export const rebootArguments = Type.Object(
  {
    when_needed: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Reboots only where something on the host asks for it (see the notes).',
      }),
    ),
    kernel: Type.Optional(
      Type.String({
        pattern: '^[0-9][A-Za-z0-9.+_~-]*$',
        errorMessage: 'must be a release as `uname -r` says it',
        description:
          'The kernel that must run afterwards, as `uname -r` says it; what it ends in (architecture, flavour) may be left out. With `when_needed` the host is rebooted where another one runs, and for no other reason.',
      }),
    ),
    settled: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          'Waits until systemd has come to its end of starting; units that failed are told in the register (`failed_units`).',
      }),
    ),
    reboot_command: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'The command that reboots, in place of `shutdown -r now`, else `systemctl reboot`, else `reboot`.',
      }),
    ),
    msg: Type.Optional(
      Type.String({
        default: 'Reboot by fettle',
        description: 'What users that are logged in are told.',
      }),
    ),
    pre_reboot_delay: seconds('Seconds on the host between telling its users and the reboot.', 0),
    post_reboot_delay: seconds('Seconds after the reboot was begun before the first attempt to log in.', 0),
    reboot_timeout: seconds('Seconds in which the host must be back; then it is unreachable.', 600),
    connect_timeout: Type.Optional(
      Type.Number({
        minimum: 1,
        description:
          'Seconds that one attempt to log in may take; the limits of the connection where nothing is said.',
      }),
    ),
    test_command: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'Must end with status 0 before the host counts as back: `systemctl is-system-running --wait`. It only looks; it is run before the reboot too.',
      }),
    ),
    stable: seconds('Seconds for which the host must then stay as it is.', 0),
  },
  { additionalProperties: false },
);

export type RebootArgs = Static<typeof rebootArguments>;
