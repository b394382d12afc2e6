import Handlebars from 'handlebars';
import { Mistake, offsetOf } from './place.ts';
import { jinjaInText, jinjaStatement } from './jinja.ts';

/** The tree of a text, parsed by Handlebars; throws Mistake. */
export function parseText(source: string): hbs.AST.Program {
  const statement = jinjaStatement(source);
  if (statement) throw new Mistake(statement.index, statement);
  try {
    return Handlebars.parse(source);
  } catch (error) {
    throw explain(source, error as Error & { lineNumber?: number; column?: number });
  }
}

/** Finds Jinja in the first pair of braces at or before an offset. */
export function jinjaAround(source: string, offset: number): Mistake | undefined {
  const open = source.lastIndexOf('{{', offset);
  if (open < 0) return undefined;
  const close = source.indexOf('}}', open);
  const found = jinjaInText(source.slice(open + 2, close < 0 ? source.length : close));
  return found && new Mistake(open + 2 + found.index, found);
}

function explain(source: string, error: Error & { lineNumber?: number; column?: number }): Mistake {
  const at = placeOf(source, error);
  const jinja = jinjaAround(source, at);
  if (jinja) return jinja;
  const block = /^(\w+) doesn't match (\w+)/.exec(error.message);
  if (block)
    return new Mistake(at, {
      summary: `\`{{#${block[1]}}}\` is closed by \`{{/${block[2]}}}\``,
      next: `Close it with \`{{/${block[1]}}}\`.`,
    });
  if (error.message.includes("got 'EOF'")) return unclosedBlock(source, at);
  const open = source.lastIndexOf('{{', at);
  if (open >= 0 && source.indexOf('}}', open) < 0)
    return new Mistake(open, {
      summary: '`{{` is opened here and never closed',
      next: 'Close it with `}}`.',
    });
  return new Mistake(at, {
    summary: 'This is no template that Handlebars can read',
    next: 'Write `{{name}}` or `{{helper name}}`; to keep `{{` as text, write `\\{{`.',
  });
}

function unclosedBlock(source: string, at: number): Mistake {
  const open = source.lastIndexOf('{{#', at);
  const name = /^\{\{#\s*(\w+)/.exec(source.slice(Math.max(open, 0)))?.[1] ?? 'if';
  return new Mistake(Math.max(open, 0), {
    summary: `\`{{#${name}}}\` is never closed`,
    next: `Close it with \`{{/${name}}}\`.`,
  });
}

// The parser tells the place only by a caret under the last and next twenty characters.
function placeOf(source: string, error: Error & { lineNumber?: number; column?: number }): number {
  if (error.lineNumber !== undefined)
    return offsetOf(source, { line: error.lineNumber, column: error.column ?? 0 });
  const [, shown = '', caret = ''] = error.message.split('\n');
  const column = Math.max(caret.indexOf('^'), 0);
  const before = shown.slice(0, column);
  const after = shown.slice(column);
  for (let at = 0; at <= source.length; at++)
    if (shownBefore(source, at) === before && shownAfter(source, at, after)) return at;
  return 0;
}

function shownBefore(source: string, at: number): string {
  const past = source.slice(Math.max(at - 20, 0), at).replace(/\n/g, '');
  return (at > 20 ? '...' : '') + past;
}

function shownAfter(source: string, at: number, after: string): boolean {
  const wanted = after.replace(/\.\.\.$/, '');
  return source
    .slice(at, at + 40)
    .replace(/\n/g, '')
    .startsWith(wanted);
}
