import type { Play, Task } from '../load/playbook.ts';
import type { Reference } from '../template/template.ts';
import type { Identity, Session } from '../transport/transport.ts';
import type { ConnectionWish, RunContext } from './context.ts';
import type { Host } from './host.ts';
import type { Meeting } from './meeting.ts';
import type { Horizon } from './standing.ts';
import type { Unit, Work } from './unit.ts';
import { HostScope, type Layers, type OwnLayers } from './variables.ts';

/** Where one host is in one play, and what it knows there. */
export class PlayState {
  readonly context: RunContext;
  readonly host: Host;
  readonly play: Play;
  readonly meeting: Meeting;
  readonly layers: Layers;
  readonly works: Work[] = [];
  readonly notified = new Set<Task>();
  readonly #firstStep: number;
  /** Handlers that are looked ahead for and have not been put after the tasks. */
  readonly #handlersAhead = new Map<Task, Work>();
  readonly #identities = new Map<string, Identity>();
  /** Which works make a name. */
  readonly #makers = new Map<string, number[]>();
  /** The work at hand, as an index into `works`. */
  at = 0;
  /** The journal's folder of a command that was sent and has not answered. */
  inFlight?: string;

  /** `firstStep` is the number of the play's first task in the run. */
  constructor(
    context: RunContext,
    host: Host,
    play: Play,
    meeting: Meeting,
    layers: Layers,
    firstStep: number,
  ) {
    this.context = context;
    this.host = host;
    this.play = play;
    this.meeting = meeting;
    this.layers = layers;
    this.#firstStep = firstStep;
    play.tasks.forEach((task, index) => this.#add({ task, step: firstStep + index, handler: false }));
  }

  /** Puts a handler after all that is to be done. */
  addHandler(handler: Task): void {
    this.#add(this.handlerAhead(handler));
    this.#handlersAhead.delete(handler);
  }

  /** The next run of a handler that may be due; the same one until it is added. */
  handlerAhead(handler: Task): Work {
    let work = this.#handlersAhead.get(handler);
    if (!work) {
      const step = this.#firstStep + this.play.tasks.length + this.play.handlers.indexOf(handler);
      work = { task: handler, step, handler: true };
      this.#handlersAhead.set(handler, work);
    }
    return work;
  }

  /** Whether a task only says what it would change. */
  checks(task: Task): boolean {
    return task.checkMode ?? this.context.check;
  }

  #add(work: Work): void {
    for (const name of work.task.produces)
      this.#makers.set(name, [...(this.#makers.get(name) ?? []), this.works.length]);
    this.works.push(work);
  }

  /** The host's connection as this play wants it. */
  session(): Promise<Session> {
    const wish = this.connectionWish;
    return this.host.session(`${wish.connection ?? ''} ${wish.user ?? ''}`, () =>
      this.context.connect(this.host.name, wish, this.#variables),
    );
  }

  /** What the play says of the connection. */
  get connectionWish(): ConnectionWish {
    const user = this.play.user?.render(this.scope({ vars: {} }));
    return {
      ...(this.play.connection === undefined ? {} : { connection: this.play.connection }),
      ...(user === undefined ? {} : { user: String(user) }),
    };
  }

  /** The facts that stay true from play to play. */
  get hostFactNames(): ReadonlySet<string> {
    return new Set(Object.values(this.context.hostFacts).map((fact) => fact.name));
  }

  scope(own: OwnLayers): HostScope {
    return new HostScope(this.layers, own);
  }

  unit(work: Work, item?: { readonly value: unknown }): Unit {
    const { task } = work;
    const loop = item && { name: task.loopVar, value: item.value };
    return {
      number: ++this.host.units,
      work,
      scope: this.scope({ vars: task.vars, ...(loop ? { loop } : {}) }),
      ...(item ? { label: labelOf(item.value) } : {}),
    };
  }

  /** What is known at a later work while `at` is the work at hand. */
  horizon(index: number): Horizon {
    return {
      isOpen: (name) => this.#makers.get(name)?.some((maker) => maker >= this.at && maker < index) ?? false,
      unmadeBy: (name) => this.host.unmade.get(name),
      missingFacts: (reference) => this.namedFacts(reference).filter((name) => !this.#isKnownFact(name)),
      isMet: this.meeting.isMet(this.at) && index === this.at,
    };
  }

  /** As whom a task works. The scope renders its `become_user`. */
  identity(task: Task, scope: HostScope): Identity {
    const user = (task.becomeUser ?? this.play.becomeUser)?.render(scope);
    const method = (task.becomeMethod ?? this.play.becomeMethod)?.render(scope);
    const become = task.become ?? this.play.become;
    const key = `${become} ${user} ${method}`;
    let identity = this.#identities.get(key);
    if (!identity) {
      const wish = {
        become,
        user: user === undefined ? undefined : String(user),
        method: method === undefined ? undefined : String(method),
      };
      identity = this.context.identity(this.host.name, wish, this.#variables);
      this.#identities.set(key, identity);
    }
    return identity;
  }

  readonly #variables = (name: string): unknown => this.scope({ vars: {} }).get(name);

  /** The host facts that a reference to `facts` names. */
  namedFacts(reference: Reference): readonly string[] {
    const named = reference.path[0];
    const wanted = named === undefined ? Object.keys(this.context.hostFacts) : [named];
    return wanted.filter((name) => this.context.hostFacts[name]);
  }

  #isKnownFact(name: string): boolean {
    const fact = this.context.hostFacts[name];
    return this.host.answers.get('login', { fact, subject: undefined } as never) !== undefined;
  }
}

function labelOf(item: unknown): string {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item);
  const text = JSON.stringify(item) ?? String(item);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
