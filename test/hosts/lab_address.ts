import { createServer } from 'node:net';

/** The n-th host's address in the lab of `npm run hosts`, from 127.1.0.1 on. */
export function standingAddress(n: number): string {
  return `127.1.${n >> 8}.${n & 255}`;
}

let last = 0;

/** An address that no other process of this machine takes for its lab: its middle comes from the process id. */
export function nextTestAddress(): string {
  last += 1;
  if (last > 254) throw new RangeError('a test process can have 254 hosts in all');
  return `127.${2 + ((process.pid >> 8) % 250)}.${process.pid % 256}.${last}`;
}

/** Port 22 of an address, or another where something listens on it already. */
export async function freePort(address: string): Promise<number> {
  for (const port of [22, 2222, 22022]) {
    if (await canListen(address, port)) return port;
  }
  throw new Error(`ports 22, 2222 and 22022 of ${address} are all taken`);
}

function canListen(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
