import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import ssh2, { type Connection } from 'ssh2';
import { newKey } from '../hosts/keys.ts';
import type { FileinstallWatcher } from './fileinstall.ts';

/** Who may ask, at the console and at Jolokia alike. */
export const login = { user: 'karaf', password: `kara'f pass "word" 9f3e` };

export interface KarafConsole {
  /** Where the console listens. */
  readonly port: number;
  /** Jolokia's address. */
  readonly jolokia: string;
  /** What its own client asks; the real one comes over SSH too, with the password of users.properties. */
  readonly own: string;
  close(): Promise<void>;
}

/**
 * Stands in for Karaf's console (SSH, `config:list`) and for Jolokia 1, on loopback: what they print and hold is
 * written after Karaf's ListCommand, ConfigMBeanImpl and ConfigRepositoryImpl; Jolokia's answers were captured from
 * Jolokia 1.7.1 (Debian's libjolokia-core-java) with an MBean of the same interface.
 * `asked` is called while whoever asks still waits.
 */
export async function startKarafConsole(
  karaf: FileinstallWatcher,
  asked: () => void = () => undefined,
): Promise<KarafConsole> {
  const ssh = new ssh2.Server({ hostKeys: [newKey().privateText] }, (connection) => {
    serveConsole(connection, karaf, asked);
  });
  const http = createServer((request, response) => {
    asked();
    void answer(request, response, karaf);
  });
  const [port, jolokia] = await Promise.all([listen(ssh as unknown as Server), listen(http)]);
  return {
    port,
    jolokia: `http://127.0.0.1:${jolokia}/jolokia`,
    own: `http://127.0.0.1:${jolokia}/own`,
    close: async () => {
      http.closeAllConnections();
      await Promise.all([ssh, http].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function serveConsole(connection: Connection, karaf: FileinstallWatcher, asked: () => void): void {
  connection.on('error', () => undefined);
  connection.on('authentication', (attempt) => {
    asked();
    const isRight =
      attempt.method === 'password' && attempt.username === login.user && attempt.password === login.password;
    if (isRight) attempt.accept();
    else attempt.reject(['password']);
  });
  connection.on('session', (accept) => {
    accept().on('exec', (take, _reject, { command }) => {
      const channel = take();
      channel.write(listed(karaf, command));
      channel.exit(0);
      channel.end();
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  karaf: FileinstallWatcher,
): Promise<void> {
  const body = await text(request);
  const url = new URL(request.url ?? '/', 'http://karaf');
  if (url.pathname === '/own') return void response.end(listed(karaf, body));
  const expected = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  if (request.headers.authorization !== expected)
    return void response.writeHead(401, { 'www-authenticate': 'Basic realm="karaf"' }).end();
  const asked = url.searchParams.get('mimeType');
  const type = asked === 'application/json' ? asked : 'text/plain';
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.end(JSON.stringify(executed(karaf, JSON.parse(body) as Exec)));
}

interface Exec {
  readonly type: string;
  readonly mbean: string;
  readonly operation: string;
  readonly arguments: readonly string[];
}

/** Karaf reads the file for this where the configuration has one; of a PID that it does not know it makes an empty one. */
function executed(karaf: FileinstallWatcher, request: Exec): object {
  const isKnown =
    request.type === 'exec' &&
    request.mbean === 'org.apache.karaf:type=config,name=root' &&
    request.operation === 'listProperties(java.lang.String)';
  if (!isKnown)
    return { request, error_type: 'javax.management.InstanceNotFoundException', error: 'none', status: 404 };
  const value = Object.fromEntries(karaf.configuration(request.arguments[0] ?? '') ?? []);
  return { request, value, timestamp: 1763680000, status: 200 };
}

function listed(karaf: FileinstallWatcher, command: string): string {
  const pid = /^config:list "\(service\.pid=([\w.~]+)\)"$/.exec(command.trim())?.[1] ?? '';
  const properties = karaf.configuration(pid);
  if (properties === undefined) return '';
  const all = new Map(properties).set('service.pid', pid);
  all.set('felix.fileinstall.filename', `file:/opt/karaf/etc/${pid}.cfg`);
  return [
    '----------------------------------------------------------------',
    `Pid:            ${pid}`,
    'BundleLocation: ?',
    'Properties:',
    ...[...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `   ${key} = ${value}`),
    '',
  ].join('\n');
}
