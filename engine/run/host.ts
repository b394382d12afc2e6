import { FettleError } from '../errors.ts';
import type { Identity, Session } from '../transport/transport.ts';
import { Answers } from './answers.ts';
import type { HostStatus, TaskStatus } from './events.ts';
import { Overlay } from './overlay.ts';
import type { ValueTemplate } from '../template/template.ts';

/** How to become another user where a task does not say. */
export interface BecomeDefaults {
  readonly become: boolean;
  readonly user: string;
  readonly method: string;
}

/** One host over a whole run: its connection, its variables, what it has told, how it stands. */
export class Host {
  readonly name: string;
  readonly inventory: ReadonlyMap<string, ValueTemplate>;
  readonly registers = new Map<string, unknown>();
  readonly answers = new Answers();
  /** Check mode: the changes that were shown and not made. */
  readonly overlay = new Overlay();
  /** Check mode: names whose value only an unmade step would give. */
  readonly unmade = new Map<string, number>();
  readonly counts: Partial<Record<TaskStatus, number>> = {};
  status: HostStatus = 'not started';
  /** Why it failed or could not be reached. */
  error: FettleError | undefined;
  owes: readonly string[] = [];
  /** How many units have been numbered; one sequence over the run. */
  units = 0;
  readonly #sessions = new Map<string, Promise<Session>>();

  constructor(name: string, inventory: ReadonlyMap<string, ValueTemplate>) {
    this.name = name;
    this.inventory = inventory;
  }

  /** The connection that goes by a key, made when first asked for. */
  session(key: string, connect: () => Promise<Session>): Promise<Session> {
    let session = this.#sessions.get(key);
    if (!session) this.#sessions.set(key, (session = connect()));
    return session;
  }

  /** Whether a further play may use it. */
  get isUsable(): boolean {
    return this.status !== 'failed' && this.status !== 'unreachable' && this.status !== 'interrupted';
  }

  count(status: TaskStatus): void {
    this.counts[status] = (this.counts[status] ?? 0) + 1;
  }

  /** How often fettle spoke to it. */
  async sends(): Promise<number> {
    const sends = [...this.#sessions.values()].map((session) =>
      session.then(
        ({ sends: made }) => made,
        () => 0,
      ),
    );
    return (await Promise.all(sends)).reduce((sum, made) => sum + made, 0);
  }

  async close(): Promise<void> {
    const closing = [...this.#sessions.values()].map((session) =>
      session.then(
        (open) => open.close(),
        () => undefined,
      ),
    );
    await Promise.all(closing);
  }
}

/** The identity of the login user. */
export const loginIdentity: Identity = { key: 'login', become: null };
