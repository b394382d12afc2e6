import { CannotPlan, type Blob, sent } from '../../contract/change.ts';
import { askScript, map, type Probe } from '../../contract/probe.ts';
import { lines, sh, type Script } from '../../shell/script.ts';
import { Secret } from '../../shell/secret.ts';
import { hasSecrets, type Request } from './arguments.ts';

/** What a host asks servers with; busybox’s wget is another program than GNU’s. */
export type Client = 'curl' | 'wget' | 'busybox' | 'none';

/** Puts the name of the host's client into `client`. */
export const findClient: Script = sh`client=none
if command -v curl >/dev/null; then client=curl
elif command -v wget >/dev/null; then case $(wget --version 2>&1 </dev/null) in *'GNU Wget'*) client=wget;; *) client=busybox;; esac
fi`;

/** Which client the host has. */
export function askClient(): Probe<Client> {
  const names = ['curl', 'wget'].flatMap((name) => [
    `program:${name}` as const,
    `package:${name}` as const,
    `path:/usr/bin/${name}` as const,
  ]);
  return map(
    askScript('http_client', lines([findClient, sh`echo $client`]), names),
    ({ output }) => output.trim() as Client,
  );
}

/** Why a client cannot make a request, or null. */
export function whyNot(client: Client, request: Request): string | null {
  if (client === 'none') return 'the host has neither curl nor wget';
  if (client === 'curl') return null;
  if (request.method !== 'GET') return `the host has wget, which cannot ${request.method}, and no curl`;
  if (client === 'wget') return null;
  if (hasSecrets(request))
    return 'the host has busybox’s wget, which takes secrets and passwords on its command line only';
  if (!request.follows) return 'the host has busybox’s wget, which follows redirects always';
  if (request.client_cert !== undefined) return 'the host has busybox’s wget, which shows no certificate';
  const url = request.url instanceof Secret ? request.url.reveal() : request.url;
  if (url.startsWith('https:') && request.validate_certs !== false)
    return 'the host has busybox’s wget, which checks no certificate';
  return null;
}

/** Throws CannotPlan where a host's client cannot make a request. */
export function refuseClient(client: Client, request: Request): void {
  const why = whyNot(client, request);
  if (why !== null) throw new CannotPlan(why, { missing: 'package:curl', next: 'install the package curl' });
}

/** What is staged for a request: `sent(0)` for curl, `sent(1)` and `sent(2)` for GNU wget. All of it may be secret. */
export function configurations(request: Request): readonly Blob[] {
  return [curlConfig(request), wgetConfig(request), [request.url, '\n']].map((parts) => ({
    kind: 'bytes',
    bytes: parts.some((part) => part instanceof Secret)
      ? Secret.join(parts)
      : Buffer.from((parts as string[]).join('')),
  }));
}

/** The words that call a client, where its output goes being left to the caller; `false` for one that cannot make the request. */
export function callOf(client: Exclude<Client, 'none'>, request: Request): Script {
  if (whyNot(client, request) !== null) return sh`false`;
  switch (client) {
    case 'curl':
      return sh`curl -q -K ${sent(0)}`;
    case 'wget':
      return sh`env WGETRC=${sent(1)} wget -i ${sent(2)}`;
    case 'busybox': {
      const headers = Object.entries(request.headers ?? {}).flatMap(([name, value]) => [
        '--header',
        `${name}: ${value as string}`,
      ]);
      const unchecked = request.validate_certs === false ? ['--no-check-certificate'] : [];
      const direct = request.use_proxy === false ? ['-Y', 'off'] : [];
      return sh`wget ${[...headers, ...unchecked, ...direct, request.url as string]}`;
    }
  }
}

type Parts = readonly (string | Secret)[];

/** curl(1), `--config`: long options without their dashes, values in quotes with backslashes. */
function curlConfig(request: Request): Parts {
  const { url, method, headers = {}, url_username: user, url_password: password = '' } = request;
  const { timeout = 30 } = request;
  return [
    'silent\nshow-error\ngloboff\n',
    `connect-timeout = ${timeout}\nspeed-limit = 1\nspeed-time = ${timeout}\n`,
    ...(request.follows ? ['location\n'] : []),
    ...(request.validate_certs === false ? ['insecure\n'] : []),
    ...(request.use_proxy === false ? ['noproxy = "*"\n'] : []),
    ...filesOf(request, { ca_path: 'cacert', client_cert: 'cert', client_key: 'key' }, inQuotedFile),
    ...(method === 'HEAD'
      ? ['head\n']
      : method === 'GET' || method === 'POST'
        ? []
        : [`request = ${method}\n`]),
    'url = "',
    inQuotes(url),
    '"\n',
    ...Object.entries(headers).flatMap(([name, value]) => [`header = "${name}: `, inQuotes(value), '"\n']),
    ...(user === undefined
      ? []
      : [
          request.force_basic_auth ? 'basic\n' : 'anyauth\n',
          `user = "`,
          inQuotes(user),
          ':',
          inQuotes(password),
          '"\n',
        ]),
  ];
}

/** wget's wgetrc: a value is the rest of its line. */
function wgetConfig(request: Request): Parts {
  const { headers = {}, url_username: user, url_password: password = '', timeout = 30 } = request;
  return [
    `timeout = ${timeout}\ntries = 1\n`,
    ...(request.follows ? [] : ['max_redirect = 0\n']),
    ...(request.validate_certs === false ? ['check_certificate = off\n'] : []),
    ...(request.use_proxy === false ? ['use_proxy = off\n'] : []),
    ...filesOf(
      request,
      { ca_path: 'ca_certificate', client_cert: 'certificate', client_key: 'private_key' },
      (file) => file,
    ),
    ...Object.entries(headers).flatMap(([name, value]) => [`header = ${name}: `, value, '\n']),
    ...(user === undefined
      ? []
      : [
          ...(request.force_basic_auth ? ['auth_no_challenge = on\n'] : []),
          `http_user = ${user}\nhttp_password = `,
          password,
          '\n',
        ]),
  ];
}

type Files = 'ca_path' | 'client_cert' | 'client_key';

function filesOf(
  request: Request,
  names: Readonly<Record<Files, string>>,
  written: (file: string, argument: Files) => string,
): readonly string[] {
  return (Object.keys(names) as Files[]).flatMap((argument) => {
    const file = request[argument];
    return file === undefined ? [] : [`${names[argument]} = ${written(file, argument)}\n`];
  });
}

/** What follows a colon in `cert` is a password to curl. */
function inQuotedFile(file: string, argument: Files): string {
  const plain = argument === 'client_cert' ? file.replaceAll(/[\\:]/g, '\\$&') : file;
  return `"${escaped(plain)}"`;
}

function inQuotes(text: string | Secret): string | Secret {
  if (text instanceof Secret) return new Secret(escaped(text.reveal()));
  return escaped(text);
}

function escaped(text: string): string {
  return text.replaceAll(/[\\"]/g, '\\$&').replaceAll('\t', '\\t').replaceAll('\v', '\\v');
}
