import { CannotPlan } from '../contract/change.ts';
import type { Action } from '../contract/module.ts';
import { type Request, refuseControls, shownUrl } from './http/arguments.ts';
import { configurations } from './http/client.ts';
import { onlyLooks, type UriArgs, uriArguments } from './uri/arguments.ts';
import { bodyOf } from './uri/body.ts';
import { resultOf } from './uri/result.ts';
import { requestScript } from './uri/script.ts';
import { guardOf } from './user_text/guard.ts';

/** Asks a server something, from the host. */
export const uri: Action<UriArgs> = {
  kind: 'action',
  name: 'uri',
  summary: 'Sends a request to a server from the host, and tells its answer.',
  args: uriArguments,
  notes: [
    'The host itself asks, with curl, or with wget where the method is GET; proxies come from `environment` of the task.',
    'GET, HEAD and OPTIONS only look: they run in check mode as well and never count as changed. Every other method counts as changed, unlike in Ansible; `changed_when` says otherwise.',
    'Body, passwords, and addresses and headers that are secret are handed over in files that only the user can read.',
    'The register has `status`, `url`, `redirected`, `headers` (names in lower case, with `_` for `-`), the same headers by their names, `json` where the answer says that it is JSON, and `content` with `return_content`.',
    'An answer may have up to 15 MiB. `get_url` puts one into a file.',
  ],
  guard: guardOf,
  reads: onlyLooks,
  run(wanted) {
    refuseControls(wanted);
    const { method = 'GET', follow_redirects: follow = 'safe' } = wanted;
    const isSafe = method === 'GET' || method === 'HEAD';
    const body = bodyOf(wanted);
    if (body !== undefined && (method === 'GET' || method === 'HEAD'))
      throw new CannotPlan(`a ${method} has no body`, { next: 'say method: POST, or leave `body` out' });
    const headers = { ...(body?.type === undefined ? {} : { 'Content-Type': body.type }), ...wanted.headers };
    const request: Request = {
      ...wanted,
      method,
      headers: withoutTwins(headers),
      follows: follow === 'all' || (follow === 'safe' && isSafe),
    };
    const reads = onlyLooks(wanted);
    return {
      what: `${method} ${shownUrl(wanted.url)}`,
      script: requestScript(request, body !== undefined),
      sends: [...configurations(request), ...(body === undefined ? [] : [body.blob])],
      touches: reads ? [] : '*',
      undo: { impossible: 'nobody knows how to take back what a server was told' },
      ...(reads ? { again: 'safe' as const } : {}),
      result: (outcome) => resultOf(wanted, request, outcome),
    };
  },
};

/** The user's own header stands in the place of one of the same name. */
function withoutTwins(headers: NonNullable<Request['headers']>): NonNullable<Request['headers']> {
  const byName = new Map(Object.entries(headers).map((entry) => [entry[0].toLowerCase(), entry]));
  return Object.fromEntries(byName.values());
}
