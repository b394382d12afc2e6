import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

// forwarder.ts MILLISECONDS ADDRESS:PORT…: a program that stands in front of hosts and holds back what passes.
// It prints the ports that it listens on, one for each host, and for each line of its input how often the
// talk has turned from host to client and back since the last time. It ends with its input.

const [milliseconds = '0', ...targets] = process.argv.slice(2);
const oneWay = Number(milliseconds) / 2;
let turns = 0;

const ports = await Promise.all(targets.map((target) => listen(target)));
process.stdout.write(`${ports.join(' ')}\n`);
process.stdin.on('data', () => {
  process.stdout.write(`${turns}\n`);
  turns = 0;
});
process.stdin.on('end', () => process.exit());

function listen(target: string): Promise<number> {
  const [host = '', port = ''] = target.split(':');
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const server = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    let clientSpokeLast = true;
    pass(client, server, () => {
      if (!clientSpokeLast) turns += 1;
      clientSpokeLast = true;
    });
    pass(server, client, () => {
      clientSpokeLast = false;
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', 4096, () => resolve((server.address() as AddressInfo).port));
  });
}

function pass(from: Socket, to: Socket, spoken: () => void): void {
  const later = (act: () => void) => setTimeout(act, oneWay);
  from.on('data', (data) => {
    spoken();
    later(() => to.write(data));
  });
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
  from.on('close', () => later(() => to.end()));
}
