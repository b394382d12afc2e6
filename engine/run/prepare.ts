import { sha256 } from '../contract/digest.ts';
import type { Action, Module } from '../contract/module.ts';
import type { Probe } from '../contract/probe.ts';
import type { RenderedFile } from '../contract/schema.ts';
import { FettleErrors, type FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { Scope } from '../template/template.ts';
import type { Identity } from '../transport/transport.ts';
import type { LocalFiles } from './local_files.ts';
import { renderTemplates } from './templates.ts';
import type { Prepared } from './unit.ts';

const mostKept = 256;
const longestKept = 4096;

/** What a task's arguments come to. */
interface Known {
  readonly args: never;
  readonly probe: Probe<unknown> | undefined;
}

/** Arguments before they are checked. */
interface Rendered {
  readonly rendered: unknown;
  /** The template files among them. */
  readonly files: Readonly<Record<string, RenderedFile>>;
}

/** Renders, checks and freezes a task's arguments, and asks its module what it wants to know. */
export class Preparer {
  readonly #local: LocalFiles;
  /** What is rendered alike is prepared once, however many hosts it is for. */
  readonly #known = new WeakMap<Task, Map<string, Promise<Known>>>();

  constructor(local: LocalFiles) {
    this.#local = local;
  }

  /** Throws FettleError(s) with position where the arguments are wrong. */
  async prepare(task: Task, scope: Scope, identity: Identity): Promise<Prepared> {
    const { args, probe } = await this.#look(task, scope);
    return { module: task.module, args, identity, ...(probe ? { probe } : {}) };
  }

  #look(task: Task, scope: Scope): Promise<Known> {
    const rendered = onlyError(() => task.args.values.render(scope));
    const files = onlyError(() => renderTemplates(task, rendered, scope));
    const name = nameOf(task, rendered, files);
    if (name === undefined) return this.#anew(task, { rendered, files }, scope);
    const known = this.#known.get(task) ?? new Map<string, Promise<Known>>();
    const before = known.get(name);
    if (before) return before;
    if (known.size >= mostKept) known.clear();
    // Hosts come here side by side: what they share is the promise.
    const now = this.#anew(task, { rendered, files }, scope);
    this.#known.set(task, known.set(name, now));
    // A file that is missing now may be there when the task is reached.
    now.catch(() => known.delete(name));
    return now;
  }

  async #anew(task: Task, rendered: Rendered, scope: Scope): Promise<Known> {
    const args = await this.#arguments(task, rendered, scope);
    return { args, probe: probeOf(task, args) };
  }

  async #arguments(task: Task, { rendered, files }: Rendered, scope: Scope): Promise<never> {
    const values = onlyError(() => task.args.validate(rendered));
    Object.assign(values, files);
    for (const [name, expression] of Object.entries(task.args.expressions)) {
      values[name] = Array.isArray(expression)
        ? expression.map((one) => ({ source: one.source, value: one.evaluate(scope) }))
        : { source: (expression as { source: string }).source, value: evaluateOne(expression, scope) };
    }
    return (await this.#local.resolve(task, values)) as never;
  }
}

/** Text that is equal for equal values; undefined for what is too long to keep, or not told in full by its text, as a secret. */
function nameOf({ args }: Task, rendered: unknown, files: Rendered['files']): string | undefined {
  if (Object.keys(args.expressions).length > 0) return undefined;
  const held = Object.values(files).map(({ path, text }) =>
    isPlain(text) ? [path, sha256(text as string)] : null,
  );
  if (held.includes(null)) return undefined;
  const given = args.values.constant ? '' : isPlain(rendered) ? JSON.stringify(rendered) : undefined;
  if (given === undefined || given.length > longestKept) return undefined;
  return held.length === 0 ? given : JSON.stringify([given, held]);
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPlain);
  if (value === null) return true;
  if (typeof value === 'object')
    return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
  return typeof value === 'number' ? Number.isFinite(value) : ['string', 'boolean'].includes(typeof value);
}

function evaluateOne(expression: unknown, scope: Scope): unknown {
  return (expression as { evaluate(scope: Scope): unknown }).evaluate(scope);
}

function probeOf(task: Task, args: never): Probe<unknown> | undefined {
  const { module } = task;
  if (module.kind === 'resource') return (module as Module<never, unknown>).probe(args);
  if (module.kind === 'action') return (module as Action<never>).guard?.(args);
  return undefined;
}

/** One mistake is reported as itself. */
function onlyError<Value>(act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    if (error instanceof FettleErrors && error.errors.length === 1) throw error.errors[0] as FettleError;
    throw error;
  }
}
