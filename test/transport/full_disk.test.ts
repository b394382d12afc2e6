import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localTransport } from '../../engine/transport/local.ts';
import { openSession } from '../../engine/transport/session.ts';
import type { Session } from '../../engine/transport/transport.ts';
import { act, ask, login, look, using } from './frames.ts';
import { hasShell, shells } from './shells.ts';

let folder = '';

async function open(shell: string, environment: NodeJS.ProcessEnv): Promise<Session> {
  const target = { name: 'here', transport: 'local' as const, shell };
  return openSession(await localTransport(environment).connect(target), target);
}

describe.runIf(process.platform === 'linux' && userInfo().uid === 0)(
  'a host whose tmpfs is full (as root on Linux)',
  () => {
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'fettle-full-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'fettle', folder]);
      chmodSync(folder, 0o700);
    });
    afterAll(() => {
      execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    });

    test.for(shells.filter(([, command]) => hasShell(command)))(
      '%s: what does not fit is not run, and nothing of it is taken for a command',
      async ([, shell]) => {
        await using(await open(shell, { ...process.env, XDG_RUNTIME_DIR: folder }), async (session) => {
          const wire = await session.shell(login);
          const data = Buffer.from('echo executed >&2; kill $$\n'.repeat(40_000));
          const small = Buffer.alloc(60_000, 'x');
          const results = await wire.send([
            act('echo never', { staged: [{ name: 'big', data }], name: 'the big one' }),
            act('echo runs'),
            act('echo never', { staged: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, data: small })) }),
            act('echo runs again'),
            look('echo looks'),
          ]);
          expect(results.map(({ code, stdout }) => [code, stdout.toString()])).toEqual([
            [74, ''],
            [0, 'runs\n'],
            [74, ''],
            [0, 'runs again\n'],
            [0, 'looks\n'],
          ]);
          expect(results[0]?.stderr.toString()).toMatch(/is it full.*the big one/);
        });
      },
    );
  },
);

test('a look needs no program at all', async () => {
  await using(await open('/bin/sh', { PATH: '/nowhere' }), async (session) => {
    expect(await ask(await session.shell(login), look('umask; echo out'))).toMatchObject({
      out: '0077\nout\n',
    });
  });
});

test('what an act needs is named where it is missing, and looks work on', async () => {
  await using(await open('/bin/sh', { PATH: '/nowhere' }), async (session) => {
    const shell = await session.shell(login);
    await expect(shell.send([look(':'), act('echo never')])).rejects.toMatchObject({
      kind: 'task',
      message: 'here has no program “head”, which changes need',
    });
    expect(await ask(shell, look('echo works on'))).toMatchObject({ out: 'works on\n' });
  });
});

test('a name that cannot be a variable or a file, and a file that cannot be read, stop a send before it leaves', async () => {
  await using(await open('/bin/sh', process.env), async (session) => {
    const shell = await session.shell(login);
    const data = { path: '/no/file', size: 1 };
    for (const more of [
      { environment: { 'A-B': 'x' } },
      { environment: { A: 'x\0y' } },
      { staged: [{ name: '../x', data: Buffer.from('') }] },
      { staged: [{ name: 'x', data }] },
      { stdin: 'not staged' },
    ])
      await expect(shell.send([act('echo never', more)])).rejects.toMatchObject({ name: 'FettleError' });
    expect(await ask(shell, act('echo works on'))).toMatchObject({ out: 'works on\n' });
  });
});
