import { connect } from 'node:net';
import ssh2 from 'ssh2';
import type { ReachableHost } from './client_files.ts';

/** What a command said, or how the connection failed it. */
export interface Said {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A plain SSH client for tests of the hosts themselves; rejects where the login fails or the connection breaks. */
export class TestClient {
  readonly #client: ssh2.Client;
  readonly #broken: Promise<never>;

  private constructor(client: ssh2.Client, broken: Promise<never>) {
    this.#client = client;
    this.#broken = broken;
  }

  static async login(host: ReachableHost, privateKey: string): Promise<TestClient> {
    const client = new ssh2.Client();
    const broken = new Promise<never>((_resolve, reject) => {
      client.on('error', reject);
      client.once('close', () => reject(new Error('connection closed')));
    });
    broken.catch(() => undefined);
    const ready = new Promise<void>((resolve) => client.once('ready', resolve));
    client.connect({
      sock: connect({ host: host.address, port: host.port, noDelay: true }),
      username: host.user,
      privateKey,
      hostVerifier: (key: Buffer) => host.hostKey.split(' ')[1] === key.toString('base64'),
    });
    await Promise.race([ready, broken]);
    return new TestClient(client, broken);
  }

  /** Runs a command to its end; `during` gets its channel. */
  run(command: string, during: (channel: ssh2.ClientChannel) => void = endInput): Promise<Said> {
    const said = new Promise<Said>((resolve, reject) => {
      this.#client.exec(command, (error, channel) => {
        if (error !== undefined) return reject(error);
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        channel.on('data', (data: Buffer) => stdout.push(data));
        channel.stderr.on('data', (data: Buffer) => stderr.push(data));
        channel.on('close', (code: number | null, signal?: string) => {
          const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
          resolve({ code: code ?? null, signal: signal ?? null, stdout: text(stdout), stderr: text(stderr) });
        });
        during(channel);
      });
    });
    return Promise.race([said, this.#broken]);
  }

  close(): void {
    this.#client.end();
  }
}

function endInput(channel: ssh2.ClientChannel): void {
  channel.end();
}
