import { appendFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../engine/modules/wait_for.ts';
import { emptied, lookRaw, scratch, shells } from '../facts/look.ts';
import { actHere } from './act.ts';
import { sh } from '../../engine/shell/script.ts';

const root = scratch();
const soon = { timeout: 0, sleep: 0.1 };

/** The words of a failure, however long it took. */
function waited(text: string): unknown {
  return expect.stringMatching(
    new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replace('waited 0 s', 'waited \\d+ s')}$`),
  );
}

describe.each(shells)('wait_for on %s', (shell) => {
  const at = `${root}/${shell} with '"$x`;
  const wait = (args: object) => actHere(shell, waitFor, { ...soon, ...args });

  test('a path that is there or not', () => {
    emptied(at);
    mkdirSync(`${at}/dir`);
    symlinkSync('nowhere', `${at}/dangling`);
    expect(wait({ path: `${at}/dir` })).toEqual({
      changed: false,
      values: { elapsed: expect.any(Number), state: 'started', path: `${at}/dir` },
    });
    expect(wait({ path: `${at}/none`, state: 'absent' })).not.toHaveProperty('failed');
    expect(wait({ path: `${at}/dangling`, state: 'absent' })).not.toHaveProperty('failed');
    expect(wait({ path: `${at}/none` })).toMatchObject({
      failed: waited(`waited 0 s for ${at}/none to be present: it is not there`),
    });
    expect(wait({ path: `${at}/dir`, state: 'absent', msg: 'Still there.' })).toMatchObject({
      failed: waited(`Still there. (waited 0 s for ${at}/dir to be absent: it is there)`),
    });
    expect(wait({ path: `${at}/dangling` })).toMatchObject({
      failed: expect.stringContaining('a dangling link'),
    });
  });

  test('a path that comes meanwhile', () => {
    emptied(at);
    const later = spawn('sh', ['-c', 'sleep 0.4; : >"$1"', 'later', `${at}/late`]);
    expect(wait({ path: `${at}/late`, timeout: 15 })).not.toHaveProperty('failed');
    later.kill();
  });

  test('a line in a file', () => {
    emptied(at);
    const log = `${at}/karaf.log`;
    writeFileSync(log, 'INFO start\nWARN flag = TRUE (old)\n');
    const line = (args: object) => wait({ path: log, ...args });
    expect(line({ search_regex: 'flag *= *(TRUE|FALSE)' })).toMatchObject({
      values: { match: 'WARN flag = TRUE (old)', search_regex: 'flag *= *(TRUE|FALSE)' },
    });
    expect(line({ search_regex: 'flag = FALSE' })).toMatchObject({
      failed: waited(
        `waited 0 s for ${log} to have a line that matches flag = FALSE: it is there, 34 bytes; its last line: WARN flag = TRUE (old)`,
      ),
    });
    expect(line({ search_regex: 'flag = TRUE', state: 'absent' })).toHaveProperty('failed');
    expect(line({ search_regex: 'flag = FALSE', state: 'absent' })).not.toHaveProperty('failed');
    expect(wait({ path: `${at}/none`, search_regex: 'x', state: 'absent' })).not.toHaveProperty('failed');
    expect(wait({ path: `${at}/none`, search_regex: 'x' })).toMatchObject({
      failed: expect.stringContaining('it is not there'),
    });
    expect(wait({ path: at, search_regex: 'x' })).toHaveProperty('failed');
  });

  test('only what was written after, also when the file is cut or rotated', () => {
    emptied(at);
    const log = `${at}/log`;
    writeFileSync(log, 'flag TRUE old\n');
    const line = () => wait({ path: log, search_regex: '^flag TRUE', from: 14 });
    expect(line()).toHaveProperty('failed');
    appendFileSync(log, 'flag TRUE new\n');
    expect(line()).toMatchObject({ values: { match: 'flag TRUE new' } });
    writeFileSync(log, 'flag TRUE\n');
    expect(line()).toMatchObject({ values: { match: 'flag TRUE' } });
    // The first look must come before the rotation, which a busy machine may need more time for.
    const rotated = (pause: number) => {
      writeFileSync(log, 'x'.repeat(14));
      writeFileSync(`${log}.new`, 'flag TRUE in a new file\nand more\n');
      const later = spawn('sh', ['-c', 'sleep "$2"; mv "$1.new" "$1"', 'later', log, String(pause)]);
      const seen = wait({ path: log, search_regex: '^flag TRUE in', from: 14, timeout: pause + 5 });
      later.kill();
      return (seen as { values?: { match?: string } }).values?.match;
    };
    expect(rotated(0.4) ?? rotated(3) ?? rotated(9)).toBe('flag TRUE in a new file');
    renameSync(log, `${log}.1`);
    expect(line()).toHaveProperty('failed');
  });

  test('odd bytes: NUL from copytruncate, no UTF-8, no line end, a long line', () => {
    emptied(at);
    const log = `${at}/log`;
    writeFileSync(
      log,
      Buffer.concat([
        Buffer.alloc(5000),
        Buffer.from('a\xff flag é\n', 'latin1'),
        Buffer.from(`${'y'.repeat(100_000)} end`),
      ]),
    );
    expect(wait({ path: log, search_regex: 'flag' })).not.toHaveProperty('failed');
    expect(wait({ path: log, search_regex: ' end$' })).not.toHaveProperty('failed');
  });

  test('an expression that is none', () => {
    emptied(at);
    expect(wait({ path: `${at}/none`, search_regex: 'a(b', timeout: 60 })).toMatchObject({
      failed: expect.stringContaining('`search_regex` is no POSIX extended regular expression'),
    });
  });

  test('hostile texts are found as they are', () => {
    emptied(at);
    const log = `${at}/log`;
    fc.assert(
      fc.property(line, (text) => {
        writeFileSync(log, `first\n${text}\nlast\n`);
        const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
        const result = wait({ path: log, search_regex: `^${escaped}$` });
        expect(result).toMatchObject({ values: { match: text } });
      }),
      { numRuns: 25 },
    );
  });

  describe('ports', () => {
    let server: Server;
    let port: number;
    beforeAll(async () => {
      server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      port = (server.address() as AddressInfo).port;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    test('open and closed', () => {
      expect(wait({ port })).toEqual({
        changed: false,
        values: { elapsed: expect.any(Number), state: 'started', port },
      });
      expect(wait({ port, state: 'stopped' })).toMatchObject({
        failed: waited(`waited 0 s for port ${port} to be closed: something listens there`),
      });
      expect(wait({ port: 1, host: 'localhost' })).toMatchObject({
        failed: waited('waited 0 s for port 1 of localhost to be open: nothing listens there'),
      });
      expect(wait({ port: 1, state: 'stopped' })).not.toHaveProperty('failed');
    });

    test('an IPv6 listener', async () => {
      const other = createServer();
      await new Promise<void>((resolve) => other.listen(0, '::', resolve));
      expect(wait({ port: (other.address() as AddressInfo).port })).not.toHaveProperty('failed');
      await new Promise((resolve) => other.close(resolve));
    });

    test('drained', async () => {
      expect(wait({ port, state: 'drained' })).not.toHaveProperty('failed');
      const client = connect(port, '127.0.0.1');
      await new Promise((resolve) => client.once('connect', resolve));
      expect(wait({ port, state: 'drained' })).toMatchObject({
        failed: expect.stringMatching(/to be drained: \d connections are left$/),
      });
      client.destroy();
    });

    test('by a connection, as to another host', () => {
      // 0.0.0.0 is this machine, but no name for it that is looked up in its own table.
      const host = '0.0.0.0';
      expect(wait({ port, host, timeout: 5 })).not.toHaveProperty('failed');
      expect(wait({ port, host, state: 'stopped' })).toHaveProperty('failed');
      expect(wait({ port: 1, host, state: 'stopped', timeout: 5 })).not.toHaveProperty('failed');
      expect(wait({ port: 1, host, connect_timeout: 1 })).toMatchObject({
        failed: expect.stringContaining('waited'),
      });
    });
  });

  test('a pause', () => {
    expect(wait({ timeout: 0.2 })).toMatchObject({ changed: false, values: { elapsed: expect.any(Number) } });
    expect(wait({ delay: 0.2, timeout: 0 })).not.toHaveProperty('failed');
  });
});

test('a host with neither bash nor nc is told apart', () => {
  const { script, result } = waitFor.run({ port: 1, host: '10.0.0.1' }, { host: 'h' });
  const run = lookRaw('dash', sh`PATH=/nowhere; ${script}`);
  expect(
    result({ code: run.status, stdout: run.stdout, stderr: Buffer.from(run.stderr), timedOut: false }),
  ).toMatchObject({
    failed: expect.stringContaining('neither bash nor nc'),
  });
});

test.each([
  [{ path: '/a', port: 1 }, 'give either `path` or `port`'],
  [{ search_regex: 'a' }, '`search_regex` needs `path`'],
  [{ path: '/a', search_regex: 'a\nb' }, 'cannot hold a line end'],
  [{ path: '/a', from: 1 }, '`from` needs `search_regex`'],
  [{ port: 1, host: 'example.org', state: 'drained' }, '`state: drained` needs a `port` of the host itself'],
] as const)('refused: %j', (args, message) => {
  expect(() => waitFor.run(args, { host: 'h' })).toThrow(message);
});

test('it only looks, and may be repeated', () => {
  expect(waitFor.reads({})).toBe(true);
  expect(waitFor.run({ path: '/a', timeout: 10 }, { host: 'h' })).toMatchObject({
    again: 'safe',
    touches: [],
    what: 'wait for /a to be present',
  });
});

const line = fc.oneof(
  fc.constantFrom('$(id)', '`id`', "it's", '"', '\\', '-e', '--', 'a b', '*', '[x', 'é'),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }).filter((text) => !/[\0\n\r]/.test(text)),
);
