import type { Client } from '../http/client.ts';

/** The last answer of a request, all redirects followed. */
export interface Answer {
  readonly status: number;
  /** Names in lower case with `_` for `-`; several of one name are joined by commas (RFC 9110, 5.3). */
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  readonly redirected: boolean;
}

/** Reads what a client wrote of headers; null where no server answered. */
export function readAnswer(client: Client, head: string, asked: string): Answer | null {
  const end = head.indexOf('\n') + 1;
  const blocks = blocksOf(client === 'curl' ? head.slice(end) : headersOfWget(head));
  const last = blocks.at(-1);
  if (!last) return null;
  const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(last[0] ?? '')?.[1]);
  const headers = headersOf(last.slice(1));
  if (client === 'curl') {
    const [, count, url = asked] = /^(\d+) (.*)$/.exec(head.slice(0, end - 1)) ?? [];
    return { status, headers, url, redirected: Number(count) > 0 };
  }
  const urls = blocks.slice(0, -1).flatMap((block) => headersOf(block)['location'] ?? []);
  const url = urls.reduce((from, to) => resolved(from, to), asked);
  return { status, headers, url, redirected: urls.length > 0 };
}

/** wget puts two blanks before what the server says; busybox’s tells of a refusal once more, or without its headers. */
function headersOfWget(head: string): string {
  const said: string[] = [];
  for (const line of head.split('\n')) {
    const refusal = /^wget: server returned error: (HTTP\/.*)$/.exec(line)?.[1];
    if (line.startsWith('  ')) said.push(line.slice(2));
    else if (refusal !== undefined && said.findLast((one) => one.startsWith('HTTP/')) !== refusal)
      said.push(refusal);
  }
  return said.join('\n');
}

/** One block of lines an answer: proxies, redirects and log-ins come before the last. */
function blocksOf(head: string): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  for (const raw of head.split('\n')) {
    const line = raw.replace(/\r$/, '');
    if (/^HTTP\/[\d.]+ \d{3}/.test(line)) blocks.push([line]);
    else if (/^[^\s:]+:/.test(line)) blocks.at(-1)?.push(line);
  }
  return blocks;
}

function headersOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const at = line.indexOf(':');
    const name = line.slice(0, at).toLowerCase().replaceAll('-', '_');
    const value = line.slice(at + 1).trim();
    found.set(name, found.has(name) ? `${found.get(name)}, ${value}` : value);
  }
  return Object.fromEntries(found);
}

function resolved(from: string, to: string): string {
  try {
    return new URL(to, from).href;
  } catch {
    return to;
  }
}
