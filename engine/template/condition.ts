import type { Environment } from '@marcbachmann/cel-js';
import type { Position } from '../errors.ts';
import { celEnvironment } from './cel_environment.ts';
import { contextOf, evaluate, type Program } from './cel_evaluate.ts';
import { explainForm, explainTypes, isCelError } from './cel_mistake.ts';
import { rewriteNames, type Chain } from './cel_names.ts';
import { conditionFromJinja } from './from_jinja_condition.ts';
import { jinjaInCondition } from './jinja.ts';
import { locateFrom, Mistake, type Locate } from './place.ts';
import type { Expression, Reference } from './template.ts';

/**
 * Compiles a condition or another CEL expression. Throws FettleError for what is wrong without knowing any value:
 * its form, unknown functions, types that cannot fit.
 */
export function compileCondition(
  source: string | boolean,
  at: Position,
  locate: Locate = locateFrom(at, String(source)),
): Expression {
  if (typeof source === 'boolean')
    return { at, source: String(source), references: [], evaluate: () => source };
  const program = cached(source);
  if (program instanceof Mistake) throw program.in(locate);
  return {
    at,
    source,
    references: program.chains.flatMap((chain) => referencesOf(chain, locate)),
    evaluate: (scope) => evaluate(program, scope, locate),
  };
}

let environment: Environment | undefined;
const known = new Map<string, Program | Mistake>();
const most = 10_000;

function cached(source: string): Program | Mistake {
  const before = known.get(source);
  if (before) return before;
  if (known.size >= most) known.clear();
  const program = compile(source);
  known.set(source, program);
  return program;
}

/** A mistake that another form of the whole would mend says that form. */
function compile(source: string): Program | Mistake {
  const program = compileForm(source);
  if (!(program instanceof Mistake)) return program;
  const written = conditionFromJinja(source);
  if (written === source.trim() || compileForm(written) instanceof Mistake) return program;
  return new Mistake(program.offset, { ...program.parts, next: `Write \`${written}\`.` });
}

function compileForm(source: string): Program | Mistake {
  environment ??= celEnvironment();
  const cel = environment;
  if (source.trim() === '')
    return new Mistake(0, {
      summary: 'The expression is empty',
      next: 'Write a condition or remove the key.',
    });
  const braces = source.search(/\{\{|\{%/);
  if (braces >= 0)
    return new Mistake(braces, {
      summary: 'A condition takes no `{{ … }}`',
      next: "Write the name itself: `when: name == 'value'`.",
    });
  try {
    const { ast } = cel.parse(source);
    const { source: rewritten, chains } = rewriteNames(source, ast, (name) => cel.hasVariable(name));
    const pythonic = chains.find(({ root }) => ['True', 'False', 'None'].includes(root));
    if (pythonic)
      return new Mistake(pythonic.start, jinjaInCondition(pythonic.root) ?? { summary: pythonic.root });
    const method = /\.matches\s*\(/.exec(source);
    if (method)
      return new Mistake(method.index + 1, {
        summary: '`matches` is a function',
        next: "Write `matches(text, 'pattern')`.",
      });
    const run = cel.parse(rewritten);
    const { error } = run.check();
    if (error) return explainTypes(source, error, cel);
    return { source, chains, run, context: contextOf(chains), environment: cel };
  } catch (error) {
    if (isCelError(error)) return explainForm(source, error);
    throw error;
  }
}

function referencesOf({ root, path, start, optional }: Chain, locate: Locate): readonly Reference[] {
  const named = path.findIndex((step) => typeof step !== 'string');
  const fixed = (named < 0 ? path : path.slice(0, named)) as readonly string[];
  const own: Reference = { root, path: fixed, at: locate(start), ...(optional ? { optional } : {}) };
  const inner = path.flatMap((step) => (typeof step === 'string' ? [] : referencesOf(step, locate)));
  return [own, ...inner];
}
