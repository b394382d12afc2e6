import { actionsOf } from '../../facts/pam/control.ts';
import { moduleFile } from '../../facts/pam/modules.ts';
import { returnCodes } from '../../facts/pam/returns.ts';
import { type PamType, pamTypes, type Rule } from '../../facts/pam/stack.ts';
import type { PamArgs } from './arguments.ts';
import type { Replacement } from './jumps.ts';

/** The stacks in which lines are meant. */
export function typesOf({ type }: PamArgs): readonly PamType[] {
  if (type === undefined) return pamTypes;
  return typeof type === 'string' ? [type] : type;
}

/** Whether a line is one that is meant. */
export function isMeant(rule: Rule, args: PamArgs): boolean {
  const isType = typesOf(args).some((type) => type === rule.type);
  const told = rule.args.map(({ text }) => text);
  const must = [...(args.matching ?? []), ...rolesOf(args)];
  return (
    isType &&
    rule.includes === null &&
    isModule(rule, args.module) &&
    must.every((word) => told.includes(word))
  );
}

/** Whether a line is of a module; the path to it and `.so` do not count. */
export function isModule({ target }: Rule, module: string): boolean {
  return target !== undefined && bare(target.text) === bare(module);
}

/** What of a line's text is to be other. */
export function lineChanges(rule: Rule, args: PamArgs): readonly Replacement[] {
  const { control, target } = rule;
  const pieces: Replacement[] = [];
  if (control && args.control !== undefined && !isSameControl(control.text, args.control))
    pieces.push({ start: control.start, end: control.end, text: args.control });
  const old = rule.args.map(({ text }) => text);
  const wanted = wantedArgs(old, args);
  const isAppended = old.every((word, index) => word === wanted[index]);
  if (isAppended) {
    const more = wanted.slice(old.length).map((word) => ` ${spelled(word)}`);
    const end = rule.args.at(-1)?.end ?? target?.end ?? 0;
    if (more.length > 0) pieces.push({ start: end, end, text: more.join('') });
    return pieces;
  }
  const first = rule.args[0]?.start ?? 0;
  const last = rule.args.at(-1)?.end ?? 0;
  const gone = wanted.length === 0;
  const kept = wanted.length === old.length;
  if (kept)
    for (const [index, word] of rule.args.entries()) {
      const text = wanted[index] as string;
      if (text !== word.text) pieces.push({ start: word.start, end: word.end, text: spelled(text) });
    }
  else
    pieces.push({
      start: gone ? (target?.end ?? first) : first,
      end: last,
      text: wanted.map(spelled).join(' '),
    });
  return pieces;
}

/** The text of a new line, laid out as a neighbour is. */
export function newLine(args: PamArgs, type: PamType, like: Rule | undefined, text: string): string {
  const own = [type, args.control ?? 'required', args.module];
  const words = like ? [like.line.words[0], like.control, like.target] : [];
  const laid = own.map((word, index) => {
    const [here, next] = [words[index], words[index + 1]];
    if (index === 2) return word;
    if (!here || !next) return `${word}\t`;
    const gap = text.slice(here.end, next.start);
    if (!/^ {2,}$/.test(gap)) return `${word}${/^[ \t]+$/.test(gap) ? gap : ' '}`;
    return `${word} `.padEnd(next.start - here.start + (like?.silent && index === 0 ? -1 : 0));
  });
  const more = wantedArgs(args.args ?? [], args).map((word) => ` ${spelled(word)}`);
  return `${laid.join('')}${more.join('')}\n`;
}

/** Text of a file, one character a byte, for people. */
export function readable(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** The arguments of pam_faillock that tell its lines apart. */
function rolesOf({ module, args, args_present, type }: PamArgs): readonly string[] {
  if (bare(module) !== 'pam_faillock' || type === 'account') return [];
  return [...(args ?? []), ...(args_present ?? [])].filter((word) =>
    /^(?:preauth|authfail|authsucc)$/.test(word),
  );
}

function wantedArgs(old: readonly string[], args: PamArgs): readonly string[] {
  const wanted = [...(args.args ?? old)];
  for (const word of args.args_present ?? []) {
    const key = keyOf(word);
    const at = wanted.findIndex((one) => one === word || (key !== null && keyOf(one) === key));
    if (at < 0) wanted.push(word);
    else wanted[at] = word;
  }
  const gone = new Set(args.args_absent ?? []);
  return wanted.filter((word) => !gone.has(word) && !gone.has(keyOf(word) ?? ''));
}

function keyOf(word: string): string | null {
  const equals = word.indexOf('=');
  return equals > 0 ? word.slice(0, equals) : null;
}

function isSameControl(one: string, other: string): boolean {
  const stripped = other.startsWith('[') ? other.slice(1, -1) : other;
  const [first, second] = [actionsOf(one), actionsOf(stripped)];
  return returnCodes.every((code) => first[code] === second[code]);
}

function spelled(word: string): string {
  return /[ \t[\]]/.test(word) ? `[${word.replaceAll(']', '\\]')}]` : word;
}

function bare(module: string): string {
  return moduleFile(module).replace(/\.so$/, '');
}
