import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActionResult, Outcome } from '../../engine/contract/module.ts';
import { uri } from '../../engine/modules/uri.ts';
import type { UriArgs } from '../../engine/modules/uri/arguments.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { type Acted, actHere } from './act.ts';
import { type HttpServer, servedBytes, startServer } from './http_server.ts';

const root = scratch();
let server: HttpServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

/** Folders of programs that lack some of this machine’s. */
const without = (left: readonly string[]): string => {
  const folder = emptied(`${root}/${left.join(' ')}`);
  for (const name of readdirSync('/usr/bin'))
    if (!left.includes(name)) symlinkSync(`/usr/bin/${name}`, `${folder}/${name}`);
  return folder;
};
const noCurl = without(['curl']);
const noClient = without(['curl', 'wget']);

const ask = (
  way: string,
  more: Partial<UriArgs> = {},
  shell: (typeof shells)[number] = 'dash',
  PATH?: string,
) =>
  actHere(
    shell,
    uri,
    { ...more, url: way.startsWith('/') ? `${server.base}${way}` : way },
    PATH === undefined ? {} : { PATH },
  );
const values = (acted: Acted) => (acted as ActionResult).values;

// dash and bash find curl; busybox its own wget; GNU wget is what is left without curl.
describe.each([
  ['curl', 'dash', undefined],
  ['curl, from bash', 'bash', undefined],
  ['GNU wget', 'dash', noCurl],
  ['busybox’s wget', 'busybox', undefined],
] as const)('a GET with %s', (name, shell, path) => {
  const get = (way: string, more: Partial<UriArgs> = {}) => ask(way, more, shell, path);

  test('what register holds', () => {
    expect(get('/echo?x=1', { headers: { 'X-Plain': "it's $(id)" }, return_content: true })).toMatchObject({
      changed: false,
      values: {
        status: 200,
        url: `${server.base}/echo?x=1`,
        redirected: false,
        headers: { content_type: 'application/json', x_own: 'one, two' },
        content_type: 'application/json',
        json: { method: 'GET', url: '/echo?x=1', headers: { 'x-plain': "it's $(id)" }, body: '' },
        content: expect.stringContaining('"url":"/echo?x=1"'),
      },
    });
    expect(values(get('/echo'))).not.toHaveProperty('content');
  });

  test('any bytes, and none', () => {
    expect(values(get('/bytes/x', { return_content: true }))).toMatchObject({
      status: 200,
      content: servedBytes.toString('utf8'),
      content_invalid: true,
    });
    expect(get('/status/204', { status_code: [200, 204], return_content: true })).toMatchObject({
      changed: false,
      values: { status: 204, content: '' },
    });
  });

  test('another status is a failure, unless it is hoped for', () => {
    expect(get('/status/404')).toMatchObject({
      failed: expect.stringContaining(`${server.base}/status/404 answered 404, not 200`),
      values: { status: 404 },
    });
    expect(values(get('/status/404', { status_code: [200, 404] }))).toMatchObject({ status: 404 });
    expect(get('/status/404', { status_code: 404 })).not.toHaveProperty('failed');
    expect(get('/status/500', { status_code: [200, 404] })).toMatchObject({
      failed: expect.stringContaining('answered 500, not 200 or 404'),
    });
    expect(get('/echo', { status_code: 404 })).toMatchObject({
      failed: expect.stringContaining('answered 200, not 404'),
    });
  });

  test('a redirect', () => {
    expect(get('/to/to/echo')).toMatchObject({
      values: { status: 200, redirected: true, url: `${server.base}/echo`, json: { url: '/echo' } },
    });
    if (name.startsWith('busybox')) return;
    expect(get('/to/echo', { follow_redirects: 'none', status_code: 302 })).toMatchObject({
      values: { status: 302, redirected: false, location: '/echo', url: `${server.base}/to/echo` },
    });
  });

  test('nobody there, or gone in between', () => {
    expect(get('http://127.0.0.1:1/x')).toMatchObject({
      failed: expect.stringMatching(/^http:\/\/127.0.0.1:1\/x gave no answer: .*(connect|refused)/i),
      values: { status: -1 },
    });
    expect(get('/cut')).toMatchObject({ failed: expect.stringMatching(/^the answer broke off: /) });
  });

  test('an answer that is too long', () => {
    expect(get('/long')).toMatchObject({ failed: expect.stringContaining('has 15728641 bytes') });
  });

  if (name.startsWith('busybox')) return;
  test('a password', () => {
    const password = new Secret('pass word"\\');
    expect(get('/private/x')).toMatchObject({ failed: expect.stringContaining('answered 401') });
    expect(values(get('/private/x', { url_username: 'user', url_password: password }))).toMatchObject({
      status: 200,
    });
    expect(
      values(get('/private/x', { url_username: 'user', url_password: password, force_basic_auth: true })),
    ).toMatchObject({ status: 200, json: { url: '/private/x' } });
    expect(get('/private/x', { url_username: 'user', url_password: 'wrong' })).toMatchObject({
      values: { status: 401 },
    });
  });
});

describe('with curl', () => {
  test.each(
    (
      [
        [
          { method: 'POST', body: 'a=b\0\n' },
          { method: 'POST', body: 'a=b\0\n' },
        ],
        [{ method: 'POST' }, { method: 'POST', body: '' }],
        [
          { method: 'PUT', body: '@/etc/passwd' },
          { method: 'PUT', body: '@/etc/passwd' },
        ],
        [{ method: 'DELETE' }, { method: 'DELETE', body: '' }],
        [{ method: 'OPTIONS' }, { method: 'OPTIONS' }],
        [
          { method: 'PATCH', body_format: 'json', body: { a: [1, null, 'ü'], b: { c: new Secret('x"y') } } },
          {
            body: '{"a":[1,null,"ü"],"b":{"c":"x\\"y"}}',
            headers: expect.objectContaining({ 'content-type': 'application/json' }),
          },
        ],
        [
          {
            method: 'POST',
            body_format: 'json',
            body: '{"as": "it is"}',
            headers: { 'content-TYPE': 'application/vnd.x+json' },
          },
          {
            body: '{"as": "it is"}',
            headers: expect.objectContaining({ 'content-type': 'application/vnd.x+json' }),
          },
        ],
        [
          { method: 'POST', body_format: 'form-urlencoded', body: { 'a b': 'c&d=', n: 1, l: ['x', 'y'] } },
          {
            body: 'a+b=c%26d%3D&n=1&l=x&l=y',
            headers: expect.objectContaining({ 'content-type': 'application/x-www-form-urlencoded' }),
          },
        ],
        [
          {
            method: 'POST',
            body_format: 'form-urlencoded',
            body: [
              ['a', '1'],
              ['a', '2'],
            ],
          },
          { body: 'a=1&a=2' },
        ],
        [{ method: 'POST', body: 'x'.repeat(2_000_000) }, { body: 'x'.repeat(2_000_000) }],
      ] as [Partial<UriArgs>, object][]
    ).map(([args, seen]) => [JSON.stringify(args).slice(0, 60), args, seen] as const),
  )('%s', (_case, args, seen) => {
    const acted = ask('/echo', args);
    expect(values(acted)['json']).toMatchObject(seen);
    expect((acted as ActionResult).changed).toBe(args.method !== 'OPTIONS');
  });

  test('HEAD has no content, a redirect of a POST is not followed unless it is said', () => {
    expect(ask('/bytes/x', { method: 'HEAD', return_content: true })).toMatchObject({
      changed: false,
      values: { status: 200, content: '' },
    });
    expect(ask('/to/echo', { method: 'POST', body: 'x', status_code: 302 })).toMatchObject({
      values: { status: 302, redirected: false },
    });
    expect(ask('/to/echo', { method: 'POST', body: 'x', follow_redirects: 'all' })).toMatchObject({
      values: { status: 200, redirected: true, json: { method: 'GET' } },
    });
  });

  test('signs that mean something to curl', () => {
    expect(values(ask('/echo/[1-3]{a,b}#x'))['json']).toMatchObject({ url: '/echo/[1-3]{a,b}' });
  });

  test('an unknown certificate', async () => {
    const files = emptied(`${root}/tls`);
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
      ...['-keyout', `${files}/key`, '-out', `${files}/cert`],
    ]);
    const key = readFileSync(`${files}/key`, 'utf8');
    const secure = await startServer({ key, cert: readFileSync(`${files}/cert`, 'utf8') });
    expect(ask(`${secure.base}/echo`)).toMatchObject({ failed: expect.stringContaining('certificate') });
    expect(ask(`${secure.base}/echo`, { validate_certs: false })).toMatchObject({ values: { status: 200 } });
    await secure.close();
  });
});

test('a host that lacks what is needed', () => {
  expect(ask('/echo', {}, 'dash', noClient)).toMatchObject({
    failed: 'the host has neither curl nor wget: install the package curl',
  });
  expect(ask('/echo', { method: 'POST', body: 'x' }, 'dash', noCurl)).toMatchObject({
    failed: 'the host has wget, which cannot POST, and no curl: install the package curl',
  });
  expect(ask('/echo', { headers: { A: new Secret('s3cret') } }, 'busybox')).toMatchObject({
    failed: expect.stringContaining('on its command line only'),
  });
});

test('nothing secret is in the script', () => {
  const run = uri.run(
    {
      url: new Secret('http://h/s3cret'),
      method: 'POST',
      headers: { A: new Secret('s3cret') },
      url_username: 'u',
      url_password: 's3cret',
      body_format: 'json',
      body: { a: new Secret('s3cret') },
    },
    { host: 'h' },
  );
  expect(run.script.text + run.what).not.toContain('s3cret');
  expect(run.what).toBe('POST (a secret address)');
  expect(run.sends?.map((blob) => blob.kind === 'bytes' && blob.bytes instanceof Secret)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

test.each<[args: Partial<UriArgs>, why: string]>([
  [{ body: 'x' }, 'a GET has no body'],
  [{ method: 'POST', body: { a: 1 } }, '`body` is no text'],
  [{ method: 'POST', body: [1], body_format: 'form-urlencoded' }, 'a form is a map'],
  [{ headers: { A: 'x\ny' } }, 'holds a line end'],
  [{ url_username: 'a:b' }, 'holds a colon'],
])('%o is refused', (args, why) => {
  expect(() => uri.run({ url: 'http://h/', ...args }, { host: 'h' })).toThrow(why);
});

test('what a server says by headers cannot be taken for the engine’s word', () => {
  const run = uri.run({ url: 'http://h/' }, { host: 'h' });
  const head =
    '0 http://h/\nHTTP/1.1 100 Continue\r\n\r\nHTTP/2 200\r\nChanged: yes\r\nFailed: yes\r\nStatus: 500\r\nX-A: 1\r\n\r\n';
  const stdout = Buffer.from(`curl 0 ${head.length} 2\n${head}{}`);
  const outcome: Outcome = { code: 0, stdout, stderr: Buffer.alloc(0), timedOut: false };
  expect(run.result(outcome)).toEqual({
    changed: false,
    output: 'status 200',
    values: {
      status: 200,
      url: 'http://h/',
      redirected: false,
      x_a: '1',
      headers: { changed: 'yes', failed: 'yes', status: '500', x_a: '1' },
    },
  });
});

test('is skipped where there is nothing to do', () => {
  expect(ask('/echo', { creates: '/etc/pass*' })).toEqual({ skipped: '/etc/pass* exists' });
  expect(ask('/echo', { removes: '/no/such' })).toEqual({ skipped: '/no/such does not exist' });
});
