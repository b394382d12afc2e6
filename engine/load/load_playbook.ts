import { readFile } from 'node:fs/promises';
import { dirname, join, isAbsolute } from 'node:path';
import { FettleError } from '../errors.ts';
import { Loading, nothingGathered, type Around } from './around.ts';
import { checkKeys } from './check_keys.ts';
import { Fields } from './fields.ts';
import { plainName, type Registry } from './find_module.ts';
import { inherit, nothingInherited } from './inherited.ts';
import { importPlaybookKeys, playKeys, stepWords } from './keywords.ts';
import { staticName } from './load_import.ts';
import { loadPlay } from './load_play.ts';
import { loadSteps } from './load_steps.ts';
import { Mistakes, type Warn } from './mistakes.ts';
import type { Play, Playbook } from './playbook.ts';
import { readFailure } from './read_failure.ts';
import { selectPlay, type Selection } from './select_tags.ts';
import { checkChain } from './tasks_file.ts';
import { utf8Text } from './utf8_text.ts';
import { parseYaml, type YamlFile } from './yaml.ts';
import type { YamlEntry, YamlMap, YamlNode } from './yaml_node.ts';

/** What loading needs beside the file. */
export interface LoadOptions {
  readonly registry: Registry;
  /** Whether tasks become another user where the playbook says nothing (`-b`). */
  readonly become?: boolean;
  /** Numbers steps over several playbooks of one run; from 0 where absent. */
  readonly nextId?: () => number;
  /** Which tasks are meant (`--tags`, `--skip-tags`); all but those tagged `never` where absent. */
  readonly selection?: Selection;
  /** Handlers run on failed hosts too, whatever the plays say. */
  readonly forceHandlers?: boolean;
  /** Told of what works but should be said. */
  readonly warn?: Warn;
}

/**
 * Reads a playbook and all that it imports, compiles every text and expression and checks all that can be checked
 * without a host. Throws FettleErrors with every mistake, in the order of the files.
 */
export async function loadPlaybook(file: string, options: LoadOptions): Promise<Playbook> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const isFolder = (error as NodeJS.ErrnoException).code === 'EISDIR';
    throw new FettleError('usage', {
      summary: isFolder ? `${file} is a folder, and no playbook` : `Cannot read the playbook ${file}`,
      detail: isFolder || !(error instanceof Error) ? undefined : error.message,
      next: isFolder
        ? `Name a playbook in it, as in ${join(file, 'site.yml')}.`
        : 'Give the path of a playbook.',
      cause: error,
    });
  });
  return readPlaybook(parseYaml(utf8Text(bytes, file, 'playbook'), file, 'playbook'), options);
}

/** The same of a file that is parsed already. */
export async function readPlaybook(source: YamlFile, options: LoadOptions): Promise<Playbook> {
  const warn = once(options.warn ?? (() => undefined));
  const mistakes = new Mistakes(source.kind, warn);
  let id = 0;
  const folder = dirname(source.file);
  const plays = await playsOf(source, {
    loading: new Loading(loadSteps, options.registry, warn, options.selection !== undefined),
    mistakes,
    inherited: nothingInherited(options.become ?? false, [folder]),
    section: 'tasks',
    gathered: nothingGathered(),
    chain: [{ key: source.file, at: source.position(0), included: false }],
    playFolder: folder,
    nextId: options.nextId ?? (() => id++),
  });
  mistakes.throw();
  const selected = plays.map((play) => selectPlay(play, options.selection ?? everything, warn));
  const forced = (play: Play): Play => ({ ...play, forceHandlers: true });
  return { file: source.file, plays: options.forceHandlers ? selected.map(forced) : selected };
}

const everything: Selection = { tags: [], skipTags: [] };

async function playsOf(source: YamlFile, around: Around): Promise<readonly Play[]> {
  const plays: Play[] = [];
  for (const item of playList(source, around.mistakes)) plays.push(...(await playsAt(item, around)));
  return plays;
}

async function playsAt(node: YamlNode, around: Around): Promise<readonly Play[]> {
  if (node.kind !== 'map') {
    around.mistakes.add(node.at, {
      summary: 'A play is a map',
      next: 'Write `- hosts: …` and `tasks:` below it.',
    });
    return [];
  }
  const entry = [...node.entries.values()].find(({ key }) =>
    /^(ansible\.builtin\.)?import_playbook$/.test(key),
  );
  if (entry) return importPlaybook(node, entry, around);
  if (!node.get('hosts') && isTask(node, around)) {
    around.mistakes.add(node.at, {
      summary: 'This is a task, where a play is wanted',
      next: 'Put it below `tasks:` of a play; a file of tasks is read there with `import_tasks`.',
    });
    return [];
  }
  const play = await loadPlay(node, { ...around, gathered: nothingGathered() });
  return play ? [play] : [];
}

async function importPlaybook(node: YamlMap, entry: YamlEntry, around: Around): Promise<readonly Play[]> {
  const { mistakes, loading } = around;
  checkKeys(node, [...importPlaybookKeys, entry.key], '`import_playbook`', mistakes, foreignKey);
  const inherited = inherit(new Fields(node, mistakes), around);
  const name = staticName(new Fields(node, mistakes), entry.key, entry, around, undefined);
  if (name === undefined) return [];
  const path = isAbsolute(name) ? name : join(dirname(node.from.file), name);
  const link = { at: entry.keyAt, included: false };
  const plays = await mistakes.tryAsync(async () => {
    checkChain(path, link, around.chain, 'Remove one of them.');
    const source = await loading
      .read(path)
      .catch((error: unknown) => readFailure(path, entry.value.at, error));
    const folder = dirname(path);
    return playsOf(source, {
      ...around,
      // The main playbook's folder stays one of those where files are looked for.
      inherited: { ...inherited, folders: [...new Set([folder, ...inherited.folders])] },
      chain: [...around.chain, { ...link, key: path }],
      playFolder: folder,
    });
  });
  return plays ?? [];
}

function playList(source: YamlFile, mistakes: Mistakes): readonly YamlNode[] {
  const { root } = source;
  if (root?.kind === 'list' && root.items.length > 0) return root.items;
  const isPlay = root?.kind === 'map' && root.get('hosts') !== undefined;
  const isEmpty = root === null || root.kind === 'list' || (root.kind === 'scalar' && root.value === null);
  mistakes.add(root?.at ?? source.position(0), {
    summary: isEmpty ? 'This playbook is empty' : 'A playbook is a list of plays',
    next: isPlay
      ? 'Start the play with `- `: `- hosts: …`, and indent the rest.'
      : 'Start it with `- hosts: all`.',
  });
  return [];
}

function isTask(node: YamlMap, { loading }: Around): boolean {
  return [...node.entries.keys()].some(
    (key) =>
      Object.hasOwn(loading.registry, plainName(key)) || stepWords.some((word) => word === plainName(key)),
  );
}

function foreignKey(key: string) {
  if (!playKeys.some((each) => each === key)) return undefined;
  return {
    summary: `\`${key}\` does not go with \`import_playbook\``,
    next: 'Write it in the plays of that file.',
  };
}

function once(warn: Warn): Warn {
  const said = new Set<string>();
  return (warning) => {
    const { file, line, column } = warning.position ?? { file: '', line: 0, column: 0 };
    const key = `${warning.message}\0${file}:${line}:${column}`;
    if (said.has(key)) return;
    said.add(key);
    warn(warning);
  };
}
