import type { SpawnOptionsWithoutStdio } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** As whom the shells of an embedded host run, and how they are told apart from all other processes. */
export interface Account {
  readonly user: string;
  /** "NAME=VALUE" in the environment of every process that the host started. */
  readonly marker: string;
  /** Makes a folder the account's own. */
  give(folder: string): Promise<void>;
  spawnOptions(home: string): SpawnOptionsWithoutStdio;
}

/** This process's own path without what npm puts in front of it. */
const path = (process.env['PATH'] ?? '/usr/bin:/bin')
  .split(':')
  .filter((folder) => !folder.includes('/node_modules/'))
  .join(':');

/** The account that this process runs as; `nobody` where that is root, so that no test or demo acts as root by this way. */
export async function hostAccount(): Promise<Account> {
  const own = userInfo();
  const ids = own.uid === 0 ? await nobody() : null;
  const user = ids === null ? own.username : 'nobody';
  const nonce = randomBytes(12).toString('hex');
  return {
    user,
    marker: `FETTLE_EMBEDDED_HOST=${nonce}`,
    give: async (folder) => {
      const runtime = join(folder, '.run');
      await mkdir(runtime, { recursive: true });
      for (const path of [folder, runtime]) {
        if (ids !== null) await chown(path, ids.uid, ids.gid);
        await chmod(path, 0o700);
      }
    },
    spawnOptions: (home) => ({
      cwd: home,
      ...ids,
      env: {
        PATH: path,
        HOME: home,
        USER: user,
        LOGNAME: user,
        SHELL: '/bin/sh',
        // What fettle keeps for the time of a session stays in the scratch folder, even when its shell is killed.
        XDG_RUNTIME_DIR: join(home, '.run'),
        FETTLE_EMBEDDED_HOST: nonce,
      },
    }),
  };
}

async function nobody(): Promise<{ readonly uid: number; readonly gid: number }> {
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8'));
  return { uid: Number(line?.[1] ?? 65534), gid: Number(line?.[2] ?? 65534) };
}
