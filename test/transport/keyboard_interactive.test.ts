import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '../../engine/shell/secret.ts';
import { createTransports } from '../../engine/transport/reach.ts';
import type { Session } from '../../engine/transport/transport.ts';
import { ask, login, look, using } from './frames.ts';

/** A server that knows keyboard-interactive only, as sshd does with PAM; the user's name says what it asks. */
const questions: Readonly<Record<string, readonly ssh2.Prompt[]>> = {
  plain: [{ prompt: 'Password: ', echo: false }],
  none: [],
  code: [
    { prompt: 'Password: ', echo: false },
    { prompt: 'One-time code: ', echo: true },
  ],
};
let folder = '';
let server: ssh2.Server;
let port = 0;
let answers = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-keyboard-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const hostKeys = [privateKey.export({ type: 'pkcs1', format: 'pem' })];
  server = new ssh2.Server({ hostKeys }, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      const prompts = questions[context.username] ?? [];
      context.prompt([...prompts], (given) => {
        answers += 1;
        if (given.every((answer) => answer === 'open') && given.length === prompts.length) context.accept();
        else context.reject(['keyboard-interactive']);
      });
    });
    client.on('session', (accept) => {
      accept().on('exec', (take, _refuse, { command }) => {
        const channel = take();
        const child = spawn('/bin/sh', ['-c', command]);
        channel.pipe(child.stdin);
        child.stdout.pipe(channel);
        child.stderr.pipe(channel.stderr);
        child.on('exit', (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
  });
  port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

async function open(user: string, password: string): Promise<Session> {
  const transports = createTransports({
    acceptNew: true,
    environment: {},
    home: folder,
    sshConfigFile: '/dev/null',
  });
  const place = { name: 'here', transport: 'ssh', address: '127.0.0.1', port } as const;
  return await transports.connect({ ...place, user, password: new Secret(password) });
}

test.each(['plain', 'none'])('keyboard-interactive is answered: %s', async (user) => {
  await using(await open(user, 'open'), async (session) => {
    expect(await ask(await session.shell(login), look('echo in'))).toMatchObject({ out: 'in\n' });
  });
});

test('a wrong password is given once', async () => {
  const before = answers;
  await expect(open('plain', 'shut')).rejects.toMatchObject({
    kind: 'unreachable',
    detail: expect.stringMatching(/It takes: keyboard-interactive. Tried: password, keyboard-interactive./),
  });
  expect(answers - before).toBe(1);
});

test('a question that only a person can answer is named', async () => {
  await expect(open('code', 'open')).rejects.toMatchObject({
    detail: expect.stringContaining('“One-time code:”, which fettle cannot answer'),
  });
});
