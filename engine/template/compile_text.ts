import { FettleError } from '../errors.ts';
import type { Secret } from '../shell/secret.ts';
import { compileBlock } from './compile_block.ts';
import { compilePath } from './compile_path.ts';
import { didYouMean } from './closest.ts';
import { blockNames, helpers, type Helper } from './helpers.ts';
import { at, type Frame } from './frame.ts';
import { Omitted } from './omitted.ts';
import { joined, textOf } from './output.ts';
import { jinjaAround } from './parse_text.ts';
import { Mistake, offsetOf } from './place.ts';
import type { CompiledText, Compiler, Expr, Level, Use, Write } from './text_parts.ts';

/** Turns a parsed text into functions and checks what can be known without values; throws Mistake. */
export function compileProgram(source: string, program: hbs.AST.Program): CompiledText {
  const compiler = new TextCompiler(source);
  const [only, second] = program.body;
  if (only && !second && isMustache(only)) {
    const expression = compiler.mustache(only, top);
    return { uses: compiler.uses, render: (frame) => expression.get(frame) };
  }
  const write = compiler.program(program, top);
  return {
    uses: compiler.uses,
    render: (frame) => {
      const out: (string | Secret)[] = [];
      wholly(() => write(frame, out));
      return joined(out);
    },
  };
}

// A part of a text cannot be left out.
function wholly(render: () => void): void {
  try {
    render();
  } catch (error) {
    throw error instanceof Omitted ? error.asMistake() : error;
  }
}

const top: Level = { params: [] };

class TextCompiler implements Compiler {
  readonly source: string;
  readonly uses: Use[] = [];

  constructor(source: string) {
    this.source = source;
  }

  program(program: hbs.AST.Program | undefined, level: Level): Write {
    const parts = (program?.body ?? []).map((node) => this.#statement(node, level));
    return (frame, out) => {
      for (const part of parts) part(frame, out);
    };
  }

  mustache(node: hbs.AST.MustacheStatement, level: Level): Expr {
    if (!node.escaped)
      throw this.mistake(
        node,
        '`{{{` and `{{&` are not taken',
        'Write `{{name}}`: fettle never escapes text.',
      );
    return this.call(node, level);
  }

  /** A name, a literal or a helper with its arguments. */
  call(node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, level: Level): Expr {
    const { path } = node;
    const isAlone = node.params.length === 0 && !node.hash && !isSub(node);
    if (path.type !== 'PathExpression' && isAlone) return this.expression(path, level);
    const name = String((path as hbs.AST.PathExpression).original);
    if (helpers.has(name)) return this.#helper(name, node, level);
    if (isAlone) return this.expression(path, level);
    const jinja = jinjaAround(this.source, this.offset(node));
    if (jinja) throw jinja;
    throw this.mistake(
      path,
      `There is no helper \`${name}\``,
      helpNear(name) ?? `The helpers are: ${[...helpers.keys()].join(', ')}.`,
    );
  }

  expression(node: hbs.AST.Expression, level: Level, optional = false): Expr {
    switch (node.type) {
      case 'PathExpression':
        return compilePath(this, node as hbs.AST.PathExpression, level, optional);
      case 'SubExpression':
        return this.call(node as hbs.AST.SubExpression, level);
      case 'StringLiteral':
      case 'NumberLiteral':
      case 'BooleanLiteral': {
        const { value } = node as hbs.AST.StringLiteral;
        return { find: () => value, get: () => value };
      }
      case 'NullLiteral':
        return { find: () => null, get: () => null };
      default:
        throw this.mistake(
          node,
          'This cannot be used as a value',
          'Write a name, a text in quotes or a number.',
        );
    }
  }

  offset(node: hbs.AST.Node): number {
    return offsetOf(this.source, node.loc.start);
  }

  mistake(node: hbs.AST.Node, summary: string, next: string): Mistake {
    return new Mistake(this.offset(node), { summary, next });
  }

  #statement(node: hbs.AST.Statement, level: Level): Write {
    switch (node.type) {
      case 'ContentStatement': {
        const { value } = node as hbs.AST.ContentStatement;
        return (_frame, out) => void out.push(value);
      }
      case 'CommentStatement':
        return () => undefined;
      case 'MustacheStatement':
        return this.#text(node as hbs.AST.MustacheStatement, level);
      case 'BlockStatement':
        return compileBlock(this, node as hbs.AST.BlockStatement, level);
      default:
        throw this.mistake(
          node,
          'Partials and decorators (`{{> …}}`, `{{* …}}`) are not taken',
          'Write the text out, or put it into a variable.',
        );
    }
  }

  #text(node: hbs.AST.MustacheStatement, level: Level): Write {
    const expression = this.mustache(node, level);
    const offset = this.offset(node.path);
    const name = this.source.slice(offset, offsetOf(this.source, node.path.loc.end));
    return (frame, out) => void out.push(at(frame, offset, name, () => textOf(expression.get(frame))));
  }

  #omit(node: hbs.AST.Node): Expr {
    const offset = this.offset(node);
    const get = (frame: Frame): never => {
      throw new Omitted(frame.locate(offset));
    };
    return { find: get, get };
  }

  #helper(name: string, node: hbs.AST.MustacheStatement | hbs.AST.SubExpression, level: Level): Expr {
    const helper = helpers.get(name);
    const offset = this.offset(node.path);
    const [least, most] = helper?.takes ?? [0, 0];
    if (!helper || node.hash || node.params.length < least || node.params.length > most)
      throw this.mistake(
        node.path,
        `\`${name}\` is a helper and is not used like this`,
        `Write \`{{${helper?.usage}}}\`${level.parent ? `, or \`this.${name}\` for the key` : ''}.`,
      );
    const params = node.params.map((param, index) =>
      name === 'default' && index === 1 && isOmit(param)
        ? this.#omit(param)
        : this.expression(param, level, helper.optional === true && index === 0),
    );
    const find = (frame: Frame) =>
      at(frame, offset, name, () => helper.run(argumentsOf(helper, params, frame)));
    return {
      find,
      get: (frame) => {
        const value = find(frame);
        if (value !== undefined) return value;
        throw new FettleError('task', {
          summary: `\`${this.source.slice(offset, offsetOf(this.source, node.loc.end)).replace(/\s*[})]*$/, '')}\` finds nothing`,
          next: 'Write `{{default (…) "…"}}` around it where it may be missing.',
          position: frame.locate(offset),
        });
      },
    };
  }
}

// Where the first may be missing and is there, what stands for it is not looked at.
function argumentsOf({ optional }: Helper, params: readonly Expr[], frame: Frame): readonly unknown[] {
  if (!optional) return params.map((param) => param.get(frame));
  const [first, ...rest] = params;
  const found = first?.find(frame) ?? undefined;
  return found === undefined ? [found, ...rest.map((param) => param.get(frame))] : [found];
}

function isOmit(node: hbs.AST.Expression): boolean {
  return node.type === 'PathExpression' && (node as hbs.AST.PathExpression).original === 'omit';
}

function helpNear(name: string): string | undefined {
  if (blockNames.some((block) => block === name)) return `Write \`{{#${name} value}}…{{/${name}}}\`.`;
  return didYouMean(name, helpers.keys());
}

function isMustache(node: hbs.AST.Statement): node is hbs.AST.MustacheStatement {
  return node.type === 'MustacheStatement';
}

function isSub(node: hbs.AST.Node): boolean {
  return node.type === 'SubExpression';
}
