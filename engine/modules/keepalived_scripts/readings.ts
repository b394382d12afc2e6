import { type ConfigTree, type Included, readLines } from './read_lines.ts';
import { type Block, type Statement, statementsOf } from './statements.ts';
import { type Use, useOf } from './uses.ts';

/** A configuration as keepalived with one `--config-id` has it. */
export interface Configuration {
  readonly id: string;
  readonly statements: readonly Statement[];
  readonly blocks: readonly Block[];
  readonly uses: readonly Use[];
  readonly includes: readonly Included[];
  readonly problems: readonly string[];
}

const mostIds = 24;

/** A configuration read as this node, and as each other that its conditions (`@id`, `@^id`) name. */
export function readAll(tree: ConfigTree, node: string): readonly Configuration[] {
  return idsOf(tree, node).map((id) => {
    const { lines, includes, problems } = readLines(tree, id);
    const { statements, blocks } = statementsOf(lines);
    const uses = statements.flatMap((statement) => useOf(statement) ?? []);
    return { id, statements, blocks, uses, includes, problems };
  });
}

function idsOf(tree: ConfigTree, node: string): readonly string[] {
  const named = tree.files.flatMap(({ text }) =>
    [...(text ?? '').matchAll(/(?:^|[\s={])@\^?([^\s@^]+)(?=[ \t])/g)].map((found) => found[1] as string),
  );
  return [...new Set([node, ...named])].slice(0, mostIds);
}
