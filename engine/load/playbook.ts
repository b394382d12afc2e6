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
  readonly vars: Variables;
  readonly connection?: 'ssh' | 'local';
  readonly user?: ValueTemplate;
  readonly environment?: ValueTemplate;
  /** JSON schema of the play's variables (`vars_schema: FILE`), checked for every host before any is touched. */
  readonly varsSchema?: { readonly schema: Readonly<Record<string, unknown>>; readonly at: Position };
  readonly tasks: readonly Task[];
  readonly handlers: readonly Task[];
}

export interface Task extends BecomeSettings {
  /** Unique in the playbook, in order of definition. */
  readonly id: number;
  /** As the user wrote it, or the module's name. */
  readonly name: ValueTemplate;
  readonly at: Position;
  readonly module: AnyModule;
  /** Arguments as a map of templates; those marked as expressions are in `expressions`. */
  readonly args: ArgumentTemplate;
  readonly when: readonly Expression[];
  readonly loop?: ValueTemplate;
  readonly loopVar: string;
  readonly register?: string;
  /** Names that exist from here on: the register and, for `set_fact`, its keys. */
  readonly produces: readonly string[];
  readonly vars: Variables;
  readonly notify: readonly ValueTemplate[];
  readonly listen: readonly string[];
  readonly changedWhen?: readonly Expression[];
  readonly failedWhen?: readonly Expression[];
  readonly ignoreErrors?: boolean;
  readonly noLog?: boolean;
  readonly checkMode?: boolean;
  readonly diff?: boolean;
  readonly environment?: ValueTemplate;
  readonly timeout?: number;
}

/** A module's arguments before rendering. */
export interface ArgumentTemplate {
  readonly values: ValueTemplate;
  /** The arguments that the schema marks as expressions. */
  readonly expressions: Readonly<Record<string, Expression | readonly Expression[]>>;
  /**
   * Checks rendered values against the module's schema and gives them with defaults filled in.
   * Throws FettleErrors with positions.
   */
  validate(values: unknown): Record<string, unknown>;
  /** Where an argument stands, for messages. */
  position(argument: string): Position;
}
