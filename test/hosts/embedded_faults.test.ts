import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestClient } from './client.ts';
import { startEmbeddedHost, type EmbeddedHost } from './embedded.ts';
import { newKey } from './keys.ts';

/** For a busy machine. */
const patience = { timeout: 15_000 };

const key = newKey();
let scratch: string;
let host: EmbeddedHost;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'fettle-faults-'));
  await chmod(scratch, 0o711);
  host = await startEmbeddedHost({
    name: 'ill',
    folder: join(scratch, 'ill'),
    authorizedKey: key.publicLine,
  });
});

afterEach(async () => {
  await host.close();
  await rm(scratch, { recursive: true, force: true });
});

test('refuse-key', async () => {
  host.fault({ kind: 'refuse-key' });
  await expect(TestClient.login(host, key.privateText)).rejects.toThrow(/authentication methods failed/);
  host.fault(null);
  (await TestClient.login(host, key.privateText)).close();
});

test('hang-at-exec: the channel opens and stays silent', async () => {
  const client = await TestClient.login(host, key.privateText);
  host.fault({ kind: 'hang-at-exec' });
  let silent: Promise<unknown> = Promise.resolve();
  const opened = new Promise<void>((resolve) => {
    silent = client.run('echo never', () => resolve());
  });
  await opened;
  host.fault(null);
  expect((await client.run('echo now')).stdout).toBe('now\n');
  client.close();
  await expect(silent).rejects.toThrow();
});

test('hang: output stops in the middle, the connection stays', async () => {
  const client = await TestClient.login(host, key.privateText);
  host.fault({ kind: 'hang', after: 3 });
  const seen: string[] = [];
  const hanging = client.run('echo one; sleep 0.1; echo two', (channel) => {
    channel.on('data', (data: Buffer) => seen.push(data.toString()));
  });
  await expect.poll(() => seen.join(''), patience).toBe('one');
  host.fault(null);
  expect((await client.run('echo now')).stdout).toBe('now\n');
  expect(seen.join('')).toBe('one');
  client.close();
  await expect(hanging).rejects.toThrow();
});

test('drop: so many bytes, then the connection is gone', async () => {
  const client = await TestClient.login(host, key.privateText);
  host.fault({ kind: 'drop', after: 5 });
  const seen: string[] = [];
  const cut = client.run('echo 123456789; sleep 5', (channel) => {
    channel.on('data', (data: Buffer) => seen.push(data.toString()));
  });
  await expect(cut).rejects.toThrow();
  expect(seen.join('')).toBe('12345');
});

test('kill-shell: the shell is gone, the connection stays', async () => {
  const client = await TestClient.login(host, key.privateText);
  host.fault({ kind: 'kill-shell', after: 1 });
  expect(await client.run('echo up; sleep 5; echo never')).toMatchObject({ signal: 'SIGKILL', stdout: 'u' });
  host.fault(null);
  expect((await client.run('echo now')).stdout).toBe('now\n');
  client.close();
});
