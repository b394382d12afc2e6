import { Type } from 'typebox';
import type { Secret } from '../../shell/secret.ts';

/** What cron takes. */
export interface CronArgs {
  readonly name: string;
  readonly job?: string | Secret;
  readonly value?: string | Secret;
  readonly state?: 'present' | 'absent';
  readonly minute?: string | number;
  readonly hour?: string | number;
  readonly day?: string | number;
  readonly month?: string | number;
  readonly weekday?: string | number;
  readonly special_time?: string;
  readonly disabled?: boolean;
  readonly user?: string;
  readonly env?: boolean;
  readonly insertafter?: string;
  readonly insertbefore?: string;
  readonly cron_file?: string;
  readonly backup?: boolean;
}

const oneLine = '^[^\\r\\n\\u0000]+$';

function time(description: string, first = '0-9*~') {
  const text = Type.String({ pattern: `^[${first}][0-9A-Za-z*,/~-]*$` });
  return Type.Optional(
    Type.Union([text, Type.Integer({ minimum: 0, maximum: 59 })], {
      default: '*',
      description,
      errorMessage: 'must be one field of a crontab: "5", "*/15", "1,3", "mon-fri"',
    }),
  );
}

const special = ['reboot', 'yearly', 'annually', 'monthly', 'weekly', 'daily', 'midnight', 'hourly'] as const;

/** The schema of its arguments. */
export const cronArguments = Type.Object(
  {
    name: Type.String({
      pattern: oneLine,
      description:
        'What the job is called in the line `#Ansible: NAME` above it; with `env` the name of the variable.',
      errorMessage: 'must be one line without NUL',
    }),
    job: Type.Optional(
      Type.String({
        pattern: '^[^\\u0000]*$',
        description: 'The command; with `env` the value of the variable.',
        errorMessage: 'must hold no NUL',
      }),
    ),
    value: Type.Optional(
      Type.String({
        pattern: '^[^\\u0000]*$',
        description: 'The same as `job`.',
        errorMessage: 'must hold no NUL',
      }),
    ),
    state: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        default: 'present',
        description: 'Whether the job or variable is there.',
      }),
    ),
    minute: time('When: minute, 0 to 59.'),
    hour: time('Hour, 0 to 23.'),
    day: time('Day of the month, 1 to 31.'),
    month: time('Month, 1 to 12 or a name.', '0-9A-Za-z*~'),
    weekday: time('Day of the week, 0 to 7 (Sunday is 0 and 7) or a name.', '0-9A-Za-z*~'),
    special_time: Type.Optional(
      Type.Union(
        special.map((one) => Type.Literal(one)),
        { description: 'Instead of the five fields: `@reboot`, `@daily`, …, without the @.' },
      ),
    ),
    disabled: Type.Optional(Type.Boolean({ description: 'The job stands there as a comment.' })),
    user: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.@-]*\\$?$',
        description:
          'Whose crontab it is; with `cron_file`, as whom the job runs. By itself: who runs the task.',
        errorMessage: 'must be the name of a user',
      }),
    ),
    env: Type.Optional(
      Type.Boolean({
        description: 'It is no job but a variable, which stands above the jobs: NAME="VALUE".',
      }),
    ),
    insertafter: Type.Optional(
      Type.String({ pattern: oneLine, description: 'With `env`: a new one stands after this variable.' }),
    ),
    insertbefore: Type.Optional(
      Type.String({ pattern: oneLine, description: 'With `env`: a new one stands before this variable.' }),
    ),
    cron_file: Type.Optional(
      Type.String({
        pattern: '^(/(.*/)?)?[A-Za-z0-9_-]+$',
        description: "A file in /etc/cron.d, or an absolute path, instead of a user's crontab.",
        errorMessage:
          'must be a name of letters, digits, - and _, or an absolute path that ends in one: cron passes over names with a dot, and says nothing',
      }),
    ),
    backup: Type.Optional(
      Type.Boolean({
        description:
          "Keep the old `cron_file` beside the new one, as `NAME.DIGEST~`. A user's crontab is kept in the run's journal, here as always.",
      }),
    ),
  },
  { additionalProperties: false },
);
