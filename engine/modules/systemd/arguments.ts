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
          '`restarted` and `reloaded` always change; both start a unit that is down. `started` runs a oneshot without RemainAfterExit each time.',
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
      Type.Enum(['system'], {
        description: "Only the system's units are managed.",
        errorMessage: 'must be "system": the units of users are not managed',
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
