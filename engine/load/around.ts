import { readFile } from 'node:fs/promises';
import type { Position } from '../errors.ts';
import type { Registry } from './find_module.ts';
import type { Inherited } from './inherited.ts';
import type { Mistakes, Warn } from './mistakes.ts';
import type { Step, Task, Variables } from './playbook.ts';
import { utf8Text } from './utf8_text.ts';
import { parseYaml, type YamlFile } from './yaml.ts';
import type { YamlNode } from './yaml_node.ts';

/** What a step takes from around it while it is loaded. */
export interface Around {
  readonly loading: Loading;
  readonly mistakes: Mistakes;
  readonly inherited: Inherited;
  readonly section: 'tasks' | 'handlers';
  /** It stands in the `rescue` of a block, or is imported there. */
  readonly isRescue?: true;
  /** What roles give to the play, or to the include that brings them. */
  readonly gathered: Gathered;
  /** The files that led here, the playbook's own left out. */
  readonly chain: readonly Link[];
  /** The folder of the playbook that the play stands in. */
  readonly playFolder: string;
  nextId(): number;
}

/** Reads a list of tasks and all that may stand among them. `key` names the list in messages. */
export type LoadSteps = (key: string, node: YamlNode | undefined, around: Around) => Promise<readonly Step[]>;

/** One step on the way to a file. */
export interface Link {
  /** Tells the file or role apart. */
  readonly key: string;
  /** The place that names it. */
  readonly at: Position;
  /** It is read only when it is reached. */
  readonly included: boolean;
}

/** What roles leave behind while they are loaded. */
export interface Gathered {
  defaults: Variables;
  vars: Variables;
  /** The roles that need not be loaded once more, by what makes two uses alike. */
  readonly roles: Set<string>;
  /** Handlers follow the steps, so they are read after them. */
  readonly laterHandlers: (() => Promise<readonly Task[]>)[];
}

/** Nothing gathered; `roles` are those of what is around it. */
export function nothingGathered(roles: Iterable<string> = []): Gathered {
  return { defaults: {}, vars: {}, roles: new Set(roles), laterHandlers: [] };
}

/** The handlers that were put off. */
export async function gatherHandlers(gathered: Gathered): Promise<readonly Task[]> {
  const handlers: Task[] = [];
  for (const read of gathered.laterHandlers) handlers.push(...(await read()));
  return handlers;
}

/** Steps that includes bring are numbered from here. */
export const firstIncludedId = 1_000_000;

/** What all files of a run have in common. */
export class Loading {
  /** Reads a list of steps: handed in, since steps hold files that hold steps. */
  readonly loadSteps: LoadSteps;
  readonly registry: Registry;
  readonly warn: Warn;
  /** Whether a choice by tags is made: then two uses of a role with different tags are not alike. */
  readonly choosesTags: boolean;
  readonly #files = new Map<string, Promise<YamlFile>>();
  #included = firstIncludedId;

  constructor(loadSteps: LoadSteps, registry: Registry, warn: Warn, choosesTags: boolean) {
    this.loadSteps = loadSteps;
    this.registry = registry;
    this.warn = warn;
    this.choosesTags = choosesTags;
  }

  /** Reads and parses a file once; throws FettleErrors, or what reading throws. */
  read(path: string): Promise<YamlFile> {
    const before = this.#files.get(path);
    if (before) return before;
    const reading = readFile(path).then((bytes) =>
      parseYaml(utf8Text(bytes, path, 'playbook'), path, 'playbook'),
    );
    this.#files.set(path, reading);
    return reading;
  }

  /** What includes bring is numbered apart, so that the numbers of the playbook itself have no gaps. */
  readonly nextIncludedId = (): number => this.#included++;
}
