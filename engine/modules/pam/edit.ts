import { CannotPlan } from '../../contract/change.ts';
import { jumpsOf } from '../../facts/pam/control.ts';
import { readPamText } from '../../facts/pam/lines.ts';
import { type PamConfiguration, type PamType, type Rule, rulesOf, weightOf } from '../../facts/pam/stack.ts';
import type { PamArgs } from './arguments.ts';
import { adaptJumps, type Counted, replaced } from './jumps.ts';
import { managedBlock } from './managed.ts';
import { rangeOf } from './place.ts';
import { isMeant, lineChanges, newLine, readable, typesOf } from './wanted.ts';

/** A file as it is to be. */
export interface Edited {
  readonly text: string;
  /** What is done, in words; empty where all is as wanted. */
  readonly what: readonly string[];
  /** The number of the line that is new or was moved. */
  readonly placed: number | null;
}

/** Edits a service file by what is wanted of its lines; all others stay as they are. Throws CannotPlan. */
export function editPam(text: string, file: string, args: PamArgs, configuration: PamConfiguration): Edited {
  const page = new Page(text, file, args, configuration);
  if (readPamText(text).truncated)
    throw new CannotPlan(`the last line of ${file} ends in a backslash`, { next: 'mend it first' });
  if ((args.state ?? 'present') === 'absent') page.remove();
  else if (page.meant().length > 0) page.change();
  else if (args.state !== 'updated') page.add();
  return { text: page.text, what: page.what, placed: page.placed };
}

class Page {
  text: string;
  placed: number | null = null;
  readonly what: string[] = [];
  readonly #file: string;
  readonly #args: PamArgs;
  readonly #configuration: PamConfiguration;

  constructor(text: string, file: string, args: PamArgs, configuration: PamConfiguration) {
    this.text = text;
    this.#file = file;
    this.#args = args;
    this.#configuration = configuration;
  }

  meant(): readonly Rule[] {
    return this.#rules().filter((rule) => isMeant(rule, this.#args));
  }

  remove(): void {
    for (let [rule] = this.meant(); rule; [rule] = this.meant()) {
      this.what.push(`take out ${this.#shown(rule)}`);
      this.#cut(rule);
    }
  }

  change(): void {
    for (let index = 0; index < this.meant().length; index += 1) {
      const rule = this.meant()[index] as Rule;
      const pieces = lineChanges(rule, this.#args);
      if (pieces.length === 0) continue;
      const old = this.#shown(rule);
      this.text = replaced(this.text, pieces);
      const now = this.meant()[index];
      this.what.push(`${old} → ${now ? this.#shown(now) : 'a line of other arguments'}`);
    }
    if (this.#args.before !== undefined || this.#args.after !== undefined) this.#order();
  }

  add(): void {
    const { control, module, before, after } = this.#args;
    const [type, ...more] = typesOf(this.#args);
    if (type === undefined || more.length > 0)
      throw new CannotPlan(
        `there is no line of ${module} in ${this.#file}, and \`type\` does not name one stack for it`,
      );
    if (control === undefined)
      throw new CannotPlan(`there is no line of ${module} in ${type} of ${this.#file}`, {
        next: 'say `control`, and `before` or `after`, to add one; or state: updated to change those that are there',
      });
    const lines = this.#counted(type);
    if (lines.length > 0 && before === undefined && after === undefined)
      throw new CannotPlan(`it is not said where the line of ${module} goes`, {
        next: 'say `before` or `after`: all, passwords, or a module of the stack',
      });
    const at = this.#place(lines);
    const like = (lines[at - 1] ?? lines[at])?.rule;
    const line = newLine(this.#args, type, like, this.text);
    this.what.push(`add "${readable(line.trim())}"`);
    this.#paste(type, at, line);
  }

  #order(): void {
    const misplaced = this.meant().filter((rule) => {
      const lines = this.#counted(rule.type as PamType);
      const at = lines.findIndex((one) => one.rule.line.start === rule.line.start);
      const { first, last } = rangeOf(lines.toSpliced(at, 1), this.#args, this.#file);
      return at < first || at > last;
    });
    const [rule] = misplaced;
    if (!rule) return;
    const isOne = this.meant().length === 1;
    if (!isOne || jumpsOf(rule.control?.text ?? '').length > 0)
      throw new CannotPlan(
        `${this.#file}, line ${rule.line.number} stands elsewhere, and cannot be moved: ${isOne ? 'it jumps' : 'several lines are meant'}`,
        { next: 'tell the line by `matching`, or take it out first (`state: absent`)' },
      );
    const type = rule.type as PamType;
    const line = `${this.text.slice(rule.line.start, rule.line.end).replace(/\n$/, '')}\n`;
    this.what.push(`move ${this.#shown(rule)}`);
    this.#cut(rule);
    this.#paste(type, this.#place(this.#counted(type)), line);
  }

  #place(lines: readonly Counted[]): number {
    if (lines.length === 0) return 0;
    const { first, last } = rangeOf(lines, this.#args, this.#file);
    return this.#args.after === undefined ? last : first;
  }

  #cut(rule: Rule): void {
    const lines = this.#counted(rule.type as PamType);
    const at = lines.findIndex((one) => one.rule.line.start === rule.line.start);
    const jumps = adaptJumps(this.text, lines, at, 'goes');
    this.text = replaced(this.text, [...jumps, { start: rule.line.start, end: rule.line.end, text: '' }]);
  }

  #paste(type: PamType, at: number, line: string): void {
    const lines = this.#counted(type);
    const start = this.#offset(lines, at);
    const isOpen = start > 0 && this.text[start - 1] !== '\n';
    const jumps = adaptJumps(this.text, lines, at, 'comes');
    this.text = replaced(this.text, [...jumps, { start, end: start, text: `${isOpen ? '\n' : ''}${line}` }]);
    const { rule } = this.#counted(type)[at] as Counted;
    this.placed = rule.line.number;
  }

  #offset(lines: readonly Counted[], at: number): number {
    const { before, after } = this.#args;
    const block = managedBlock(this.text);
    const [above, below] = [lines[at - 1]?.rule.line.end, lines[at]?.rule.line.start];
    const offset = (after === undefined ? (below ?? above) : (above ?? below)) ?? this.text.length;
    const isInside = block !== null && offset > block.start && offset < block.end;
    if (isInside && before === 'all') return block.start;
    return isInside && after === 'all' ? block.end : offset;
  }

  #rules(): readonly Rule[] {
    return rulesOf(readPamText(this.text), this.#configuration.atInclude);
  }

  #counted(type: PamType): readonly Counted[] {
    return this.#rules()
      .filter(
        (rule) => rule.type === type || rule.type === '@include' || (rule.type === null && type === 'auth'),
      )
      .map((rule) => ({ rule, weight: weightOf(this.#configuration, rule, type) }));
  }

  #shown({ line }: Rule): string {
    const text = this.text.slice(line.start, line.end);
    return `"${readable(text).replaceAll(/\\\n/g, ' ').replaceAll(/\s+/g, ' ').trim()}"`;
  }
}
