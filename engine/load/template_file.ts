import { isUtf8 } from 'node:buffer';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { FettleError, type Position } from '../errors.ts';
import { textOf, Unusable } from '../template/output.ts';
import type { Locate } from '../template/place.ts';
import type { ValueTemplate } from '../template/template.ts';
import { compileText } from '../template/text.ts';
import type { TemplateFile } from './playbook.ts';

/** Reads and compiles a template file that stands at `at` in a playbook. Throws FettleError. */
export type TemplateReader = (given: string, at: Position) => TemplateFile;

/** A reader that looks in `templates/` of each folder and in the folder itself; it reads each file once. */
export function templateReader(folders: readonly string[]): TemplateReader {
  const known = new Map<string, TemplateFile>();
  return (given, at) => {
    const before = known.get(given);
    if (before) return before;
    const made = readTemplate(find(folders, given, at), at);
    known.set(given, made);
    return made;
  };
}

function find(folders: readonly string[], given: string, at: Position): string {
  const candidates = isAbsolute(given)
    ? [given]
    : folders.flatMap((folder) => [join(folder, 'templates', given), join(folder, given)]);
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new FettleError('playbook', {
    summary: `there is no file ${given}`,
    detail: `looked for ${candidates.join(', ')}`,
    next: 'put it there or give an absolute path',
    position: at,
  });
}

function readTemplate(path: string, at: Position): TemplateFile {
  const mode = (statSync(path).mode & 0o7777).toString(8).padStart(4, '0');
  const bytes = read(path, at);
  if (!isUtf8(bytes))
    throw new FettleError('playbook', {
      summary: `the template ${path} is not UTF-8`,
      next: 'Convert it, or put it on the host as it is with `copy`.',
      position: at,
    });
  return { path: resolve(path), text: compileFile(path, bytes.toString('utf8')), mode };
}

function read(path: string, at: Position): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FettleError('playbook', {
      summary: `the template ${path} cannot be read`,
      detail: (error as Error).message,
      next: 'Give the path of a file that you may read.',
      position: at,
      cause: error,
    });
  }
}

function compileFile(path: string, text: string): ValueTemplate {
  const locate = placesIn(path, text);
  refuseComment(text, locate);
  const compiled = compileText(text, locate(0), locate);
  return { ...compiled, render: (scope) => asText(compiled.render(scope), locate) };
}

/** A file that is nothing but `{{ name }}` is still text. */
function asText(value: unknown, locate: Locate): unknown {
  try {
    return textOf(value);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    throw new FettleError('task', {
      summary: `what this template gives ${error.message}`,
      next: error.next,
      position: locate(0),
    });
  }
}

// Elsewhere than in a file these characters are rarely meant as Jinja; `${#list}` is the shell's.
function refuseComment(text: string, locate: Locate): void {
  const found = /(?<![${])\{#[-\s][^]*?#\}/.exec(text);
  if (!found) return;
  throw new FettleError('playbook', {
    summary: '`{# … #}` is a comment in Jinja, and would be written as it is',
    next: 'Write `{{!-- … --}}`.',
    position: locate(found.index),
  });
}

function placesIn(file: string, text: string): Locate {
  const lines = text.split('\n');
  const starts: number[] = [];
  let start = 0;
  for (const line of lines) {
    starts.push(start);
    start += line.length + 1;
  }
  return (offset) => {
    const next = starts.findIndex((one) => one > offset);
    const index = next === -1 ? lines.length - 1 : next - 1;
    return {
      file,
      line: index + 1,
      column: offset - (starts[index] as number) + 1,
      text: (lines[index] as string).replace(/\r$/, ''),
    };
  };
}
