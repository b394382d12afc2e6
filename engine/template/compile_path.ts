import { FettleError } from '../errors.ts';
import { follow, type Frame } from './frame.ts';
import { helperNames } from './helpers.ts';
import { notDefined } from './not_defined.ts';
import { Unusable } from './output.ts';
import type { Compiler, Expr, Level } from './text_parts.ts';

/** A name in a text: a variable, a part of the block's value, a name of the block's own, or `@index`. */
export function compilePath(
  compiler: Compiler,
  path: hbs.AST.PathExpression,
  level: Level,
  optional: boolean,
): Expr {
  const offset = compiler.offset(path);
  const [first = '', ...rest] = path.parts;
  if (path.data && first === 'root') return variable(compiler, path, offset, rest, levels(level), optional);
  if (path.data) return turnData(compiler, path, level, offset);
  const plain = path.depth === 0 && !/^(this\b|\.)/.test(path.original);
  if (plain && isParam(level, first)) return found(offset, first, rest, (frame) => frame.named.get(first));
  const up = levels(level) - path.depth;
  if (up < 0) throw compiler.mistake(path, `\`${path.original}\` goes up too far`, 'Leave out a `../`.');
  if (up === 0) return variable(compiler, path, offset, path.parts, path.depth, optional);
  if (plain && helperNames.includes(first))
    throw compiler.mistake(path, `\`${first}\` is a helper or block`, `Write \`this.${first}\` for the key.`);
  // The name of a variable, where the block's value has no such part.
  const outside = (frame: Frame) => (plain && frame.scope.has(first) ? path.parts.join('.') : undefined);
  return found(offset, '', path.parts, (frame) => above(frame, path.depth).context, outside);
}

function variable(
  compiler: Compiler,
  path: hbs.AST.PathExpression,
  offset: number,
  parts: readonly string[],
  depth: number,
  optional: boolean,
): Expr {
  const [root, ...rest] = parts;
  if (root === undefined)
    throw compiler.mistake(path, `\`${path.original}\` means nothing here`, 'Name a variable.');
  if (compiler.source[offset] === '[')
    throw compiler.mistake(
      path,
      'A text holds no list',
      'Write the list in YAML, without braces around it; or put it into a variable.',
    );
  if (helperNames.includes(root) && !path.data)
    throw compiler.mistake(path, `\`${root}\` is a helper or block, not a variable`, 'Name a variable.');
  compiler.uses.push({ root, path: rest, offset, optional });
  return found(offset, root, rest, (frame) => {
    const { scope } = above(frame, depth);
    return scope.has(root) ? scope.get(root) : undefined;
  });
}

function turnData(compiler: Compiler, path: hbs.AST.PathExpression, level: Level, offset: number): Expr {
  const name = path.parts.join('.');
  if (!['index', 'key', 'first', 'last'].includes(name) || path.depth > 0)
    throw compiler.mistake(
      path,
      `\`${path.original}\` is not known`,
      'There are @index, @key, @first, @last and @root.',
    );
  if (!inTurns(level))
    throw compiler.mistake(
      path,
      `\`@${name}\` is known within {{#each}} only`,
      'Move it into the {{#each}}.',
    );
  return found(offset, `@${name}`, [], (frame) => frame.data[name]);
}

function found(
  offset: number,
  root: string,
  path: readonly string[],
  start: (frame: Frame) => unknown,
  outside: (frame: Frame) => string | undefined = () => undefined,
): Expr {
  const find = (frame: Frame) => {
    try {
      return follow(start(frame), path);
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      const position = frame.locate(offset);
      throw new FettleError('task', {
        summary: `\`${[root, ...path].join('.')}\` ${error.message}`,
        position,
      });
    }
  };
  return {
    find,
    get: (frame) => {
      const value = find(frame);
      if (value !== undefined) return value;
      const variable = outside(frame);
      throw notDefined(
        { root, path, start: start(frame), instead, ...(variable === undefined ? {} : { variable }) },
        frame.locate(offset),
      );
    },
  };
}

function above(frame: Frame, depth: number): Frame {
  let found = frame;
  for (let up = 0; up < depth && found.parent; up++) found = found.parent;
  return found;
}

function levels(level: Level): number {
  let count = 0;
  for (let up = level.parent; up; up = up.parent) count++;
  return count;
}

function isParam(level: Level | undefined, name: string): boolean {
  return level !== undefined && (level.params.includes(name) || isParam(level.parent, name));
}

function inTurns(level: Level | undefined): boolean {
  return level !== undefined && (level.turns === true || inTurns(level.parent));
}

function instead(name: string): string {
  return `{{default ${name} "…"}}`;
}
