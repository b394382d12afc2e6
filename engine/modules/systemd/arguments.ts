import { type Static, Type } from 'typebox';

/** The schema of `systemd`. */
export const systemdArguments = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: '^(?!.*@(\\.[a-z]+)?$)[A-Za-z0-9:_.\\\\@-]{1,255}$',
        description:
          'The unit, "sshd" or "sshd.service"; an instance as "getty@tty1". On a host without systemd, the service script.',
        errorMessage: 'must name one unit: no pattern, no path, no template without its instance',
      }),
    ),
    state: Type.Optional(
      Type.Enum(['started', 'stopped', 'restarted', 'reloaded'], {
        description:
          '`restarted` (without `older_than` and `executable_replaced`) and `reloaded` always change; both start a unit that is down. `started` runs a oneshot without RemainAfterExit each time.',
      }),
    ),
    enabled: Type.Optional(Type.Boolean({ description: 'Whether it starts at boot.' })),
    masked: Type.Optional(Type.Boolean({ description: 'Whether it is kept from being started at all.' })),
    daemon_reload: Type.Optional(
      Type.Boolean({
        description:
          'Lets systemd read its files anew: with `name`, where that unit needs it; without, always. Comes before everything but unmasking.',
      }),
    ),
    daemon_reexec: Type.Optional(
      Type.Boolean({ description: 'Lets systemd start itself anew; always changes.' }),
    ),
    no_block: Type.Optional(
      Type.Boolean({ description: 'Queues start, stop, restart or reload and does not wait for its end.' }),
    ),
    scope: Type.Optional(
      Type.Enum(['system', 'user'], {
        default: 'system',
        description:
          '`user`: the units of the user that the task becomes (`become_user`), whose own systemd must run: the user is logged in or lingers.',
        errorMessage:
          'must be "system" or "user": what is enabled for all users is a link in /etc/systemd/user',
      }),
    ),
    older_than: Type.Optional(
      Type.Array(
        Type.String({
          pattern: '^(/[^\\u0000\\n]*|(?!.*@(\\.[a-z]+)?$)[A-Za-z0-9:_.\\\\@-]{1,255})$',
          errorMessage: 'must be an absolute path or the name of one unit',
        }),
        {
          minItems: 1,
          description:
            'With `restarted`: only where the unit’s main process began before one of these did: a unit ("dbus.service") by its own beginning, a file or directory ("/etc/x.conf") by its last change.',
        },
      ),
    ),
    executable_replaced: Type.Optional(
      Type.Boolean({
        description:
          'With `restarted`: only where the program that it runs has been replaced or removed since it began. With `older_than`, either is enough.',
      }),
    ),
    settle: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        default: 3,
        description:
          'Seconds that a started unit must have stayed up, by the host’s own clock, to count as started. 0 takes the word of systemctl.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SystemdArgs = Static<typeof systemdArguments>;
