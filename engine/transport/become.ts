import type { Opening } from './opening.ts';
import type { Become, Connection } from './transport.ts';
import { quote } from '../shell/script.ts';

/** Opens a channel to a shell under an identity; null is the login user. */
export async function openIdentity(
  connection: Connection,
  become: Become | null,
  where: { readonly host: string; readonly shell: string },
): Promise<Opening> {
  if (become === null) return { channel: await connection.exec(`exec ${where.shell}`), merged: false };
  const command = `exec sudo -H -n -u ${quote(become.user)} -- ${where.shell}`;
  return { channel: await connection.exec(command), merged: false };
}
