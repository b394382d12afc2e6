import { FettleError } from '../errors.ts';
import type { Identity, Session } from '../transport/transport.ts';
import { Answers } from './answers.ts';
import type { HostStatus, TaskStatus } from './events.ts';
import { Overlay } from './overlay.ts';
import type { ValueTemplate } from '../template/template.ts';
import type { Failure } from './works.ts';

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
  /** Another host's task has changed something here: what was told before may be old. */
  isStale = false;
  /** Check mode: the changes that were shown and not made. */
  readonly overlay = new Overlay();
  /** Check mode: names whose value only an unmade step would give. */
  readonly unmade = new Map<string, number>();
  readonly counts: Partial<Record<TaskStatus | 'rescued', number>> = {};
  status: HostStatus = 'not started';
  /** Why it failed or could not be reached. */
  error: FettleError | undefined;
  /** Why other hosts' failures ended it. */
  blockedBy: string | undefined;
  owes: readonly string[] = [];
  readonly #sessions = new Map<string, Promise<Session>>();
  /** How often fettle spoke to it over connections that are gone. */
  #sendsBefore = 0;

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

  /** Whether there is a connection that goes by a key. */
  holds(key: string): boolean {
    return this.#sessions.has(key);
  }

  /** Closes the connection that goes by a key; nobody waits for it. */
  close(key: string): void {
    const session = this.#sessions.get(key);
    this.#sessions.delete(key);
    session?.then(async (open) => {
      this.#sendsBefore += open.sends;
      await open.close();
    }, ignore);
  }

  /** Puts the connection of one key into the place of another's, which is closed. */
  replace(key: string, by: string): void {
    const session = this.#sessions.get(by);
    if (!session) return;
    this.close(key);
    this.#sessions.delete(by);
    this.#sessions.set(key, session);
  }

  /** Whether a further play may use it. */
  get isUsable(): boolean {
    return ['not started', 'ok', 'changed', 'rescued'].includes(this.status);
  }

  count(status: TaskStatus): void {
    this.counts[status] = (this.counts[status] ?? 0) + 1;
  }

  /** Counts a failure as rescued; one of another host's was not counted here before. */
  rescue({ kind, outcome }: Failure): void {
    if (kind === 'failed') this.counts[outcome.status] = (this.counts[outcome.status] ?? 1) - 1;
    this.counts.rescued = (this.counts.rescued ?? 0) + 1;
  }

  /** How often fettle spoke to it. */
  async sends(): Promise<number> {
    const sends = await Promise.all([...this.#sessions.values()].map(sendsOf));
    return sends.reduce((sum, made) => sum + made, this.#sendsBefore);
  }

  /** Closes its connections; the next thing that is asked of it opens a new one. */
  async disconnect(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) this.#sendsBefore += await sendsOf(session);
    await Promise.all(sessions.map((session) => session.then((open) => open.close(), ignore)));
  }
}

async function sendsOf(session: Promise<Session>): Promise<number> {
  return session.then(
    ({ sends }) => sends,
    () => 0,
  );
}

function ignore(): void {
  // A connection that was never made need not be closed.
}

/** The identity of the login user. */
export const loginIdentity: Identity = { key: 'login', become: null };
