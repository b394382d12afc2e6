import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, chmod, rm, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TestClient } from './client.ts';
import { startEmbeddedHost, type EmbeddedHost } from './embedded.ts';
import { newKey } from './keys.ts';

/** For a busy machine. */
const patience = { timeout: 15_000 };

const key = newKey();
let scratch: string;
let host: EmbeddedHost;
let client: TestClient;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fettle-embedded-'));
  await chmod(scratch, 0o711);
  host = await startEmbeddedHost({
    name: 'one',
    folder: join(scratch, 'one'),
    authorizedKey: key.publicLine,
  });
  client = await TestClient.login(host, key.privateText);
});

afterAll(async () => {
  client.close();
  await host.close();
  await rm(scratch, { recursive: true, force: true });
});

describe('a command on an embedded host', () => {
  test.each([
    ['exit status', 'exit 7', { code: 7, stdout: '', stderr: '' }],
    ['output and error apart', 'printf a; printf b >&2', { code: 0, stdout: 'a', stderr: 'b' }],
    ['death by a signal', 'kill -TERM $$', { code: null, signal: 'SIGTERM' }],
    ['a program that is not there', 'nonsense-xyz 2>/dev/null', { code: 127 }],
    ['status 255 is its own', 'exit 255', { code: 255 }],
  ])('%s', async (_name, command, expected) => {
    expect(await client.run(command)).toMatchObject(expected);
  });

  test('has the scratch folder as its home and working directory', async () => {
    const folder = join(scratch, 'one');
    expect((await client.run('printf "%s %s" "$HOME" "$PWD"')).stdout).toBe(`${folder} ${folder}`);
  });

  test('is never root', async () => {
    expect((await client.run('id -u')).stdout).not.toBe('0\n');
  });

  test('takes five megabytes of binary in and gives them out unchanged', async () => {
    const bytes = Buffer.alloc(5_000_000, Buffer.from([0, 255, 10, 13, 27, 1]));
    const said = await client.run('cat | cksum', (channel) => void channel.end(bytes));
    expect(said.stdout).toBe(execFileSync('cksum', { input: bytes, encoding: 'utf8' }));
  });

  test('does not die of input that nobody reads', async () => {
    const said = await client.run('exec <&-; exit 3', (channel) => channel.end(Buffer.alloc(1_000_000)));
    expect(said.code).toBe(3);
  });

  test('gets a signal that the client sends', async () => {
    const said = await client.run(
      'trap "echo got; exit 5" USR1; echo up; while :; do sleep 0.05; done',
      (channel) => {
        channel.once('data', () => channel.signal('USR1'));
      },
    );
    expect(said).toMatchObject({ code: 5, stdout: 'up\ngot\n' });
  });

  test('runs beside others on one connection, ten at most', async () => {
    const other = await TestClient.login(host, key.privateText);
    const waits: { end(): void }[] = [];
    const all = Array.from({ length: 10 }, () => other.run('cat', (channel) => void waits.push(channel)));
    while (waits.length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(other.run('true')).rejects.toThrow(/open failure/i);
    for (const channel of waits) channel.end();
    expect((await Promise.all(all)).map((said) => said.code)).toEqual(Array<number>(10).fill(0));
    other.close();
  });
});

describe('the way into an embedded host', () => {
  test('is closed to any other key', async () => {
    await expect(TestClient.login(host, newKey().privateText)).rejects.toThrow(
      /authentication methods failed/,
    );
  });

  test('is closed to any other user', async () => {
    await expect(TestClient.login({ ...host, user: 'mallory' }, key.privateText)).rejects.toThrow(
      /authentication methods failed/,
    );
  });

  test('shows the host key that it names', async () => {
    await expect(
      TestClient.login({ ...host, hostKey: newKey().publicLine }, key.privateText),
    ).rejects.toThrow();
  });

  test('gives no terminal', async () => {
    expect((await client.run('tty')).stdout).toBe('not a tty\n');
  });
});

test('a lost connection hangs up what runs on it', async () => {
  const other = await TestClient.login(host, key.privateText);
  const note = join(scratch, 'one', 'hung-up');
  const run = other.run(
    `trap 'echo bye >${note}; exit' HUP; echo up; while :; do sleep 0.05; done`,
    (channel) => {
      channel.once('data', () => other.close());
    },
  );
  await run.catch(() => undefined);
  await expect.poll(() => readFile(note, 'utf8').catch(() => ''), patience).toBe('bye\n');
});

test('closing a host ends even what left its session', async () => {
  const short = await startEmbeddedHost({
    name: 'two',
    folder: join(scratch, 'two'),
    authorizedKey: key.publicLine,
  });
  const other = await TestClient.login(short, key.privateText);
  const said = await other.run(
    'sh -c \'trap "" HUP TERM; exec sleep 600\' >/dev/null 2>&1 </dev/null & echo $!',
  );
  other.close();
  await short.close();
  await expect.poll(() => alive(Number(said.stdout)), patience).toBe(false);
});

function alive(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
