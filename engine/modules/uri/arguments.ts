import { type Static, Type } from 'typebox';
import { httpArguments } from '../http/arguments.ts';

/** The schema of `uri`. */
export const uriArguments = Type.Object(
  {
    ...httpArguments,
    method: Type.Optional(
      Type.String({
        pattern: '^[A-Z]+$',
        default: 'GET',
        description: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or another, in capitals.',
        errorMessage: 'must be in capitals, such as POST',
      }),
    ),
    body: Type.Optional(
      Type.Unsafe<unknown>({
        description:
          'What is sent: text, or with `body_format` a map or list. May be secret, or hold secrets.',
      }),
    ),
    body_format: Type.Optional(
      Type.Enum(['raw', 'json', 'form-urlencoded'], {
        default: 'raw',
        description:
          'How `body` is written; sets Content-Type, unless `headers` does. Text is sent as it is.',
      }),
    ),
    status_code: Type.Optional(
      Type.Union([Type.Integer(), Type.Array(Type.Integer(), { minItems: 1 })], {
        default: [200],
        description: 'The status that counts as success, or a list of them; each other one is a failure.',
      }),
    ),
    return_content: Type.Optional(
      Type.Boolean({ default: false, description: 'Tell the body of the answer as `content`.' }),
    ),
    follow_redirects: Type.Optional(
      Type.Enum(['safe', 'all', 'none'], {
        default: 'safe',
        description: 'Which redirects are followed; `safe`: those of GET and HEAD.',
      }),
    ),
    creates: Type.Optional(
      Type.String({
        pattern: '^/',
        description: 'Skipped where this path or glob exists on the host.',
        errorMessage: 'must be an absolute path',
      }),
    ),
    removes: Type.Optional(
      Type.String({
        pattern: '^/',
        description: 'Skipped where this path or glob does not exist on the host.',
        errorMessage: 'must be an absolute path',
      }),
    ),
  },
  { additionalProperties: false },
);

export type UriArgs = Static<typeof uriArguments>;

/** Whether a request only looks (RFC 9110, 9.2.1). */
export function onlyLooks({ method = 'GET' }: UriArgs): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}
