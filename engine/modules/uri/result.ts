import type { ActionResult, Outcome } from '../../contract/module.ts';
import { Secret } from '../../shell/secret.ts';
import { type Request, shownUrl } from '../http/arguments.ts';
import { type Client, whyNot } from '../http/client.ts';
import { onlyLooks, type UriArgs } from './arguments.ts';
import { type Answer, readAnswer } from './answer.ts';
import { largest } from './script.ts';

/** What `register` holds of an answer, and whether its status is one that was hoped for. */
export function resultOf(args: UriArgs, request: Request, outcome: Outcome): ActionResult {
  const said = outcome.stderr.toString('utf8').trim();
  if (outcome.timedOut) return failed('it did not end within its time limit');
  const line = /^(curl|wget|busybox|none) (\d+) (\d+) (\d+)\n/.exec(
    outcome.stdout.toString('latin1', 0, 100),
  );
  if (outcome.code !== 0 || !line)
    return failed(`the request could not be made: ${said || `exit status ${outcome.code}`}`);
  const [first, client, code, headSize, size] = line as unknown as [string, Client, string, string, string];
  const lack = whyNot(client, request);
  if (lack !== null) return failed(`${lack}: install the package curl`);
  const head = outcome.stdout.toString('latin1', first.length, first.length + Number(headSize));
  const body = outcome.stdout.subarray(first.length + Number(headSize));
  const answer = readAnswer(client, head, args.url instanceof Secret ? args.url.reveal() : args.url);
  if (answer === null)
    return failed(`${shownUrl(args.url)} gave no answer: ${whyNone(client, head, said, code)}`);
  if (Number(size) > largest)
    return failed(
      `the answer has ${size} bytes, and up to ${largest} are told: \`get_url\` puts it into a file`,
    );
  if (isCut(client, Number(code), answer))
    return failed(`the answer broke off: ${whyNone(client, head, said, code)}`);
  return judged(args, answer, body);
}

/** curl fails for no status; wget for each of 400 and more, and with 8 for a redirect that it may not follow. */
function isCut(client: Client, code: number, { status }: Answer): boolean {
  if (code === 0) return false;
  return client === 'curl' || (status < 400 && !(client === 'wget' && code === 8));
}

function whyNone(client: Client, head: string, said: string, code: string): string {
  // curl explains itself at length after its first line.
  const told =
    (client === 'curl' ? said.split('\n')[0] : head.trim().split('\n').slice(-2).join(' / ')) ?? '';
  return told === '' ? `${client} ended with status ${code}` : told;
}

function judged(args: UriArgs, answer: Answer, body: Buffer): ActionResult {
  const { status, headers, url, redirected } = answer;
  const text = body.toString('utf8');
  const isInvalid = !Buffer.from(text, 'utf8').equals(body);
  const wanted = [args.status_code ?? 200].flat();
  const isJson = /^application\/(?:[^;]*\+)?json\b/i.test(headers['content_type'] ?? '');
  const json = isJson ? parsed(text) : undefined;
  const own = Object.entries(headers).filter(([name]) => !reserved.has(name));
  const values = {
    ...Object.fromEntries(own),
    status,
    url: args.url instanceof Secret ? new Secret(url) : url,
    redirected,
    headers,
    ...(json === undefined ? {} : { json }),
    ...(args.return_content ? { content: text, ...(isInvalid ? { content_invalid: true } : {}) } : {}),
  };
  const changed = !onlyLooks(args);
  const output = args.return_content ? text : `status ${status}`;
  if (wanted.includes(status)) return { changed, values, output };
  const why = text.trim() === '' ? '' : `: ${text.trim().slice(0, 300)}`;
  return {
    changed,
    values,
    output,
    failed: `${shownUrl(args.url)} answered ${status}, not ${wanted.join(' or ')}${why}`,
  };
}

/** What a server may not say by a header. */
const reserved = new Set([
  ...['changed', 'failed', 'skipped', 'unreachable', 'attempts', 'results', 'status', 'url'],
  ...['redirected', 'headers', 'json', 'content', 'content_invalid', 'msg', 'output', '__proto__'],
]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A server may say so of anything; `content` has what it was.
    return undefined;
  }
}

function failed(why: string): ActionResult {
  return { changed: false, failed: why, values: { status: -1 }, output: '' };
}
