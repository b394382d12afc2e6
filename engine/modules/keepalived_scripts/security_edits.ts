import type { ScriptsArgs } from './arguments.ts';
import type { Edit } from './edits.ts';
import type { Look } from '../../facts/keepalived.ts';
import type { ConfigTree } from './read_lines.ts';
import type { Configuration } from './readings.ts';
import { defaultUser, isScriptUser, scriptUserOf } from './run_as.ts';
import type { Block, Statement } from './statements.ts';
import { join, placesOf } from './text.ts';

/** Whether `enable_script_security` is on for a configuration. */
export function isSecured({ statements }: Configuration): boolean {
  return statements.some(isSecurity);
}

/** What is wanted of the two settings, once the rules are followed. */
export interface WantedSecurity {
  readonly secured: boolean;
  /** The words after `script_user`; undefined where it may stay as it is. */
  readonly user: string | undefined;
}

/**
 * Security without any user makes keepalived 2 take the user `keepalived_script`, and where that is not there, drop each
 * script without a word: so it never stands without one.
 */
export function wantedSecurity(args: ScriptsArgs, all: readonly Configuration[], look: Look): WantedSecurity {
  const asked = args.enable_script_security ?? 'keep';
  const secured = asked === 'keep' ? all.some(isSecured) : asked;
  if (args.script_user !== undefined) return { secured, user: args.script_user };
  const lacksUser = all.some((one) => !scriptUserOf(one)) && !look.users.has(defaultUser);
  return { secured, user: secured && lacksUser ? 'root' : undefined };
}

/** The edits that bring the two settings about. */
export function securityEdits(
  tree: ConfigTree,
  all: readonly Configuration[],
  { secured, user }: WantedSecurity,
): readonly Edit[] {
  const edits: Edit[] = [];
  const added: string[] = [];
  if (secured && !all.every(isSecured)) added.push('enable_script_security');
  if (!secured)
    edits.push(
      ...all.flatMap(({ statements }) => statements.filter(isSecurity)).flatMap((one) => removal(tree, one)),
    );
  if (user !== undefined) {
    edits.push(
      ...all
        .flatMap(({ statements }) => statements.filter(isScriptUser))
        .flatMap((one) => otherUser(one, user)),
    );
    if (!all.every(scriptUserOf)) added.push(`script_user ${user}`);
  }
  const insertion = added.length > 0 ? insertionOf(tree, all, added) : [];
  return unique([...edits, ...insertion]);
}

function isSecurity({ keyword, block }: Statement): boolean {
  return keyword === 'enable_script_security' && block?.keyword === 'global_defs';
}

function otherUser(statement: Statement, user: string): readonly Edit[] {
  const words = (statement.words ?? []).slice(1);
  if (words.map((word) => word.chars).join(' ') === user) return [];
  const place = placesOf(join(...words), 40).at(-1);
  return place ? [{ place, text: user }] : [];
}

// A line that says nothing else goes with its end.
function removal(tree: ConfigTree, statement: Statement): readonly Edit[] {
  const place = placesOf(statement.line, 0).at(-1);
  const text = place && tree.files[place.file]?.text;
  if (!place || typeof text !== 'string') return [];
  const start = text.lastIndexOf('\n', place.start - 1) + 1;
  const newline = text.indexOf('\n', place.end);
  const end = newline < 0 ? text.length : newline + 1;
  const isAlone = `${text.slice(start, place.start)}${text.slice(place.end, end)}`.trim() === '';
  return [{ place: isAlone ? { file: place.file, start, end } : place, text: '' }];
}

// In the first global_defs if that comes before every script, else in one of their own at the top.
function insertionOf(
  tree: ConfigTree,
  all: readonly Configuration[],
  added: readonly string[],
): readonly Edit[] {
  const [first] = all;
  const block = first && early(first);
  const brace = block?.brace.from[0];
  const isEverywhere = all.every((one) => {
    const own = early(one)?.brace.from[0];
    return own?.[0]?.file === brace?.[0]?.file && own?.[0]?.start === brace?.[0]?.start;
  });
  const text = brace?.[0] ? tree.files[brace[0].file]?.text : undefined;
  if (brace?.length === 1 && brace[0] && isEverywhere && typeof text === 'string') {
    return [withinBlock(text, brace[0].file, brace[0].end, added)];
  }
  const main = tree.files[0]?.text ?? '';
  const end = lineEnd(main);
  const start = /^(?:[ \t]*(?:[#!][^\n]*)?\r?\n)*/.exec(main)?.[0].length ?? 0;
  const lines = ['global_defs {', ...added.map((one) => `    ${one}`), '}', ''];
  return [{ place: { file: 0, start, end: start }, text: lines.map((line) => line + end).join('') }];
}

function early({ blocks, statements, uses }: Configuration): Block | undefined {
  const header = statements.findIndex(({ keyword, block }) => keyword === 'global_defs' && block === null);
  const first = uses[0] ? statements.indexOf(uses[0].statement) : statements.length;
  const within = statements.slice(header + 1).find(({ block }) => block?.keyword === 'global_defs');
  if (header < 0 || header > first) return undefined;
  return within?.block ?? blocks.find(({ keyword }) => keyword === 'global_defs');
}

function withinBlock(text: string, file: number, brace: number, added: readonly string[]): Edit {
  const end = lineEnd(text);
  const rest = /^[ \t]*([#!][^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(brace));
  const at = brace + (rest ? rest[0].length : 0);
  const indent = /^[ \t]*(?:[#!][^\n]*)?\r?\n([ \t]+)[^\s}]/.exec(text.slice(brace))?.[1] ?? '    ';
  const lines = added.map((one) => `${end}${indent}${one}`).join('');
  return { place: { file, start: at, end: at }, text: rest ? lines : `${lines}${end}${indent}` };
}

function lineEnd(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n';
}

function unique(edits: readonly Edit[]): readonly Edit[] {
  const keyOf = ({ place }: Edit) => `${place.file} ${place.start} ${place.end}`;
  return edits.filter((edit, index) => edits.findIndex((one) => keyOf(one) === keyOf(edit)) === index);
}
