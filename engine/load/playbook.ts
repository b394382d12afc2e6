import type { Position } from '../errors.ts';
import type { AnyModule } from '../contract/module.ts';
import type { Expression, ValueTemplate } from '../template/template.ts';

/** A playbook file, validated, every template compiled; no host is needed for any of it. */
export interface Playbook {
  readonly file: string;
  readonly plays: readonly Play[];
}

export type Variables = Readonly<Record<string, ValueTemplate>>;

export interface BecomeSettings {
  readonly become?: boolean;
  readonly becomeUser?: ValueTemplate;
  readonly becomeMethod?: ValueTemplate;
}

export interface Play extends BecomeSettings {
  readonly name: string;
  readonly at: Position;
  /** An inventory pattern. */
  readonly hosts: ValueTemplate;
  /** `vars`, and above them what constant `vars_files` hold and what roles give to the whole play. */
  readonly vars: Variables;
  /** Defaults of the play's roles: below the inventory. */
  readonly defaults: Variables;
  /** Those `vars_files` whose path is a template: read for each host. */
  readonly varsFiles: readonly VarsFile[];
  readonly connection?: 'ssh' | 'local';
  readonly user?: ValueTemplate;
  /** JSON schema of the play's variables (`vars_schema: FILE`), checked for every host before any is touched. */
  readonly varsSchema?: { readonly schema: Readonly<Record<string, unknown>>; readonly at: Position };
  /** Sizes of the batches, the last one for all that follow; empty is one batch of all. */
  readonly serial: readonly BatchSize[];
  /** How many failed and unreachable hosts end the play: a number, and a share of the play's hosts. */
  readonly maxFail?: number;
  readonly maxFailPercentage?: number;
  readonly anyErrorsFatal: boolean;
  readonly strategy: 'free' | 'linear';
  readonly forceHandlers: boolean;
  /** `pre_tasks`, `roles` and `tasks`, `post_tasks`, each followed by a flush of the handlers. */
  readonly steps: readonly Step[];
  /** What must pass on every host of a batch before the next batch starts. */
  readonly gate: readonly Step[];
  readonly handlers: readonly Task[];
}

export type BatchSize = { readonly hosts: number } | { readonly percent: number };

export interface VarsFile {
  /** The paths to try, the first that exists is read. */
  readonly paths: readonly ValueTemplate[];
  readonly at: Position;
  /** Reads a file, relative to the playbook; undefined where there is none. Throws FettleErrors. */
  load(path: string): Promise<Variables | undefined>;
}

export type Step = Task | Block | Include | Meta;

/** What every step of a play has. Keywords of the blocks and imports around it are part of it already. */
export interface StepKeys {
  /** Unique in the run, from 0 in order of definition; in each play handlers follow the steps. */
  readonly id: number;
  /** As the user wrote it, or the module's name. */
  readonly name: ValueTemplate;
  readonly at: Position;
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  /** The task's own, then those of its blocks, imports and role. */
  readonly vars: Variables;
  /** Defaults of its role: below the inventory. */
  readonly defaults: Variables;
  /** Where its files, templates and task files are looked for: its role's folder, then the playbook's. */
  readonly folders: readonly string[];
  readonly role?: { readonly name: string; readonly path: string };
}

/** Steps that stand or fall together. A plain group of tasks with common keywords is no block any more: they are inherited. */
export interface Block {
  readonly kind: 'block';
  readonly name: ValueTemplate;
  readonly at: Position;
  readonly block: readonly Step[];
  readonly rescue: readonly Step[];
  readonly always: readonly Step[];
  /** Before its first change a second connection is opened, which takes over should the first be lost. */
  readonly standby: boolean;
}

/** `include_tasks`, `include_role`, `include_vars`: what is there is known when it is reached. */
export interface Include extends StepKeys {
  readonly kind: 'include';
  readonly keyword: 'include_tasks' | 'include_role' | 'include_vars';
  /** A file or a role. */
  readonly target: ValueTemplate;
  /** `tasks_from` and its like: a map, empty where nothing is said. */
  readonly from: ValueTemplate;
  readonly loop?: ValueTemplate;
  readonly loopControl: LoopControl;
  /** What a constant target holds: it was read and checked while loading. */
  readonly known?: Included;
  /** Reads it, its steps with the include's keywords. Throws FettleErrors. The same target gives the same steps. */
  load(target: string, from?: From): Promise<Included>;
}

/** Which file of each of a role's folders is taken; `main` where nothing is said. */
export interface From {
  readonly tasks?: string;
  readonly vars?: string;
  readonly defaults?: string;
  readonly handlers?: string;
}

export interface Included {
  readonly steps: readonly Step[];
  readonly handlers: readonly Task[];
  /** `include_vars`: variables of the host from here on. */
  readonly variables: Variables;
}

export interface Meta extends StepKeys {
  readonly kind: 'meta';
  readonly action:
    | 'flush_handlers'
    | 'end_host'
    | 'end_play'
    | 'end_batch'
    | 'reset_connection'
    | 'clear_facts'
    | 'undo_block'
    | 'noop';
  /** Whether handlers that were notified still run before an end. */
  readonly handlers: 'run' | 'skip';
}

export interface LoopControl {
  readonly loopVar: string;
  readonly indexVar?: string;
  readonly label?: ValueTemplate;
  /** Seconds between two items. */
  readonly pause?: number;
  /** Gives `ansible_loop`. */
  readonly extended: boolean;
}

export interface Task extends StepKeys, BecomeSettings {
  readonly kind: 'task';
  readonly module: AnyModule;
  /** Arguments as a map of templates; those marked as expressions are in `expressions`. */
  readonly args: ArgumentTemplate;
  readonly loop?: ValueTemplate;
  readonly loopControl: LoopControl;
  readonly register?: string;
  /** Names that exist from here on: the register and, for `set_fact`, its keys. */
  readonly produces: readonly string[];
  readonly notify: readonly ValueTemplate[];
  readonly listen: readonly string[];
  readonly changedWhen?: readonly Expression[];
  readonly failedWhen?: readonly Expression[];
  readonly until?: readonly Expression[];
  /** Tries after the first; 3 where `until` or `delay` stands without it. */
  readonly retries?: ValueTemplate;
  /** Seconds between two tries, 5 where nothing is said. */
  readonly delay?: ValueTemplate;
  readonly ignoreErrors?: boolean;
  readonly ignoreUnreachable?: boolean;
  readonly anyErrorsFatal?: boolean;
  readonly noLog?: boolean;
  readonly checkMode?: boolean;
  readonly diff?: boolean;
  /** Play's first, the task's own last. */
  readonly environment: readonly ValueTemplate[];
  /** Seconds. */
  readonly timeout?: number;
  readonly runOnce?: 'play' | 'batch';
  readonly delegateTo?: ValueTemplate;
  /** How many hosts may be at it at once. */
  readonly throttle?: number;
}

/** A module's arguments before rendering. */
export interface ArgumentTemplate {
  readonly values: ValueTemplate;
  /** The arguments that the schema marks as expressions. */
  readonly expressions: Readonly<Record<string, Expression | readonly Expression[]>>;
  /** The template files that arguments name by a constant path, compiled. */
  readonly templates: Readonly<Record<string, TemplateFile>>;
  /** Reads and compiles the template file that an argument turns out to name. Throws FettleError. */
  readTemplate(argument: string, path: string): TemplateFile;
  /**
   * Checks rendered values against the module's schema and gives them with defaults filled in.
   * Throws FettleErrors with positions.
   */
  validate(values: unknown): Record<string, unknown>;
  /** Where an argument stands, for messages. */
  position(argument: string): Position;
}

/** A template file of the controller's. */
export interface TemplateFile {
  readonly path: string;
  readonly text: ValueTemplate;
  /** Permission bits, four octal digits. */
  readonly mode: string;
}
