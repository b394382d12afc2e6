import type { Login } from '../contract/module.ts';
import type { Play, Task } from '../load/playbook.ts';
import type { FettleError } from '../errors.ts';
import type { Reference } from '../template/template.ts';
import type { Identity, Session } from '../transport/transport.ts';
import type { ConnectionWish, RunContext } from './context.ts';
import type { Course } from './course.ts';
import type { Host } from './host.ts';
import { loopValues, ofItem, type LoopItem } from './loop.ts';
import type { MadeChange } from './made_changes.ts';
import type { Horizon } from './standing.ts';
import type { PlayParts, Target } from './play_parts.ts';
import type { Unit } from './unit.ts';
import { HostScope, type Layers, type OwnLayers } from './variables.ts';
import { WorkList } from './work_list.ts';
import {
  keysOf,
  valuesAround,
  worksOf,
  type BlockRun,
  type Failure,
  type IncludeWork,
  type TaskWork,
  type Values,
  type Work,
} from './works.ts';

const noValues: Values = new Map();

/** Where one host is in one play, and what it knows there. */
export class PlayState {
  readonly context: RunContext;
  readonly host: Host;
  readonly play: Play;
  readonly course: Course;
  readonly layers: Layers;
  readonly list: WorkList;
  readonly delegates: PlayParts['delegates'];
  readonly notified = new Set<Task>();
  /** They have failed, or were declined: not tried again unless they are notified again, and still owed. */
  readonly failedHandlers = new Set<Task>();
  /** The play's handlers and those that included roles bring. */
  readonly handlers: Task[];
  /** Handlers that are looked ahead for and are not due yet. */
  readonly #handlersAhead = new Map<Task, TaskWork>();
  readonly #identities = new Map<string, Identity>();
  readonly #own: Target;
  #delegate: Target | undefined;
  /** What tasks within blocks have changed, in order: a rescue may take it back. */
  readonly made: MadeChange[] = [];
  /** The journal's folder of a command that was sent and has not answered. */
  inFlight?: string;
  /** Why the host leaves the play before its end. */
  failure: Failure | undefined;
  /** What failed and has not been rescued so far. */
  readonly failures = new Set<Failure>();
  /** The way to it is lost. */
  lost: FettleError | undefined;
  /** It leaves the play early, and well. */
  isEnding = false;
  /** It leaves the play because of a failure, or of other hosts. */
  isStopping = false;
  /** The blocks that it leaves for good: nothing that fails in their cleaning up is rescued by them. */
  readonly doomed = new Set<BlockRun>();
  /** What is still due after its steps. */
  closing: readonly ('flush' | 'gate')[] = ['flush', 'gate', 'flush'];

  constructor({ context, host, play, course, layers, delegates }: PlayParts) {
    this.context = context;
    this.host = host;
    this.play = play;
    this.course = course;
    this.layers = layers;
    this.delegates = delegates;
    this.handlers = [...play.handlers];
    this.#own = { host, variables: (name) => this.scope({ vars: {} }).get(name) };
    this.list = new WorkList(worksOf(play.steps, { place: [], path: [], outer: noValues }));
  }

  get works(): readonly Work[] {
    return this.list.works;
  }

  /** The work at hand, as an index into `works`. */
  get at(): number {
    return this.list.at;
  }

  /** The host that is worked on: another one while a task is delegated. */
  get target(): Host {
    return (this.#delegate ?? this.#own).host;
  }

  /** Whether all hosts go task by task. */
  get isLinear(): boolean {
    return this.play.strategy === 'linear' || this.context.stepper !== undefined;
  }

  get isDelegated(): boolean {
    return this.#delegate !== undefined;
  }

  /** Works on another host until it is done. */
  async delegated<Value>(delegate: Target, act: () => Promise<Value>): Promise<Value> {
    this.#delegate = delegate;
    try {
      return await act();
    } finally {
      this.#delegate = undefined;
    }
  }

  /** The next run of a handler that may be due; the same one until it is put among the works. */
  handlerAhead(handler: Task): TaskWork {
    let work = this.#handlersAhead.get(handler);
    if (!work) {
      work = {
        kind: 'task',
        task: handler,
        step: handler.id + 1,
        handler: true,
        place: [],
        path: [],
        outer: noValues,
        position: -1,
      };
      this.#handlersAhead.set(handler, work);
    }
    return work;
  }

  /** The handlers that were prepared and are not due yet. */
  get workedAhead(): Iterable<TaskWork> {
    return this.#handlersAhead.values();
  }

  /** The run of a handler that is due now: what was looked ahead for it counts. */
  takeHandler(handler: Task, around: Pick<TaskWork, 'place' | 'path'>): TaskWork {
    const ahead = this.handlerAhead(handler);
    this.#handlersAhead.delete(handler);
    return Object.assign(ahead, around);
  }

  /** Takes works out that will not be run; handlers among them stay owed. */
  drop(after: Work, isDropped: (work: Work) => boolean): void {
    for (const work of this.works.slice(after.position + 1))
      if (work.kind === 'task' && work.handler && isDropped(work)) this.notified.add(work.task);
    this.list.dropAfter(after, isDropped);
  }

  /**
   * Ends the play for this host: what cleans up after the blocks around the work at hand comes first, then its handlers,
   * unless they are to be skipped.
   */
  endHere(work: Work, handlers: 'run' | 'skip' = 'run'): undefined {
    this.isEnding = true;
    const cleans = new Set(work.path.filter(({ section }) => section !== 'always').map(({ run }) => run));
    const around = new Set(work.path.map(({ run }) => run));
    this.drop(work, (later) => {
      if (later.kind === 'end' && around.has(later.run)) return false;
      return !later.path.some(({ run, section }) => section === 'always' && cleans.has(run));
    });
    this.closing = handlers === 'run' ? ['flush'] : [];
  }

  /** Drops what the host has told, its facts aside. */
  forgetSeen(): void {
    this.host.isStale = false;
    this.host.answers.forgetAllBut(this.hostFactNames);
  }

  /** Whether a task only says what it would change. */
  checks(task: Task): boolean {
    return task.checkMode ?? this.context.check;
  }

  /** The connection to the target as this play wants it. */
  session(): Promise<Session> {
    return this.openSession(this.#sessionKey);
  }

  /** One more connection to the target, kept under a key of its own. */
  openSession(key: string): Promise<Session> {
    const { host, variables } = this.#delegate ?? this.#own;
    return host.session(key, () => this.context.connect(host.name, this.connectionWish, variables));
  }

  /** Closes the connection that is worked over; the next thing that is asked opens a new one. */
  leave(): void {
    this.target.close(this.#sessionKey);
  }

  /** From here on the connection under a key is the one that is worked over. */
  takeOver(key: string): Promise<Session> {
    this.host.replace(this.#sessionKey, key);
    return this.session();
  }

  get #sessionKey(): string {
    const { connection = '', user = '' } = this.connectionWish;
    return `${connection} ${user}`;
  }

  /** A connection to the target as another user, to be closed by whoever asked for it. */
  logIn(login: Login): Promise<Session> {
    const { host, variables } = this.#delegate ?? this.#own;
    return this.context.logIn(host.name, this.connectionWish, variables, login);
  }

  /** What the play says of the connection. Its kind is that of its own hosts. */
  get connectionWish(): ConnectionWish {
    const user = this.play.user?.render(this.scope({ vars: {} }));
    const connection = this.#delegate ? undefined : this.play.connection;
    return {
      ...(connection === undefined ? {} : { connection }),
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

  /** The variables as a work sees them, its own loop's aside. */
  scopeOf(work: Work): HostScope {
    const keys = keysOf(work);
    return this.scope({
      vars: keys?.vars ?? {},
      defaults: keys?.defaults ?? {},
      values: valuesAround(work, keys?.role),
    });
  }

  /** The variables of one item of a work's loop. */
  scopeOfItem(work: TaskWork | IncludeWork, item: LoopItem): HostScope {
    const { vars, defaults, role, loopControl } = work.kind === 'task' ? work.task : work.include;
    return this.scope({
      vars,
      defaults,
      values: loopValues(loopControl, item, valuesAround(work, role)),
    });
  }

  unit(work: TaskWork, item?: LoopItem): Unit {
    const scope = item ? this.scopeOfItem(work, item) : this.scopeOf(work);
    return {
      number: this.context.nextUnit(),
      work,
      scope,
      ...(item ? ofItem(work.task.loopControl, item, scope) : {}),
    };
  }

  /** What is known at a later work while `at` is the work at hand. */
  horizon(index: number): Horizon {
    return {
      isOpen: (name) => this.list.isMadeBefore(name, index),
      unmadeBy: (name) => this.host.unmade.get(name),
      missingFacts: (reference) => this.namedFacts(reference).filter((name) => !this.#isKnownFact(name)),
      isMet: index === this.at && this.course.meeting.isMet(this.works[index]?.place ?? []),
    };
  }

  /** As whom a task works on the target. The scope renders its `become_user`. */
  identity(task: Task, scope: HostScope): Identity {
    const user = (task.becomeUser ?? this.play.becomeUser)?.render(scope);
    const method = (task.becomeMethod ?? this.play.becomeMethod)?.render(scope);
    const become = task.become ?? this.play.become;
    const { host, variables } = this.#delegate ?? this.#own;
    const key = `${host.name} ${become} ${user} ${method}`;
    let identity = this.#identities.get(key);
    if (!identity) {
      const wish = {
        become,
        user: user === undefined ? undefined : String(user),
        method: method === undefined ? undefined : String(method),
      };
      identity = this.context.identity(host.name, wish, variables);
      this.#identities.set(key, identity);
    }
    return identity;
  }

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
