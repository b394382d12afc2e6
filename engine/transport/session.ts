import { openIdentity } from './become.ts';
import type { Connection, Identity, Session, Shell, Target } from './transport.ts';
import { Wire, type WireOptions } from './wire.ts';

interface Slot {
  readonly shell: Promise<Shell>;
  /** Present once it is open. */
  wire?: Wire;
}

/** Gives a connection its shells: one an identity, opened when first asked for and again after a loss. */
export function openSession(
  connection: Connection,
  target: Target,
  options: Pick<WireOptions, 'stall' | 'cap'> = {},
): Session {
  const slots = new Map<string, Slot>();
  const where = { host: target.name, shell: target.shell ?? '/bin/sh' };
  let sends = 0;

  const open = async (identity: Identity, slot: () => Slot): Promise<Shell> => {
    const opening = await openIdentity(connection, identity.become, where);
    const wire = new Wire(opening, { ...options, ...where });
    slot().wire = wire;
    return {
      send: async (frames) => {
        sends += 1;
        return await wire.send(frames);
      },
    };
  };

  return {
    target,
    user: connection.user,
    get sends() {
      return sends;
    },
    async shell(identity) {
      const become = identity.become?.user === connection.user ? null : identity.become;
      const key = become === null ? 'login' : identity.key;
      const present = slots.get(key);
      if (present && present.wire?.lost !== true) return await present.shell;
      const slot: Slot = { shell: open({ key, become }, () => slot) };
      slots.set(key, slot);
      slot.shell.catch(() => slots.get(key) === slot && slots.delete(key));
      return await slot.shell;
    },
    async close() {
      await Promise.all([...slots.values()].flatMap(({ wire }) => (wire ? [wire.close()] : [])));
      await connection.close();
    },
  };
}
