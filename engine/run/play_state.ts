import type { Play, Task } from '../load/playbook.ts';
import type { Reference } from '../template/template.ts';
import type { Identity, Session } from '../transport/transport.ts';
import type { ConnectionWish, RunContext } from './context.ts';
import type { Host } from './host.ts';
import type { Meeting } from './meeting.ts';
import { Overlay } from './overlay.ts';
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
  readonly works: Work[];
  readonly overlay = new Overlay();
  /** Check mode: names whose value only an unmade step would give. */
  readonly unmade = new Map<string, number>();
  readonly notified = new Set<Task>();
  readonly #identities = new Map<string, Identity>();
  /** Which works make a name. */
  readonly #makers = new Map<string, number[]>();
  /** The work at hand, as an index into `works`. */
  at = 0;

  constructor(context: RunContext, host: Host, play: Play, meeting: Meeting, layers: Layers) {
    this.context = context;
    this.host = host;
    this.play = play;
    this.meeting = meeting;
    this.layers = layers;
    this.works = [];
    for (const task of play.tasks) this.addWork(task, false);
  }

  addWork(task: Task, handler: boolean): void {
    for (const name of task.produces)
      this.#makers.set(name, [...(this.#makers.get(name) ?? []), this.works.length]);
    this.works.push({ task, step: this.works.length + 1, handler });
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
      unmadeBy: (name) => this.unmade.get(name),
      missingFacts: (reference) => this.#missingFacts(reference),
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

  #missingFacts(reference: Reference): readonly string[] {
    const { hostFacts } = this.context;
    const named = reference.path[0];
    const wanted = named === undefined ? Object.keys(hostFacts) : [named];
    return wanted.filter((name) => {
      const fact = hostFacts[name];
      return fact && !this.host.answers.get('login', { fact, subject: undefined } as never);
    });
  }
}

function labelOf(item: unknown): string {
  if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item);
  const text = JSON.stringify(item) ?? String(item);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
