import { readPamText, type Word } from '../../facts/pam/lines.ts';
import { rulesOf } from '../../facts/pam/stack.ts';
import { type Option, sameValue, type Wanted } from './arguments.ts';

/** A line of pam_faillock. */
export interface FaillockLine {
  readonly number: number;
  readonly type: 'auth' | 'account' | 'other';
  /** preauth, authfail, authsucc; undefined on account lines. */
  readonly step: string | undefined;
  /** The word after which more can be written. */
  readonly last: Word;
  readonly args: readonly Word[];
}

/** The lines of a service file that run pam_faillock. */
export function faillockLines(text: string): readonly FaillockLine[] {
  return rulesOf(readPamText(text), true).flatMap(({ line, type, includes, target, args }) => {
    if (!target || includes || !/(^|\/)pam_faillock(\.so)?$/.test(target.text)) return [];
    return [
      {
        number: line.number,
        type: type === 'auth' || type === 'account' ? type : 'other',
        step: args.map((word) => word.text).find((word) => /^(preauth|authfail|authsucc)$/.test(word)),
        last: args.at(-1) ?? target,
        args,
      },
    ];
  });
}

/** The value of an option on a line, the last one counts; null where the line does not name it. */
export function lineValue(line: FaillockLine, option: Option): string | true | null {
  const word = line.args.findLast(({ text }) => optionOf(text) === option);
  if (!word) return null;
  const equals = word.text.indexOf('=');
  return equals < 0 ? true : word.text.slice(equals + 1);
}

/** The file that a line reads in place of faillock.conf. */
export function confOf({ args }: FaillockLine): string | undefined {
  return args.findLast(({ text }) => text.startsWith('conf='))?.text.slice('conf='.length);
}

/**
 * The text with the options as they are wanted: what a line says is changed or taken out, since it goes before the file;
 * with `adds`, what no file says is added to every line that needs it.
 */
export function withArguments(text: string, wanted: Wanted, adds: boolean): string {
  const edits = faillockLines(text).flatMap((line) => editsOf(text, line, wanted, adds));
  return edits
    .toSorted((one, other) => other.start - one.start)
    .reduce((made, { start, end, by }) => made.slice(0, start) + by + made.slice(end), text);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

function editsOf(text: string, line: FaillockLine, wanted: Wanted, adds: boolean): readonly Edit[] {
  const edits: Edit[] = [];
  let added = '';
  for (const [option, value] of wanted) {
    const words = line.args.filter((word) => optionOf(word.text) === option);
    if (words.length === 0) {
      if (adds && value !== null && belongs(line, option)) added += ` ${wordOf(option, value)}`;
    } else if (value === null) {
      edits.push(...words.map(({ start, end }) => ({ start: blanksBefore(text, start), end, by: '' })));
    } else if (!sameValue(lineValue(line, option), value)) {
      edits.push(...words.map(({ start, end }) => ({ start, end, by: wordOf(option, value) })));
    }
  }
  // A removal may end where the addition begins: the addition comes behind it.
  if (added !== '') edits.unshift({ start: line.last.end, end: line.last.end, by: added });
  return edits;
}

/** Whether an option does something on a line. */
function belongs({ type, step }: FaillockLine, option: Option): boolean {
  if (option === 'dir') return type !== 'other';
  if (option === 'silent') return step === 'preauth';
  return type === 'auth';
}

function wordOf(option: Option, value: string | true): string {
  return value === true ? option : `${option}=${value}`;
}

function optionOf(word: string): string {
  return word.split('=', 1)[0] as string;
}

function blanksBefore(text: string, start: number): number {
  let at = start;
  while (at > 0 && /[ \t]/.test(text[at - 1] as string)) at -= 1;
  return at;
}
