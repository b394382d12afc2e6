import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import { openSession } from '../../engine/transport/session.ts';
import { sshTransport } from '../../engine/transport/ssh.ts';
import { conformance } from './conformance.ts';
import { sshdPath, startSshd, type Sshd } from './sshd.ts';

describe.runIf(existsSync(sshdPath))('with OpenSSH’s server installed', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(async () => await sshd.stop());

  conformance('ssh', async (shell, options) => {
    const transport = sshTransport({
      home: sshd.folder,
      environment: {},
      acceptNew: false,
      connectTimeout: undefined,
      knownHostsFiles: [sshd.knownHosts],
      sshConfigFile: '/dev/null',
    });
    const target = {
      name: 'here',
      transport: 'ssh' as const,
      address: '127.0.0.1',
      port: sshd.port,
      user: sshd.user,
      privateKeyFile: sshd.key,
      shell,
    };
    return openSession(await transport.connect(target), target, options);
  });
});
