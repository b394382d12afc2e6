import { readFile } from 'node:fs/promises';
import { FettleError } from '../errors.ts';
import type { Registry } from './find_module.ts';
import { loadPlay } from './load_play.ts';
import { Mistakes } from './mistakes.ts';
import type { Play, Playbook } from './playbook.ts';
import { parseYaml, type YamlFile } from './yaml.ts';
import type { YamlList } from './yaml_node.ts';

/** What loading needs beside the file. */
export interface LoadOptions {
  readonly registry: Registry;
  /** Whether tasks become another user where the playbook says nothing (`-b`). */
  readonly become?: boolean;
}

/**
 * Reads a playbook, compiles every text and expression in it and checks all that can be checked without a host.
 * Throws FettleErrors with every mistake, in the order of the file.
 */
export async function loadPlaybook(file: string, options: LoadOptions): Promise<Playbook> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new FettleError('usage', {
      summary: `Cannot read the playbook ${file}`,
      detail: error instanceof Error ? error.message : undefined,
      next: 'Give the path of a playbook.',
      cause: error,
    });
  });
  return readPlaybook(parseYaml(text, file, 'playbook'), options);
}

/** The same of a file that is parsed already. */
export async function readPlaybook(source: YamlFile, options: LoadOptions): Promise<Playbook> {
  const mistakes = new Mistakes(source.kind);
  let id = 0;
  const around = {
    registry: options.registry,
    mistakes,
    become: options.become ?? false,
    nextId: () => id++,
  };
  const plays: Play[] = [];
  for (const item of playList(source, mistakes)?.items ?? []) {
    const play = await loadPlay(item, around);
    if (play) plays.push(play);
  }
  mistakes.throw();
  return { file: source.file, plays };
}

function playList(source: YamlFile, mistakes: Mistakes): YamlList | undefined {
  const { root } = source;
  if (root?.kind === 'list' && root.items.length > 0) return root;
  const isPlay = root?.kind === 'map' && root.get('hosts') !== undefined;
  mistakes.add(root?.at ?? source.position(0), {
    summary:
      root === null || root.kind === 'list' ? 'This playbook is empty' : 'A playbook is a list of plays',
    next: isPlay
      ? 'Start the play with `- `: `- hosts: …`, and indent the rest.'
      : 'Start it with `- hosts: all`.',
  });
  return undefined;
}
