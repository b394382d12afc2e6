import type { Environment, ParseResult } from '@marcbachmann/cel-js';
import { FettleError } from '../errors.ts';
import { attempts } from './cel_attempt.ts';
import { explainTypes, isCelError } from './cel_mistake.ts';
import type { Chain } from './cel_names.ts';
import { result, view, type Watch } from './cel_view.ts';
import { follow } from './frame.ts';
import { notDefined } from './not_defined.ts';
import { plain, Unusable } from './output.ts';
import type { Locate } from './place.ts';
import type { Scope } from './template.ts';

/** An expression that is parsed, its names found, its types checked. */
export interface Program {
  readonly source: string;
  readonly chains: readonly Chain[];
  readonly run: ParseResult;
  /** From `contextOf` of its chains. */
  readonly context: object;
  readonly environment: Environment;
}

/** Gives the values of names only when the expression asks for them. */
export function contextOf(chains: readonly Chain[]): object {
  const context = Object.create(null) as object;
  for (const chain of chains)
    Object.defineProperty(context, chain.as, { configurable: true, get: () => read(chain) });
  return context;
}

/** The value of an expression; throws FettleError kind `task`, or what the scope throws. */
export function evaluate(program: Program, scope: Scope, locate: Locate): unknown {
  const outer = { current, failure: attempts.failure };
  const evaluation: Evaluation = { scope, locate, secret: false };
  current = evaluation;
  attempts.failure = undefined;
  try {
    const value: unknown = program.run(program.context);
    if (attempts.failure !== undefined) throw attempts.failure;
    return result(value, evaluation);
  } catch (error) {
    throw attempts.failure ?? explained(program, error, locate);
  } finally {
    current = outer.current;
    attempts.failure = outer.failure;
  }
}

interface Evaluation extends Watch {
  readonly scope: Scope;
  readonly locate: Locate;
}

// The library hands nothing of ours to the context; expressions are synchronous, so one is under way at a time.
let current: Evaluation | undefined;

function read(chain: Chain): unknown {
  const evaluation = current;
  if (!evaluation) throw new Error('a name was read outside of `evaluate`');
  try {
    return view(valueOf(chain, evaluation), evaluation);
  } catch (error) {
    attempts.failure ??= error;
    throw error;
  }
}

function valueOf(chain: Chain, evaluation: Evaluation): unknown {
  const { root, path, start } = chain;
  const { scope, locate } = evaluation;
  const keys = path.map((step) =>
    typeof step === 'string' ? step : String(plain(valueOf(step, evaluation)).value),
  );
  const value = scope.has(root) ? scope.get(root) : undefined;
  try {
    const found = value === undefined ? undefined : follow(value, keys);
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new FettleError('task', {
      summary: `\`${[root, ...keys].join('.')}\` ${error.message}`,
      position: locate(start),
    });
  }
  throw notDefined({ root, path: keys, start: value, instead }, locate(start));
}

function explained(program: Program, error: unknown, locate: Locate): unknown {
  if (error instanceof Unusable)
    return new FettleError('task', {
      summary: `\`matches\` ${error.message}`,
      next: error.next,
      position: locate(Math.max(program.source.indexOf('matches'), 0)),
    });
  if (!isCelError(error)) return error;
  const { offset, parts } = explainTypes(program.source, error, program.environment);
  return new FettleError('task', { ...parts, position: locate(offset) });
}

function instead(name: string): string {
  return `default(${name}, …)`;
}
