import { type Actions, actionsOf, allBad } from './control.ts';
import { type PamLine, type PamText, readPamText, type Word } from './lines.ts';

/** The four stacks of a service. */
export const pamTypes = ['auth', 'account', 'password', 'session'] as const;
export type PamType = (typeof pamTypes)[number];

/** The service files of a host, by their absolute paths. */
export interface PamConfiguration {
  /** One character a byte; null where the file is there and cannot be read. */
  readonly texts: Readonly<Record<string, string | null>>;
  /** Where a service's file is looked for, the first wins. */
  readonly directories: readonly string[];
  /** Whether this libpam knows `@include`, which Debian's does. */
  readonly atInclude: boolean;
}

/** One entry of a stack, all files that are included gone into. */
export interface Handler {
  /** `fail`: a line that libpam cannot use, which always gives perm_denied; `substack`: where one begins. */
  readonly kind: 'module' | 'substack' | 'fail';
  readonly type: PamType;
  /** How deep it is in substacks. */
  readonly level: number;
  readonly actions: Actions;
  /** The module as it is written, "pam_unix.so"; the file's name for a substack. */
  readonly module: string;
  readonly args: readonly string[];
  /** A leading `-`: libpam says nothing of a module that is not there. */
  readonly silent: boolean;
  readonly file: string;
  readonly line: number;
}

/** The stacks that libpam would walk for a service, or why it would refuse all of them. */
export interface Stacks {
  readonly stacks: Readonly<Record<PamType, readonly Handler[]>>;
  readonly broken: string | null;
}

/** How a line of a service file is to be read. */
export interface Rule {
  readonly line: PamLine;
  readonly silent: boolean;
  /** null where the first word is none. */
  readonly type: PamType | '@include' | null;
  readonly control: Word | undefined;
  /** The module, or the file of an include or substack. */
  readonly target: Word | undefined;
  readonly args: readonly Word[];
  readonly includes: 'include' | 'substack' | null;
}

const deepest = 16;
const other = 'other';

/** The stacks of a service; those of `other` where it has no lines of a type, or no file (Linux-PAM's pam_handlers.c). */
export function stacksOf(configuration: PamConfiguration, service: string): Stacks {
  const own = new Loader(configuration);
  const loaded = own.load(service.startsWith('/') ? service : service.toLowerCase(), null, 0, 0);
  if (loaded === 'broken') return { stacks: empty(), broken: own.why };
  const fallback = new Loader(configuration);
  const rest = fallback.load(other, null, 0, 0);
  if (rest === 'broken') return { stacks: empty(), broken: fallback.why };
  if (loaded === 'absent' && rest === 'absent')
    return { stacks: empty(), broken: `there is no file for ${service}, nor for ${other}` };
  const stacks = empty();
  for (const type of pamTypes)
    stacks[type].push(...(own.stacks[type].length > 0 ? own : fallback).stacks[type]);
  return { stacks, broken: null };
}

/** The lines of a service file with their meaning. */
export function rulesOf({ lines }: Pick<PamText, 'lines'>, atInclude: boolean): readonly Rule[] {
  return lines.flatMap((line): Rule[] => {
    const [first, ...rest] = line.words;
    if (!first) return [];
    if (atInclude && first.text.toLowerCase() === '@include') {
      const [target, ...args] = rest;
      return [
        { line, silent: false, type: '@include', control: undefined, target, args, includes: 'include' },
      ];
    }
    const silent = first.text.startsWith('-');
    const name = first.text.slice(silent ? 1 : 0).toLowerCase();
    const type = pamTypes.find((one) => one === name) ?? null;
    const [control, target, ...args] = rest;
    const word = control?.text.toLowerCase();
    const includes = word === 'include' || word === 'substack' ? word : null;
    return [{ line, silent, type, control, target, args, includes }];
  });
}

/** How many modules a jump counts a line for: a substack is one, an include all that it brings. */
export function weightOf(configuration: PamConfiguration, rule: Rule, type: PamType): number {
  if (rule.includes !== 'include' || !rule.target) return 1;
  const loader = new Loader(configuration);
  const loaded = loader.load(rule.target.text, type, 1, 0);
  const count = loader.stacks[type].filter(({ level }) => level === 0).length;
  return loaded === 'loaded' ? count : count + 1;
}

/** The file that a name in a service file, or a service's own name, leads to. */
export function fileOf({ texts, directories }: PamConfiguration, name: string): string | undefined {
  const places = name.startsWith('/') ? [name] : directories.map((directory) => `${directory}/${name}`);
  return places.find((place) => typeof texts[place] === 'string');
}

class Loader {
  readonly stacks = empty();
  why = '';
  readonly #configuration: PamConfiguration;

  constructor(configuration: PamConfiguration) {
    this.#configuration = configuration;
  }

  /** Puts a file's lines of a type (null: of all types) into the stacks, below what is there. */
  load(name: string, wanted: PamType | null, depth: number, level: number): 'loaded' | 'absent' | 'broken' {
    if (depth >= deepest) return 'absent';
    const file = fileOf(this.#configuration, name);
    if (file === undefined) return 'absent';
    const text = readPamText(this.#configuration.texts[file] as string);
    for (const rule of rulesOf(text, this.#configuration.atInclude))
      if (this.#add(rule, file, wanted, depth, level) === 'broken') return 'broken';
    return text.truncated ? this.#breaks(`the last line of ${file} ends in a backslash`) : 'loaded';
  }

  #breaks(why: string): 'broken' {
    this.why = why;
    return 'broken';
  }

  #add(rule: Rule, file: string, wanted: PamType | null, depth: number, level: number): 'loaded' | 'broken' {
    const { control, target, includes } = rule;
    if (rule.type === '@include') {
      const loaded = target ? this.load(target.text, wanted, depth + 1, level) : 'absent';
      if (loaded === 'loaded') return 'loaded';
      if (wanted !== null) this.#push('fail', rule, file, wanted, level);
      else if (loaded === 'absent')
        this.why = `${file}, line ${rule.line.number}, includes a file that is not there`;
      return wanted === null ? 'broken' : 'loaded';
    }
    const type = rule.type ?? wanted ?? 'auth';
    if (wanted !== null && type !== wanted) return 'loaded';
    if (includes) {
      // libpam 1.5 crashes here.
      if (!target) return this.#breaks(`${file}, line ${rule.line.number}, includes a file without a name`);
      const inner = level + (includes === 'substack' ? 1 : 0);
      if (includes === 'substack') this.#push('substack', rule, file, type, level);
      if (this.load(target.text, type, depth + 1, inner) !== 'loaded')
        this.#push('fail', rule, file, type, level);
      return 'loaded';
    }
    this.#push(control && target && rule.type ? 'module' : 'fail', rule, file, type, level);
    return 'loaded';
  }

  #push(kind: Handler['kind'], rule: Rule, file: string, type: PamType, level: number): void {
    this.stacks[type].push({
      kind,
      type,
      level,
      actions: rule.control && !rule.includes ? actionsOf(rule.control.text) : allBad,
      module: rule.target?.text ?? '',
      args: rule.args.map(({ text }) => text),
      silent: rule.silent,
      file,
      line: rule.line.number,
    });
  }
}

function empty(): Record<PamType, Handler[]> {
  return { auth: [], account: [], password: [], session: [] };
}
