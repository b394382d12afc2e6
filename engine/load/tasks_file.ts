import { dirname, join } from 'node:path';
import { place } from '../error_text.ts';
import { FettleError, type Position } from '../errors.ts';
import type { Around, Link } from './around.ts';
import { findFile } from './find_file.ts';
import type { Step } from './playbook.ts';
import { readFailure } from './read_failure.ts';
import type { YamlNode } from './yaml_node.ts';

/** The file that `import_tasks` or `include_tasks` means: beside the file that names it, in its role, or beside the playbook. */
export function findTasks(name: string, at: Position, around: Around): Promise<string> {
  const { role } = around.inherited;
  const folders = [
    dirname(at.file),
    ...(role ? [join(role.path, 'tasks')] : []),
    around.playFolder,
    join(around.playFolder, 'tasks'),
  ];
  return findFile(name, folders, at);
}

/** The steps of a file of tasks. Throws FettleError where it cannot be read; mistakes in it go to the mistakes. */
export async function stepsOfFile(
  path: string,
  link: Omit<Link, 'key'>,
  around: Around,
): Promise<readonly Step[]> {
  checkChain(path, link, around.chain);
  const { inherited } = around;
  const chain = [...around.chain, { ...link, key: path }];
  // A role's files are in the folders that roles have for them.
  const folders = inherited.role ? inherited.folders : [...new Set([dirname(path), ...inherited.folders])];
  const source = await around.loading.read(path).catch((error: unknown) => readFailure(path, link.at, error));
  const { root } = source;
  if (root?.kind !== 'list' && root !== null && !(root.kind === 'scalar' && root.value === null))
    throw new FettleError('playbook', {
      summary: 'A file of tasks is a list',
      next: 'Start each task with `- `, in the first column.',
      position: root.at,
    });
  const play = root?.kind === 'list' ? root.items.find(isPlay) : undefined;
  if (play)
    throw new FettleError('playbook', {
      summary: 'This is a play, where tasks are wanted',
      detail: `It is read as a file of tasks at ${place(link.at)}.`,
      next: 'Take `import_playbook` for a whole playbook, or leave only the tasks in the file.',
      position: play.at,
    });
  return around.loading.loadSteps('tasks', root ?? undefined, {
    ...around,
    chain,
    inherited: { ...inherited, folders },
  });
}

/** Throws FettleError where a file or role is on the way to itself without ever being chosen when it is reached. */
export function checkChain(
  key: string,
  link: Omit<Link, 'key'>,
  chain: readonly Link[],
  next = 'Take `include_tasks` with a `when` where it is meant to go round; else remove the import.',
): void {
  if (link.included) return;
  const since = chain.slice(
    Math.max(
      chain.findLastIndex(({ included }) => included),
      0,
    ),
  );
  const start = since.findIndex((each) => each.key === key);
  if (start < 0) return;
  const ways = [...since.slice(start + 1).map(({ at }) => at), link.at];
  throw new FettleError('playbook', {
    summary: `${key} imports itself`,
    detail: [...ways.map(place), key].join(' → '),
    next,
    position: link.at,
  });
}

function isPlay(node: YamlNode): boolean {
  return (
    node.kind === 'map' && (node.get('hosts') !== undefined || node.get('import_playbook') !== undefined)
  );
}
