import type { ErrorObject } from 'ajv';
import type { ErrorParts } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import { typeOf, type JsonSchema } from './json_schema.ts';

/** What ajv found, in words: what is wrong, and what to write. */
export function explainSchemaError(
  error: ErrorObject,
  owner: string,
  alternatives: readonly ErrorObject[],
): ErrorParts {
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  const name = nameOf(error.instancePath) ?? owner;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(params['additionalProperty']), owner, error.instancePath, schema);
    case 'required':
      return {
        summary: `\`${name}\` needs \`${String(params['missingProperty'])}\``,
        next: `Add \`${String(params['missingProperty'])}: …\`.`,
      };
    case 'dependentRequired':
    case 'dependencies':
      return {
        summary: `\`${String(params['property'])}\` needs \`${String(params['missingProperty'])}\` beside it`,
        next: `Add \`${String(params['missingProperty'])}: …\`.`,
      };
    case 'type':
      return wrongType(name, describe(schema), error.data, schema);
    case 'enum':
    case 'const':
      return schema.errorMessage === undefined
        ? wrongChoice(name, choicesOf(schema), error.data)
        : { summary: `\`${name}\` ${schema.errorMessage}`, detail: given(error.data) };
    case 'anyOf':
    case 'oneOf': {
      if (schema.errorMessage !== undefined)
        return { summary: `\`${name}\` ${schema.errorMessage}`, detail: given(error.data) };
      if (error.instancePath === '') return combination(owner, alternatives);
      const choices = choicesOf(schema);
      if (choices.length > 0 && describe(schema) === '') return wrongChoice(name, choices, error.data);
      return wrongType(name, describe(schema), error.data, schema);
    }
    default:
      if (typeof error.data === 'string' && error.data.includes('\0'))
        return { summary: `\`${name}\` holds a NUL byte, which cannot be`, detail: given(error.data) };
      return {
        summary: `\`${name}\` ${schema.errorMessage ?? plainMessage(error)}`,
        detail: given(error.data),
      };
  }
}

/** A schema in words: "a text or a list of texts"; '' where it has choices only. */
export function describe(schema: JsonSchema): string {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (alternatives.length > 0) {
    const parts = [...new Set(alternatives.map(describe).filter((part) => part !== ''))];
    const choices = choicesOf(schema).map((choice) => JSON.stringify(choice));
    return parts.length === 0 ? '' : [...parts, ...choices].join(' or ');
  }
  if (schema.enum || 'const' in schema) return '';
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.map((type) => typeName(type, schema)).join(' or ');
}

const names: Record<string, string> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

function typeName(type: string, schema: JsonSchema): string {
  if (type !== 'array' || !schema.items) return names[type] ?? type;
  const inner = describe(schema.items);
  return inner === 'a text'
    ? 'a list of texts'
    : inner.startsWith('a ') && !inner.includes(' or ')
      ? `a list of ${inner.slice(2)}s`
      : 'a list';
}

function unknownKey(key: string, owner: string, path: string, schema: JsonSchema): ErrorParts {
  const keys = Object.keys(schema.properties ?? {});
  const whose = path === '' ? `an argument of \`${owner}\`` : `a key of \`${nameOf(path)}\``;
  const patterns = Object.keys(schema.patternProperties ?? {});
  const takes = keys.length > 0 ? `It takes: ${keys.join(', ')}.` : 'It takes none.';
  const next = patterns.length > 0 ? `Its keys look like this: ${patterns.join(', ')}.` : takes;
  return { summary: `\`${key}\` is not ${whose}`, next: didYouMean(key, keys) ?? next };
}

function wrongType(name: string, wanted: string, data: unknown, schema: JsonSchema): ErrorParts {
  const summary = `\`${name}\` must be ${wanted}, this is ${actual(data)}`;
  if (schema.errorMessage !== undefined && wanted === 'a text' && typeof data === 'number')
    return { summary: `\`${name}\` ${schema.errorMessage}, this is a number`, next: 'Put it in quotes.' };
  if (wanted.includes('a text') && (typeof data === 'number' || typeof data === 'boolean'))
    return { summary, next: 'Put it in quotes.' };
  if (wanted.includes('a list') && typeof data !== 'object')
    return { summary, next: `Write \`${name}: [${String(data)}]\`.` };
  if (data === null) return { summary, next: 'Give it a value or remove the key.' };
  return { summary, next: wanted === 'true or false' ? 'Write `true` or `false`.' : undefined };
}

function wrongChoice(name: string, choices: readonly unknown[], data: unknown): ErrorParts {
  const words = choices.map(String);
  if (words.length === 1) return { summary: `\`${name}\` must be ${words[0]}`, detail: given(data) };
  return {
    summary: `\`${name}\` must be one of: ${words.join(', ')}`,
    detail: given(data),
    next: typeof data === 'string' ? didYouMean(data, words) : undefined,
  };
}

// The root's own union says which arguments go together.
function combination(owner: string, alternatives: readonly ErrorObject[]): ErrorParts {
  const missing = alternatives
    .filter((error) => error.keyword === 'required')
    .map((error) => `\`${String((error.params as { missingProperty?: unknown }).missingProperty)}\``);
  if (missing.length === 0) return { summary: `These arguments of \`${owner}\` do not go together` };
  return { summary: `\`${owner}\` needs ${[...new Set(missing)].join(' or ')}`, next: 'Add one of them.' };
}

function choicesOf(schema: JsonSchema): readonly unknown[] {
  if (schema.enum) return schema.enum;
  if ('const' in schema) return [schema.const];
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(choicesOf);
}

function plainMessage({ keyword, params, message }: ErrorObject): string {
  const limit = String((params as { limit?: unknown }).limit);
  const messages: Record<string, string> = {
    minimum: `must be ${limit} or more`,
    maximum: `must be ${limit} or less`,
    exclusiveMinimum: `must be more than ${limit}`,
    exclusiveMaximum: `must be less than ${limit}`,
    minLength: limit === '1' ? 'must not be empty' : `must have ${limit} characters or more`,
    maxLength: `must have ${limit} characters or fewer`,
    minItems: limit === '1' ? 'must not be an empty list' : `must have ${limit} items or more`,
    maxItems: `must have ${limit} items or fewer`,
    minProperties: limit === '1' ? 'must not be empty' : `must have ${limit} keys or more`,
    uniqueItems: 'has an item twice',
    not: 'is not allowed like this',
  };
  return messages[keyword] ?? message ?? `breaks the rule \`${keyword}\``;
}

function actual(data: unknown): string {
  const type = typeOf(data);
  if (type === 'null') return 'nothing';
  if (type === 'boolean') return 'a boolean';
  return type === 'integer' ? 'a number' : (names[type] ?? type);
}

function given(data: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof data)
    ? `This is ${JSON.stringify(data)}.`
    : undefined;
}

function nameOf(path: string): string | undefined {
  const keys = path.split('/').slice(1);
  if (keys.length === 0) return undefined;
  return keys
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((name, key) => (/^\d+$/.test(key) ? `${name}[${key}]` : `${name}.${key}`));
}
