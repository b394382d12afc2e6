import { type Static, Type } from 'typebox';

const one = '^[^\\n\\u0000]+$';

/** The schema of `process`. */
export const processArguments = Type.Object(
  {
    selector: Type.Optional(
      Type.String({
        pattern: '^[^\\n\\u0000]+:([0-9]+|[0-9]*-[0-9]*)$',
        description: 'A name and how many: "sshd:1-", "cron:1", "worker:2-5", "old:-0".',
        errorMessage: 'must be NAME:MIN-MAX, such as "sshd:1-", "worker:2-5" or "old:-0"',
      }),
    ),
    name: Type.Optional(
      Type.String({
        pattern: one,
        description: 'The name of the program, as `ps -o comm` shows it; 15 bytes of it count.',
      }),
    ),
    exe: Type.Optional(
      Type.String({
        pattern: '^/[^\\n\\u0000]*$',
        description: 'The path of the program, its links followed; of a script, that is its interpreter.',
        errorMessage: 'must be an absolute path',
      }),
    ),
    user: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_][A-Za-z0-9_.$@-]*$',
        description: 'Name or number of the effective user.',
        errorMessage: 'must be the name or number of a user',
      }),
    ),
    setype: Type.Optional(
      Type.String({ pattern: '^[A-Za-z0-9_.-]+$', description: 'The type of its SELinux label, "sshd_t".' }),
    ),
    count: Type.Optional(
      Type.Union([Type.String({ pattern: '^([0-9]+|[0-9]*-[0-9]*)$' }), Type.Integer({ minimum: 0 })], {
        description:
          'How many: "1-", "2-5", "-3", or a number. Without it, and without `signs` and the like, "1-".',
        errorMessage: 'must be a number or a range such as "1-", "2-5", "-3"',
      }),
    ),
    signs: Type.Optional(
      Type.Array(Type.Enum(['gid0', 'init_t', 'deleted']), {
        description:
          'What none of them may show. `gid0`: has group 0 but not user 0. `init_t`: runs in the SELinux type of process 1. `deleted`: its program was replaced since it was started.',
      }),
    ),
    cpu_max: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'How much of one core each may use, in percent, measured over `interval`.',
      }),
    ),
    interval: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 60,
        default: 1,
        description: 'Seconds over which `cpu_max` is measured.',
      }),
    ),
    min_age: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description:
          'Seconds that the oldest of them must have been up: a daemon that dies and is started again has the right count, but is always young.',
      }),
    ),
    exempt: Type.Optional(
      Type.Array(Type.String({ pattern: one }), {
        description:
          'Names, paths of programs, and names or numbers of users for which `signs` and `cpu_max` do not hold.',
      }),
    ),
    exempt_nice: Type.Optional(
      Type.Boolean({ description: 'Whether `cpu_max` does not hold for those with a nice value above 0.' }),
    ),
    exempt_uid_min: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'The user number from which on `cpu_max` does not hold; 1000 is where people begin (UID_MIN of login.defs).',
      }),
    ),
    recheck: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 60,
        default: 5,
        description:
          'Seconds after which it is looked at again where something is wrong; it counts only if it still is.',
      }),
    ),
    remedy: Type.Optional(
      Type.Enum(['none', 'start', 'stop', 'restart', 'signal'], {
        default: 'none',
        description:
          'What is done where something is wrong. `none`: it is reported, and the task fails. `start`: `unit`, where there are too few. `stop`: where there are too many. `restart`: whatever it is. `signal`: the ones that are too many or show a sign.',
      }),
    ),
    unit: Type.Optional(
      Type.String({
        pattern: '^(?!.*@(\\.[a-z]+)?$)[A-Za-z0-9:_.\\\\@-]{1,255}$',
        description:
          'The unit or service that they belong to. Without it, `stop` and `restart` take the units that the processes are in.',
        errorMessage: 'must name one unit',
      }),
    ),
    signal: Type.Optional(
      Type.Enum(['TERM', 'HUP', 'INT', 'QUIT', 'USR1', 'USR2', 'KILL'], {
        default: 'TERM',
        description: 'What `remedy: signal` sends.',
      }),
    ),
    allow: Type.Optional(
      Type.Array(Type.String({ pattern: one }), {
        description: 'Names or paths of programs to which `remedy: signal` may send; nothing else gets one.',
      }),
    ),
    settle: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 600,
        default: 10,
        description: 'Seconds within which a remedy must have worked.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type ProcessArgs = Static<typeof processArguments>;
