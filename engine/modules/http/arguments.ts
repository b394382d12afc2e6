import { type Static, Type } from 'typebox';
import { CannotPlan } from '../../contract/change.ts';
import { hostPath } from '../../contract/schema.ts';
import { Secret } from '../../shell/secret.ts';

/** Text that may be secret. */
export function mayBeSecret(description: string, more: object = {}) {
  return Type.Unsafe<string | Secret>({ type: 'string', minLength: 1, description, ...more });
}

/** What `get_url` and `uri` have in common. */
export const httpArguments = {
  url: mayBeSecret('The address; http or https.', {
    pattern: '^https?://[^\\u0000-\\u0020\\u007f]+$',
    errorMessage: 'must begin with http:// or https://, and hold no blanks (write %20)',
  }),
  headers: Type.Optional(
    Type.Record(Type.String(), mayBeSecret('A value; may be secret.'), {
      description: 'Headers of the request, by their names.',
    }),
  ),
  url_username: Type.Optional(Type.String({ minLength: 1, description: 'The user to log in as.' })),
  url_password: Type.Optional(mayBeSecret('The password; never on a command line.')),
  force_basic_auth: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Send user and password with the first request, where the server does not ask for them.',
    }),
  ),
  timeout: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Seconds to wait for a connection, and for the next byte.',
    }),
  ),
  validate_certs: Type.Optional(
    Type.Boolean({ default: true, description: 'false: take any certificate, of anybody.' }),
  ),
  ca_path: Type.Optional(
    hostPath(
      'A file of the host with the certificates (PEM) of those who are trusted, instead of its own list.',
    ),
  ),
  client_cert: Type.Optional(
    hostPath('A file of the host with the certificate (PEM) to show; its key may be in it.'),
  ),
  client_key: Type.Optional(hostPath('A file of the host with the key of `client_cert`.')),
  use_proxy: Type.Optional(
    Type.Boolean({
      default: true,
      description: 'false: ask the server itself, whatever the environment says.',
    }),
  ),
};

const common = Type.Object(httpArguments);
export type HttpArgs = Static<typeof common>;

/** One request, as the clients are told of it. */
export interface Request extends HttpArgs {
  readonly method: string;
  readonly follows: boolean;
}

/** An address for messages: a secret one is not shown, nor a password within. */
export function shownUrl(url: string | Secret): string {
  return url instanceof Secret ? '(a secret address)' : url.replace(/^(https?:\/\/)[^/?#]*@/, '$1');
}

/** Refuses what would become a line of its own in a request or in a client's configuration. Throws CannotPlan. */
export function refuseControls({
  url,
  headers = {},
  url_username: user,
  url_password: password,
  ...files
}: HttpArgs): void {
  const texts: [what: string, text: string | Secret][] = [
    ['`url`', url],
    ...Object.entries(headers).flatMap(([name, value]): [string, string | Secret][] => [
      [`the name of a header`, name],
      [`the header ${JSON.stringify(name)}`, value],
    ]),
    ...(user === undefined ? [] : [['`url_username`', user] as [string, string]]),
    ...(password === undefined ? [] : [['`url_password`', password] as [string, string | Secret]]),
    ...(['ca_path', 'client_cert', 'client_key'] as const).map((name): [string, string] => [
      `\`${name}\``,
      files[name] ?? '',
    ]),
  ];
  for (const [what, text] of texts) {
    const plain = text instanceof Secret ? text.reveal() : text;
    if (plain.includes('\0')) throw new CannotPlan(`${what} holds a NUL byte`);
    if (/[\r\n]/.test(plain)) throw new CannotPlan(`${what} holds a line end`);
  }
  for (const name of Object.keys(headers))
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      throw new CannotPlan(`${JSON.stringify(name)} is no name of a header`);
  if (user?.includes(':')) throw new CannotPlan('`url_username` holds a colon, which no user name can');
  if (password !== undefined && user === undefined)
    throw new CannotPlan('`url_password` needs `url_username`');
  if (files.client_key !== undefined && files.client_cert === undefined)
    throw new CannotPlan('`client_key` needs `client_cert`');
}

/** Whether anything of a request must stay off a command line. */
export function hasSecrets({ url, headers = {}, url_username: user }: HttpArgs): boolean {
  return [url, ...Object.values(headers)].some((value) => value instanceof Secret) || user !== undefined;
}
