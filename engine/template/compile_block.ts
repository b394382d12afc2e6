import { Secret } from '../shell/secret.ts';
import { didYouMean } from './closest.ts';
import { at, childOf, type Frame } from './frame.ts';
import { blockNames } from './helpers.ts';
import { Unusable } from './output.ts';
import type { Mistake } from './place.ts';
import type { Compiler, Expr, Level, Write } from './text_parts.ts';

/** `{{#if}}`, `{{#unless}}`, `{{#each}}` and `{{#with}}`. */
export function compileBlock(compiler: Compiler, node: hbs.AST.BlockStatement, level: Level): Write {
  const make = blocks[node.path.original];
  if (!make) throw unknownBlock(compiler, node);
  const [param, second] = node.params;
  const name = node.path.original;
  if (!param || second || node.hash)
    throw compiler.mistake(node.path, `\`{{#${name}}}\` takes one value`, `Write \`{{#${name} name}}\`.`);
  return make({
    compiler,
    node,
    level,
    value: compiler.expression(param, level),
    offset: compiler.offset(param),
  });
}

function unknownBlock(compiler: Compiler, node: hbs.AST.BlockStatement): Mistake {
  const name = node.path.original;
  return compiler.mistake(
    node.path,
    `There is no block \`{{#${name}}}\``,
    didYouMean(name, blockNames) ?? `The blocks are: ${blockNames.map((each) => `{{#${each}}}`).join(', ')}.`,
  );
}

interface Block {
  readonly compiler: Compiler;
  readonly node: hbs.AST.BlockStatement;
  readonly level: Level;
  readonly value: Expr;
  readonly offset: number;
}

const blocks: Record<string, ((block: Block) => Write) | undefined> = {
  if: (block) => branch(block, true),
  unless: (block) => branch(block, false),
  each: (block) => each(block),
  with: (block) => within(block),
};

function branch({ compiler, node, level, value }: Block, when: boolean): Write {
  const yes = compiler.program(node.program, level);
  const no = compiler.program(node.inverse, level);
  return (frame, out) => (isTrue(value.get(frame)) === when ? yes : no)(frame, out);
}

function each({ compiler, node, level, value, offset }: Block): Write {
  const params = node.program.blockParams ?? [];
  const body = compiler.program(node.program, { parent: level, params, turns: true });
  const none = compiler.program(node.inverse, level);
  return (frame, out) => {
    const entries = at(frame, offset, '{{#each}}', () => entriesOf(value.get(frame)));
    entries.forEach(([key, item], index) => {
      const data = { key, index, first: index === 0, last: index === entries.length - 1 };
      body(turn(frame, item, params, key, data), out);
    });
    if (entries.length === 0) none(frame, out);
  };
}

function within({ compiler, node, level, value }: Block): Write {
  const params = node.program.blockParams ?? [];
  const body = compiler.program(node.program, { parent: level, params });
  const none = compiler.program(node.inverse, level);
  return (frame, out) => {
    const context = value.get(frame);
    if (isTrue(context)) body(turn(frame, context, params, undefined, {}), out);
    else none(frame, out);
  };
}

function turn(
  frame: Frame,
  item: unknown,
  params: readonly string[],
  key: unknown,
  data: Readonly<Record<string, unknown>>,
): Frame {
  const named = new Map<string, unknown>();
  if (params[0] !== undefined) named.set(params[0], item);
  if (params[1] !== undefined) named.set(params[1], key);
  return childOf(frame, item, named, data);
}

// As Handlebars has it: false, null, 0, "" and [] are not true.
function isTrue(value: unknown): boolean {
  if (value instanceof Secret) return value.reveal() !== '';
  if (Array.isArray(value)) return value.length > 0;
  return Boolean(value);
}

function entriesOf(value: unknown): readonly (readonly [string | number, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown, index) => [index, item] as const);
  if (typeof value === 'object' && value !== null && !(value instanceof Secret)) return Object.entries(value);
  throw new Unusable('takes a list or a map');
}
