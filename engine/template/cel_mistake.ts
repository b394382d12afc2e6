import type {
  ASTNode,
  Environment,
  EvaluationError,
  ParseError,
  TypeError as CelTypeError,
} from '@marcbachmann/cel-js';
import type { ErrorParts } from '../errors.ts';
import { didYouMean } from './closest.ts';
import { functionHelp } from './cel_environment.ts';
import { jinjaInCondition } from './jinja.ts';
import { Mistake } from './place.ts';

/** An error of the expression library. */
export type CelError = ParseError | CelTypeError | EvaluationError;

/** Tells the library's errors from others. */
export function isCelError(error: unknown): error is CelError {
  return (
    error instanceof Error &&
    ['ParseError', 'TypeError', 'EvaluationError'].includes(error.name) &&
    'code' in error
  );
}

/** What is wrong with the form of an expression. */
export function explainForm(source: string, error: CelError): Mistake {
  const jinja = jinjaInCondition(source);
  if (jinja) return new Mistake(jinja.index, jinja);
  return new Mistake(
    Math.min(error.range?.start ?? 0, Math.max(source.length - 1, 0)),
    formParts(source, error),
  );
}

/** What is wrong with the types of an expression, at load or with its values. */
export function explainTypes(source: string, error: CelError, environment: Environment): Mistake {
  const node = error.node as ASTNode | undefined;
  const start = node?.start ?? error.range?.start ?? 0;
  const parts = typeParts(error, node, environment);
  return new Mistake(operatorAt(source, node, error.code) ?? start, parts);
}

function formParts(source: string, error: CelError): ErrorParts {
  const at = error.range?.start ?? 0;
  switch (error.code) {
    case 'reserved_identifier': {
      const word = source.slice(at, error.range?.end);
      return {
        summary: `\`${word}\` is a word of the expression language and cannot name a variable here`,
        next: 'Give the variable another name.',
      };
    }
    case 'unterminated_string':
      return { summary: 'A text is opened here and never closed', next: 'Close it with the same quote.' };
    case 'unexpected_token':
      if (at >= source.trimEnd().length)
        return { summary: 'The expression ends too early', next: 'Write the value that belongs here.' };
      return {
        summary: `\`${source[at] ?? ''}\` is not expected here`,
        next: 'Look for a missing value or operator.',
      };
    case 'expected_token': {
      const missing: Record<string, string> = { RPAREN: ')', RBRACKET: ']', RBRACE: '}', COLON: ':' };
      const token = /Expected (\w+)/.exec(error.summary)?.[1] ?? '';
      return { summary: `\`${missing[token] ?? token.toLowerCase()}\` is missing here`, next: 'Add it.' };
    }
    default:
      return {
        summary: `\`${source[at] ?? ''}\` is not expected here`,
        next: "Combine values with `==`, `&&`, `||`, `in`; put texts in quotes: `name == 'text'`.",
      };
  }
}

function typeParts(error: CelError, node: ASTNode | undefined, environment: Environment): ErrorParts {
  switch (error.code) {
    case 'no_matching_overload':
      return callParts(error, node, environment);
    case 'no_such_overload': {
      const types = error.summary.replace('no such overload: ', '');
      const operator = node?.op === '!_' || node?.op === '-_' ? node.op.charAt(0) : (node?.op ?? '');
      const [left = '', right] = types.split(` ${operator} `);
      if (right === undefined)
        return {
          summary: `\`${operator}\` does not work with ${typeName(left.slice(1))}`,
          next: numberHint(left),
        };
      return {
        summary: `\`${operator}\` does not work between ${typeName(left)} and ${typeName(right)}`,
        next: numberHint(left, right),
      };
    }
    case 'invalid_logical_operand':
    case 'invalid_condition_type': {
      const type = /got '(.*)'/.exec(error.summary)?.[1] ?? '';
      return {
        summary: `true or false is needed here, this is ${typeName(type)}`,
        next: "Compare it with something: `name == 'value'`, `defined(name)`, `size(list) > 0`.",
      };
    }
    case 'incompatible_ternary_branches': {
      const [, yes = '', no = ''] = /got '(.*)' and '(.*)'/.exec(error.summary) ?? [];
      return {
        summary: `Both values of \`… ? … : …\` must be of one kind, these are ${typeName(yes)} and ${typeName(no)}`,
        next: 'Make them alike: `string(name)`, or quotes around the number.',
      };
    }
    case 'no_such_key':
    case 'index_out_of_bounds':
      return {
        summary: `${error.summary.replace(/^No such key: (index.*|(.*))$/, (_all, index?: string, key?: string) => (key === undefined ? `The ${index}` : `There is no key \`${key}\``))}`,
        next: 'Ask first whether it is there: `defined(name.key) && …`.',
      };
    case 'division_by_zero':
    case 'modulo_by_zero':
      return { summary: 'A division by zero', next: 'Test the divisor first.' };
    default:
      return { summary: error.summary };
  }
}

function callParts(error: CelError, node: ASTNode | undefined, environment: Environment): ErrorParts {
  const name = node?.op === 'call' || node?.op === 'rcall' ? node.args[0] : '';
  const known = environment.getDefinitions().functions.filter((each) => each.name === name);
  if (known.length === 0) {
    const names = environment.getDefinitions().functions.map((each) => each.name);
    return {
      summary: `There is no function \`${name}\``,
      next: didYouMean(name, names) ?? `The functions are: ${functionHelp}.`,
    };
  }
  const given = /\((.*)\)'$/.exec(error.summary)?.[1] ?? '';
  const receiver = /for '([^.(]+)\./.exec(error.summary)?.[1];
  const types = given === '' ? [] : given.split(', ');
  return {
    summary:
      receiver !== undefined && receiver !== 'dyn'
        ? `${capital(typeName(receiver))} has no \`.${name}(${types.map(typeName).join(', ')})\``
        : `\`${name}\` does not take ${types.length === 0 ? 'no argument' : types.map(typeName).join(' and ')}`,
    next: `It takes: ${known
      .map((each) => signature(each))
      .slice(0, 4)
      .join(' · ')}`,
  };
}

function signature(each: {
  name: string;
  receiverType: string | null;
  params: readonly { type: string }[];
}): string {
  const args = `${each.name}(${each.params.map((param) => (param.type === 'ast' ? 'name' : param.type)).join(', ')})`;
  return each.receiverType === null ? args : `${each.receiverType}.${args}`;
}

const typeNames: Record<string, string> = {
  string: 'a text',
  int: 'a whole number',
  uint: 'a whole number',
  double: 'a number',
  bool: 'a boolean',
  null: 'null',
  list: 'a list',
  map: 'a map',
  dyn: 'this value',
  Version: 'a version',
};

function typeName(type: string): string {
  const inner = type.replace(/^dyn<(.*)>$/, '$1');
  return typeNames[inner.replace(/<.*$/, '')] ?? `a ${inner}`;
}

function numberHint(...types: readonly string[]): string | undefined {
  const names = types.map(typeName);
  if (names.includes('a version')) return "Compare versions with versions: `version(a) < version('1.2')`.";
  if (names.includes('a text') && names.some((name) => name.includes('number')))
    return 'Turn the text into a number: `int(name)`; or the number into text: `string(name)`.';
  return undefined;
}

function operatorAt(source: string, node: ASTNode | undefined, code: string): number | undefined {
  if (code !== 'no_such_overload' || !node || !Array.isArray(node.args)) return undefined;
  const [left, right] = node.args as [ASTNode, ASTNode];
  const found = source.slice(left.end, right.start).search(/[^\s()]/);
  return found < 0 ? undefined : left.end + found;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
