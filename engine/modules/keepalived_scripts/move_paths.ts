import { type Edit, edited } from './edits.ts';
import type { ConfigTree } from './read_lines.ts';
import { type Configuration, readAll } from './readings.ts';
import type { Statement } from './statements.ts';
import { join, originOf, type Place, placesOf, type Text } from './text.ts';
import { type Use, useOf } from './uses.ts';

/** Bytes between two characters of a path, and between two words. */
const mostQuotes = 3;
const mostBlanks = 40;

/** What a use is to run instead: its first `drops` words become one path. */
export interface Move {
  readonly path: string;
  /** 2 where an interpreter before the script goes. */
  readonly drops: 1 | 2;
}

/** A configuration with its scripts moved. */
export interface Moved {
  readonly edits: readonly Edit[];
  readonly tree: ConfigTree;
  /** Uses that no edit could change alone. */
  readonly stuck: readonly Use[];
}

/**
 * Moves what uses run, at the definition of a parameter where only scripts come from it, else in the line itself.
 * Every step is proven by reading the result anew: all statements must be as before, but for the paths that move.
 */
export function movePaths(tree: ConfigTree, node: string, moveOf: (use: Use) => Move | undefined): Moved {
  const before = readAll(tree, node);
  const wanted = before.flatMap(({ uses }) => uses.filter((use) => moveOf(use)));
  const isGood = (edits: readonly Edit[]) => sameButMoved(before, readAll(edited(tree, edits), node), moveOf);
  const first = unique(wanted.flatMap((use) => candidates(use, moveOf(use) as Move)[0] ?? []));
  const edits = isGood(first) ? first : oneByOne(wanted, moveOf, isGood);
  const after = edited(tree, edits);
  const left = readAll(after, node);
  const stuck = wanted.filter((use) => !isMoved(use, before, left, moveOf));
  return {
    edits,
    tree: after,
    stuck: stuck.filter((use, index) => stuck.findIndex((one) => sameUse(one, use)) === index),
  };
}

function oneByOne(
  wanted: readonly Use[],
  moveOf: (use: Use) => Move | undefined,
  isGood: (edits: readonly Edit[]) => boolean,
): readonly Edit[] {
  let edits: readonly Edit[] = [];
  for (const use of wanted) {
    const options = candidates(use, moveOf(use) as Move);
    if (options.some((option) => edits.some((edit) => isSame(edit, option)))) continue;
    const good = options.map((option) => [...edits, option]).find(isGood);
    if (good) edits = good;
  }
  return edits;
}

function candidates(use: Use, move: Move): readonly Edit[] {
  const gap = move.drops === 1 ? mostQuotes : mostBlanks;
  return placesOf(join(...use.words.slice(0, move.drops)), gap).map((place) => ({ place, text: move.path }));
}

function unique(edits: readonly Edit[]): readonly Edit[] {
  return edits.filter((edit, index) => edits.findIndex((one) => isSame(one, edit)) === index);
}

function isSame(one: Edit, other: Edit): boolean {
  return isSamePlace(one.place, other.place) && one.text === other.text;
}

function isSamePlace(one: Place, other: Place): boolean {
  return one.file === other.file && one.start === other.start && one.end === other.end;
}

function sameUse(one: Use, other: Use): boolean {
  const [here, there] = [placeOf(one.statement.line), placeOf(other.statement.line)];
  return here === there && told(one.words) === told(other.words);
}

function placeOf(line: Text): string {
  const [own] = originOf(line);
  return own ? `${own.file}:${own.start}` : '';
}

function sameButMoved(
  before: readonly Configuration[],
  after: readonly Configuration[],
  moveOf: (use: Use) => Move | undefined,
): boolean {
  return before.every((one, index) => {
    const other = after[index];
    return (
      other !== undefined &&
      one.blocks.length === other.blocks.length &&
      one.statements.length === other.statements.length &&
      one.includes.length === other.includes.length &&
      one.statements.every((statement, at) => sameStatement(statement, other.statements[at], moveOf))
    );
  });
}

function sameStatement(
  before: Statement,
  after: Statement | undefined,
  moveOf: (use: Use) => Move | undefined,
): boolean {
  if (!after) return false;
  if (before.line.chars === after.line.chars) return true;
  const [old, made] = [useOf(before), useOf(after)];
  const move = old && moveOf(old);
  return move && made ? commandOf(made) === commandOf(old, move) : false;
}

function isMoved(
  use: Use,
  before: readonly Configuration[],
  after: readonly Configuration[],
  moveOf: (use: Use) => Move | undefined,
): boolean {
  return before.every(({ statements }, index) => {
    const at = statements.indexOf(use.statement);
    const now = at < 0 ? undefined : after[index]?.statements[at];
    const made = now && useOf(now);
    return at < 0 || (made ? commandOf(made) === commandOf(use, moveOf(use)) : false);
  });
}

/** All that a use says: keyword, command and what it runs as. */
function commandOf(use: Use, move?: Move): string {
  const words = use.words.map((word) => word.chars);
  const command = move ? [move.path, ...words.slice(move.drops)] : words;
  return JSON.stringify([use.keyword, command, use.runAs]);
}

function told(words: readonly Text[]): string {
  return JSON.stringify(words.map((word) => word.chars));
}
