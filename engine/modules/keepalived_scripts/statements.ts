import type { Text } from './text.ts';
import { wordsOf } from './words.ts';

/** A `{…}` and the words before it: `vrrp_script check`. */
export interface Block {
  readonly keyword: string;
  readonly name: string;
  readonly parent: Block | null;
  /** Its opening brace. */
  readonly brace: Text;
}

/** One statement of a configuration. */
export interface Statement {
  readonly line: Text;
  /** Quotes and escapes undone; null where a quote is open. */
  readonly words: readonly Text[] | null;
  readonly keyword: string;
  /** Null at the top. */
  readonly block: Block | null;
}

/** The statements of a reading, each with the block that it stands in; block headers are among them. */
export function statementsOf(lines: readonly Text[]): {
  readonly statements: readonly Statement[];
  readonly blocks: readonly Block[];
} {
  const statements: Statement[] = [];
  const blocks: Block[] = [];
  const open: Block[] = [];
  let header: Statement | undefined;
  for (const line of lines) {
    if (line.chars === '{') {
      const [keyword = '', name = ''] = (header?.words ?? []).map((word) => word.chars);
      const block = { keyword, name, parent: open.at(-1) ?? null, brace: line };
      blocks.push(block);
      open.push(block);
      header = undefined;
    } else if (line.chars === '}') {
      open.pop();
      header = undefined;
    } else {
      const words = wordsOf(line);
      const keyword = words?.[0]?.chars ?? /^\S*/.exec(line.chars)?.[0] ?? '';
      header = { line, words, keyword, block: open.at(-1) ?? null };
      statements.push(header);
    }
  }
  return { statements, blocks };
}
