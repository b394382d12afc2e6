import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** A server on 127.0.0.1, in a thread of its own, so that it answers while a test waits for a program. */
export interface HttpServer {
  /** `http://127.0.0.1:PORT`, or https with a certificate. */
  readonly base: string;
  close(): Promise<unknown>;
}

/**
 * Starts it. `/bytes/NAME` has 70,000 bytes, `/echo` tells of the request as JSON, `/status/N` answers so, `/to/PATH` leads
 * there, `/private/…` wants `user` and `pass word"\`, `/cut` breaks off, `/long` is one byte more than 15 MiB, `/text/WORDS` says them.
 */
export async function startServer(tls?: {
  readonly key: string;
  readonly cert: string;
  /** Whose certificate is asked of those who come. */
  readonly ca?: string;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
}): Promise<HttpServer> {
  const worker = new Worker(program, { eval: true, workerData: tls ?? null });
  // A test file that ends takes it along.
  worker.unref();
  const [port] = (await once(worker, 'message')) as [number];
  return { base: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, close: () => worker.terminate() };
}

/** What `/bytes/…` holds. */
export const servedBytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));

const program = `
const { parentPort, workerData } = require('node:worker_threads');
const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
const expected = 'Basic ' + Buffer.from('user:pass word"\\\\').toString('base64');
const answer = (request, response, body) => {
  const [, what, rest = ''] = /^\\/([a-z]+)\\/?(.*)$/.exec(request.url) ?? [];
  if (what === 'bytes') return response.end(bytes);
  if (what === 'text') return response.end(decodeURIComponent(rest));
  if (what === 'status') {
    response.writeHead(Number(rest), { 'content-type': 'text/plain' });
    return response.end(rest === '204' ? undefined : 'this is ' + rest);
  }
  if (what === 'to') return response.writeHead(302, { location: '/' + rest }).end();
  if (what === 'long') return response.end(Buffer.alloc(15 * 1024 * 1024 + 1));
  if (what === 'cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('short');
    return setTimeout(() => response.destroy(), 50);
  }
  if (what === 'private' && request.headers.authorization !== expected)
    return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('who are you?');
  response.writeHead(200, { 'content-type': 'application/json', 'x-own': ['one', 'two'] });
  response.end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
};
const listen = (request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => answer(request, response, Buffer.concat(parts).toString('utf8')));
};
const server = workerData
  ? require('node:https').createServer(workerData, listen)
  : require('node:http').createServer(listen);
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;
