import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../engine/contract/digest.ts';
import { getUrl } from '../../engine/modules/get_url.ts';
import type { GetUrlArgs } from '../../engine/modules/get_url/arguments.ts';
import { Secret } from '../../engine/shell/secret.ts';
import { emptied, scratch, shells } from '../facts/look.ts';
import { keepsTheLaws, leftovers, makeHere, probeHere, snapshot } from './harness.ts';
import { type HttpServer, servedBytes, startServer } from './http_server.ts';

const root = scratch();
const sum = `sha256:${sha256(servedBytes)}`;
let server: HttpServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(() => server.close());

// dash and bash find curl, busybox its own wget; GNU wget is tried below.
describe.each(shells)('get_url on %s', (shell) => {
  const at = `${root}/${shell}`;
  const all = (args: Partial<GetUrlArgs>): GetUrlArgs => ({
    url: `${server.base}/bytes/a%20b?x=1#y`,
    dest: `${at}/x`,
    ...args,
  });
  const obey = (args: Partial<GetUrlArgs> = {}) => keepsTheLaws(shell, getUrl, all(args), at);
  const plan = (args: Partial<GetUrlArgs> = {}) =>
    getUrl.plan(all(args), probeHere(shell, getUrl.probe(all(args))));
  const make = (args: Partial<GetUrlArgs> = {}) => {
    const made = makeHere(shell, plan(args));
    made.forget();
    return made;
  };

  test('a file that is not there', () => {
    emptied(at);
    expect(obey()).toMatchObject([
      {
        what: `fetch ${server.base}/bytes/a%20b?x=1#y to ${at}/x`,
        diff: { before: null, after: `(from ${server.base}/bytes/a%20b?x=1#y)\n` },
        touches: [`path:${at}/x`],
      },
    ]);
    obey({ checksum: sum.toUpperCase().replace('SHA', 'sha'), mode: '0750', owner: 'daemon', group: '7' });
    make({ checksum: sum });
    expect(readFileSync(`${at}/x`).equals(servedBytes)).toBe(true);
    expect(lstatSync(`${at}/x`).mode & 0o777).toBe(0o644);
    expect(getUrl.result?.(all({}), probeHere(shell, getUrl.probe(all({}))))).toMatchObject({
      dest: `${at}/x`,
      size: 70_000,
      mode: '0644',
      owner: 'root',
    });
  });

  test('a file that is there: as wanted, unless it is said what it holds', () => {
    emptied(at);
    writeFileSync(`${at}/x`, 'old');
    chmodSync(`${at}/x`, 0o4710);
    expect(obey()).toEqual([]);
    expect(obey({ mode: '0600' })).toMatchObject([{ what: `${at}/x: mode 4710 → 0600` }]);
    expect(obey({ checksum: sum })).toMatchObject([{ saves: [`${at}/x`] }]);
    expect(obey({ force: true, backup: true })).toHaveLength(1);
    make({ checksum: sum, backup: true });
    expect(lstatSync(`${at}/x`).mode & 0o7777).toBe(0o4710);
    expect(readFileSync(`${at}/x.${sha256('old').slice(0, 8)}~`, 'utf8')).toBe('old');
    expect(plan({ checksum: sum })).toEqual([]);
    expect(plan({ force: true })).toHaveLength(1);
  });

  test.each(['md5', 'sha1', 'sha512'])('a digest of %s', (name) => {
    emptied(at);
    const checksum = `${name}:${createHash(name).update(servedBytes).digest('hex')}`;
    writeFileSync(`${at}/x`, 'old');
    expect(obey({ checksum })).toHaveLength(1);
    make({ checksum });
    expect(readFileSync(`${at}/x`).equals(servedBytes)).toBe(true);
    expect(plan({ checksum })).toEqual([]);
    const other = make({ checksum: `${name}:${'0'.repeat(checksum.length - name.length - 1)}` });
    expect(other.stderr).toContain(`what came has the ${name.toUpperCase().replace('SHA', 'SHA-')} `);
  });

  test('into a directory, behind a link, after a redirect', () => {
    emptied(at);
    mkdirSync(`${at}/folder`);
    writeFileSync(`${at}/real`, 'old');
    symlinkSync('real', `${at}/link`);
    expect(obey({ dest: `${at}/folder` })[0]?.touches).toEqual([`path:${at}/folder/a%20b`]);
    expect(obey({ dest: `${at}/folder/`, url: `${server.base}?a/b` })[0]?.touches).toEqual([
      `path:${at}/folder/index.html`,
    ]);
    expect(obey({ dest: `${at}/link`, checksum: sum })[0]?.touches).toEqual([
      `path:${at}/link`,
      `path:${at}/real`,
    ]);
    obey({ url: `${server.base}/to/bytes/x`, checksum: sum });
  });

  test.each([
    [
      'another content',
      { checksum: `sha256:${'0'.repeat(64)}` },
      `has the SHA-256 ${sha256(servedBytes)}, not 000`,
    ],
    ['no such file', { url: '/status/404' }, '404'],
    ['an error of the server', { url: '/status/500' }, '500'],
    ['a transfer that breaks', { url: '/cut', force: true }, /transfer|closed|read|prematurely/i],
    ['nobody there', { url: 'http://127.0.0.1:1/x' }, /connect|refused/i],
  ])('what does not work leaves all as it was: %s', (_case, args: Partial<GetUrlArgs>, said) => {
    emptied(at);
    writeFileSync(`${at}/x`, 'old');
    const start = snapshot(at);
    const url = String(args.url ?? '/bytes/x');
    const made = make({ force: true, ...args, url: url.startsWith('/') ? `${server.base}${url}` : url });
    expect(made.code).not.toBe(0);
    expect(made.stderr).toMatch(said);
    expect([snapshot(at), leftovers(at)]).toEqual([start, []]);
  });

  test('what cannot be', () => {
    emptied(at);
    mkdirSync(`${at}/folder/b`, { recursive: true });
    writeFileSync(`${at}/one`, '');
    linkSync(`${at}/one`, `${at}/two`);
    expect(() => plan({ dest: `${at}/none/x` })).toThrow(`the directory ${at}/none does not exist`);
    expect(() => plan({ dest: `${at}/folder`, url: `${server.base}/b` })).toThrow('is a directory');
    expect(() => plan({ dest: `${at}/one`, force: true })).toThrow('has 2 names');
    expect(() => plan({ headers: { 'a b': 'x' } })).toThrow('is no name of a header');
    expect(() => plan({ headers: { a: 'x\r\ny: z' } })).toThrow('holds a line end');
    expect(() => plan({ url_password: 'x' })).toThrow('needs `url_username`');
    expect(() => plan({ client_key: '/k' })).toThrow('needs `client_cert`');
    expect(() => plan({ ca_path: '/a\nhttp_proxy = evil' })).toThrow('`ca_path` holds a line end');
  });
});

/** A folder of programs that has all of this machine’s but some; with a proxy that nobody answers at, in their environment. */
function programsWithout(left: readonly string[], proxied: boolean): string {
  const folder = `${root}/without ${left.join(' ')}${proxied ? ' proxied' : ''}`;
  if (existsSync(folder)) return folder;
  emptied(folder);
  for (const name of readdirSync('/usr/bin'))
    if (!left.includes(name)) symlinkSync(`/usr/bin/${name}`, `${folder}/${name}`);
  for (const name of proxied ? ['curl', 'wget'].filter((one) => !left.includes(one)) : []) {
    rmSync(`${folder}/${name}`);
    const text = `#!/bin/sh\nhttp_proxy=http://127.0.0.1:1 exec /usr/bin/${name} "$@"\n`;
    writeFileSync(`${folder}/${name}`, text, { mode: 0o755 });
  }
  return folder;
}

function certificate(key: string, file: string): void {
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', file],
  ]);
}

describe.each([
  ['curl', []],
  ['wget', ['curl']],
])('with %s', (_client, left) => {
  const at = `${root}/client`;
  const run = (args: Partial<GetUrlArgs>, proxied = false) => {
    emptied(at);
    const all = { url: `${server.base}/private/x`, dest: `${at}/x`, ...args };
    const before = process.env['PATH'];
    process.env['PATH'] = programsWithout(left, proxied);
    try {
      const made = makeHere('dash', getUrl.plan(all, probeHere('dash', getUrl.probe(all))));
      made.forget();
      return made.code === 0 ? (JSON.parse(readFileSync(`${at}/x`, 'utf8')) as object) : made.stderr;
    } finally {
      process.env['PATH'] = before;
    }
  };

  test('a password and headers, secret or not', () => {
    const secret = new Secret('pass word"\\');
    expect(run({ url_username: 'user', url_password: secret })).toMatchObject({ method: 'GET' });
    expect(run({ url_username: 'user', url_password: secret, force_basic_auth: true })).toMatchObject({
      url: '/private/x',
    });
    expect(run({ url_username: 'user', url_password: 'wrong' })).toMatch(/401|Authentication Failed/i);
    const headers = { 'X-Token': new Secret('a "b" \\ c'), 'X-Plain': "it's $(id)" };
    expect(run({ url: new Secret(`${server.base}/echo/[1-3]{a,b}?token=s3cret`), headers })).toMatchObject({
      url: expect.stringMatching(/^\/echo\/(\[1-3\]|%5B1-3%5D)(\{a,b\}|%7Ba,b%7D)\?token=s3cret$/i),
      headers: { 'x-token': 'a "b" \\ c', 'x-plain': "it's $(id)" },
    });
  });

  test('an unknown certificate', async () => {
    const files = emptied(`${root}/tls`);
    certificate(`${files}/key`, `${files}/cert`);
    const secure = await startServer({
      key: readFileSync(`${files}/key`, 'utf8'),
      cert: readFileSync(`${files}/cert`, 'utf8'),
    });
    const url = `${secure.base}/echo`;
    expect(run({ url })).toMatch(/certificate/);
    expect(run({ url, validate_certs: false })).toMatchObject({ method: 'GET' });
    expect(run({ url, ca_path: `${files}/cert` })).toMatchObject({ method: 'GET' });
    await secure.close();
  });

  test('a certificate of its own is shown', async () => {
    const files = emptied(`${root}/tls of: its "own"`);
    for (const name of ['server', 'client']) certificate(`${files}/${name}.key`, `${files}/${name}.pem`);
    const read = (name: string) => readFileSync(`${files}/${name}`, 'utf8');
    const secure = await startServer({
      key: read('server.key'),
      cert: read('server.pem'),
      ca: read('client.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    });
    const asked = { url: `${secure.base}/echo`, ca_path: `${files}/server.pem` };
    expect(run(asked)).toMatch(/certificate|alert|SSL|GnuTLS/i);
    const shown = { client_cert: `${files}/client.pem`, client_key: `${files}/client.key` };
    expect(run({ ...asked, ...shown })).toMatchObject({ method: 'GET' });
    await secure.close();
  });

  test('a proxy of the environment is not asked where it is said', () => {
    const url = `${server.base}/echo`;
    expect(run({ url }, true)).toMatch(/connect|refused/i);
    expect(run({ url, use_proxy: false }, true)).toMatchObject({ method: 'GET' });
  });
});

test('nothing secret is in a script, and what a host lacks is said', () => {
  const args: GetUrlArgs = {
    url: new Secret('https://h/s3cret'),
    dest: '/x',
    headers: { A: new Secret('s3cret') },
    url_username: 'u',
    url_password: 'p4ss',
  };
  const place = { path: '/x', at: { kind: 'absent', parent: 'directory' }, now: null, digest: null } as const;
  const [change] = getUrl.plan(args, { place, client: 'curl' });
  expect(JSON.stringify([change?.what, change?.diff, change?.apply, change?.undo])).not.toMatch(
    /s3cret|p4ss/,
  );
  expect(change?.what).toBe('fetch (a secret address) to /x');
  const why = (client: 'none' | 'busybox', more: Partial<GetUrlArgs> = {}) => {
    try {
      return getUrl
        .plan({ url: 'http://u:p@h/', dest: '/x', ...more }, { place, client })
        .map(({ what }) => what);
    } catch (error) {
      return [(error as Error).message, (error as { missing?: string }).missing];
    }
  };
  expect(why('busybox')).toEqual(['fetch http://h/ to /x']);
  expect(why('none')).toEqual(['the host has neither curl nor wget', 'package:curl']);
  expect(why('busybox', { url: 'https://h/' })[0]).toContain('checks no certificate');
  expect(why('busybox', { url: 'https://h/', validate_certs: false })).toHaveLength(1);
  expect(why('busybox', { url_username: 'u', url_password: 'p' })[0]).toContain('on its command line only');
});
