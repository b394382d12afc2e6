import type { Action, Module } from '../contract/module.ts';
import type { Probe } from '../contract/probe.ts';
import { FettleErrors, type FettleError } from '../errors.ts';
import type { Task } from '../load/playbook.ts';
import type { Scope } from '../template/template.ts';
import type { Identity } from '../transport/transport.ts';
import type { LocalFiles } from './local_files.ts';
import type { Prepared } from './unit.ts';

/** Renders, checks and freezes a task's arguments, and asks its module what it wants to know. */
export class Preparer {
  readonly #local: LocalFiles;
  readonly #constants = new WeakMap<
    Task,
    { readonly args: never; readonly probe: Probe<unknown> | undefined }
  >();

  constructor(local: LocalFiles) {
    this.#local = local;
  }

  /** Throws FettleError(s) with position where the arguments are wrong. */
  async prepare(task: Task, scope: Scope, identity: Identity): Promise<Prepared> {
    const { args, probe } = await this.#known(task, scope);
    return { module: task.module, args, identity, ...(probe ? { probe } : {}) };
  }

  /** Arguments without templates are the same on every host. */
  async #known(task: Task, scope: Scope) {
    const isConstant = task.args.values.constant && Object.keys(task.args.expressions).length === 0;
    const cached = isConstant ? this.#constants.get(task) : undefined;
    if (cached) return cached;
    const args = await this.#arguments(task, scope);
    const known = { args, probe: probeOf(task, args) };
    if (isConstant) this.#constants.set(task, known);
    return known;
  }

  async #arguments(task: Task, scope: Scope): Promise<never> {
    const values = onlyError(() => task.args.validate(task.args.values.render(scope)));
    for (const [name, expression] of Object.entries(task.args.expressions)) {
      values[name] = Array.isArray(expression)
        ? expression.map((one) => ({ source: one.source, value: one.evaluate(scope) }))
        : { source: (expression as { source: string }).source, value: evaluateOne(expression, scope) };
    }
    return (await this.#local.resolve(task, values)) as never;
  }
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
