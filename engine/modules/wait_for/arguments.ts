import { type Static, Type } from 'typebox';
import { hostPath } from '../../contract/schema.ts';

/** The schema of `wait_for`. */
export const waitForArguments = Type.Object(
  {
    path: Type.Optional(hostPath('A path to wait for; links are followed.')),
    search_regex: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A POSIX extended regular expression (`grep -E`) that a line of the file at `path` must match.',
      }),
    ),
    from: Type.Optional(
      Type.Integer({
        minimum: 0,
        description:
          'Looks only at what lies in the file from this byte on: `stat.size` from before is what was written after. A file that has become shorter, or another one, is read from its start.',
      }),
    ),
    host: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_:][A-Za-z0-9._:%-]*$',
        default: '127.0.0.1',
        description: 'Where `port` is, as seen from the host.',
      }),
    ),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description: 'A TCP port to wait for.' })),
    state: Type.Optional(
      Type.Enum(['started', 'present', 'stopped', 'absent', 'drained'], {
        default: 'started',
        description:
          '`started` or `present`: the port is open, the path is there, the line is found. `stopped` or `absent`: they are not. `drained`: no connection to the port of this host is left.',
      }),
    ),
    delay: Type.Optional(
      Type.Number({ minimum: 0, default: 0, description: 'Seconds before the first look.' }),
    ),
    timeout: Type.Optional(
      Type.Number({
        minimum: 0,
        default: 300,
        description:
          'Seconds to wait in all, `delay` included. With neither path nor port it is just a pause.',
      }),
    ),
    sleep: Type.Optional(
      Type.Number({ minimum: 0.1, default: 1, description: 'Seconds between two looks.' }),
    ),
    connect_timeout: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 5,
        description: 'Seconds that a connection to another host may take.',
      }),
    ),
    msg: Type.Optional(Type.String({ description: 'What to say where the time is over.' })),
  },
  { additionalProperties: false },
);

export type WaitForArgs = Static<typeof waitForArguments>;

/** Whether a host's name means the machine that is asked. */
export function isLocal(host: string | undefined): boolean {
  return host === undefined || host === 'localhost' || host === '::1' || /^127\./.test(host);
}
