import type Ssh2 from 'ssh2';

/** ssh2 and node-ssh are loaded when the first host is connected to: they cost a tenth of a second. */
export async function loadSsh(): Promise<typeof Ssh2> {
  return (await import('ssh2')).default;
}

/** node-ssh's client. */
export async function loadNodeSsh(): Promise<typeof import('node-ssh')> {
  return await import('node-ssh');
}
