import { type Static, Type } from 'typebox';

const oneLine = '^(?![^]*\\\\$)[^\\n\\r\\u0000]+$';

function span(description: string) {
  return Type.Optional(
    Type.Union([Type.String({ pattern: '^[0-9][0-9a-zA-Zµμ. ]*$' }), Type.Number({ minimum: 0 })], {
      description,
      errorMessage: 'must be a span such as "15min", "1h 30min", or a number of seconds',
    }),
  );
}

/** The schema of `systemd_timer`. */
export const systemdTimerArguments = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9:_][A-Za-z0-9:_.-]{0,200}$',
      description: 'The timer, "backup" or "backup.timer".',
      errorMessage: 'must be a name of letters, digits, `-`, `_`, `.` and `:`',
    }),
    on_calendar: Type.Optional(
      Type.Union(
        [Type.String({ pattern: oneLine }), Type.Array(Type.String({ pattern: oneLine }), { minItems: 1 })],
        {
          description: 'When by the calendar: "daily", "Mon..Fri 03:30", or a list; see systemd.time(7).',
          errorMessage: 'must be one line, or a list of such',
        },
      ),
    ),
    on_boot_sec: span('How long after the boot.'),
    on_startup_sec: span('How long after systemd has started.'),
    on_active_sec: span('How long after the timer was started.'),
    on_unit_active_sec: span(
      'How long after the unit was last started; alone it never begins, so give another one beside it.',
    ),
    on_unit_inactive_sec: span('How long after the unit has last ended; alone it never begins.'),
    persistent: Type.Optional(
      Type.Boolean({
        description: 'Whether a time of `on_calendar` that was missed is made up for at the next start.',
      }),
    ),
    randomized_delay_sec: span('Up to how long each time is put off by chance.'),
    accuracy_sec: span('How much later it may be, so that timers elapse together; systemd takes 1min.'),
    command: Type.Optional(
      Type.Union(
        [
          Type.String({ pattern: `^(?=[-@:+!|]*/)${oneLine.slice(1)}` }),
          Type.Array(Type.String({ pattern: '^[^\\u0000]*$' }), { minItems: 1 }),
        ],
        {
          description:
            'What to run, in a service of the timer’s name. Text is a line as `ExecStart=` takes it, without a shell; the words of a list are taken as they are.',
          errorMessage:
            'must be one line that begins with the absolute path of a program, or a list of words',
        },
      ),
    ),
    unit: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9:_\\\\-][A-Za-z0-9:_.\\\\@-]{0,200}\\.[a-z]+$',
        description: 'The unit to start, in place of `command`: "backup.service".',
        errorMessage: 'must be the full name of a unit, such as "backup.service"',
      }),
    ),
    user: Type.Optional(
      Type.String({
        pattern: '^([A-Za-z_][A-Za-z0-9_.-]{0,63}\\$?|[0-9]+)$',
        description: 'Who `command` runs as; root where it is not said.',
        errorMessage: 'must be the name or number of a user',
      }),
    ),
    description: Type.Optional(
      Type.String({ pattern: oneLine, description: 'What `systemctl status` says of it.' }),
    ),
    enabled: Type.Optional(Type.Boolean({ default: true, description: 'Whether it starts at boot.' })),
    state: Type.Optional(
      Type.Enum(['started', 'stopped', 'absent'], {
        default: 'started',
        description: 'Whether it waits for its time; `absent` also removes its files.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type SystemdTimerArgs = Static<typeof systemdTimerArguments>;
