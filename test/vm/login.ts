import { TestClient } from '../hosts/client.ts';
import type { ReachableHost } from '../hosts/client_files.ts';
import type { Image, MachineKind } from './image.ts';

/** How a client reaches a machine whose port 22 is a port of loopback. */
export function reachable(image: Image, kind: MachineKind, port: number): ReachableHost {
  return { name: kind, address: '127.0.0.1', port, user: 'root', hostKey: image.hostKey };
}

/** Logs in, trying again while the machine boots; `ended` says why there is nothing left to wait for. */
export async function loginTo(
  host: ReachableHost,
  privateKey: string,
  ended: () => string | null,
): Promise<TestClient> {
  for (const end = Date.now() + 400_000; ; ) {
    try {
      return await TestClient.login(host, privateKey);
    } catch (error) {
      const why = ended();
      if (why !== null) throw new Error(`the machine ${host.name} has ended: ${why}`, { cause: error });
      if (Date.now() > end) throw new Error(`no login to ${host.name}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
