import { CannotPlan } from '../../contract/change.ts';
import type { FileType } from '../../facts/file_contexts.ts';
import type { LabelledPath } from '../../facts/selinux_labels.ts';

/**
 * The longest path above everything that a regular expression can match: "/srv/www" of "/srv/www(/.*)?".
 * What is meant as a character and not as a sign has a backslash before it.
 */
export function stemOf(target: string): string {
  if (hasAlternatives(target)) return '/';
  let literal = '';
  let at = 0;
  while (at < target.length) {
    const char = target[at] as string;
    const next = target[at + 1];
    let step = 1;
    let plain: string | null = char;
    if (char === '\\') {
      plain = next !== undefined && !/[A-Za-z0-9]/.test(next) ? next : null;
      step = 2;
    } else if (/[.^$?*+|[({]/.test(char)) plain = null;
    if (plain === null) break;
    // A quantifier takes the character before it along.
    if (/[?*+{]/.test(target[at + step] ?? '')) break;
    literal += plain;
    at += step;
  }
  // All of it is a path; else the last name may be but the beginning of one.
  const rest = target.slice(at);
  if (rest === '' || /^(\(\/\.\*\)\?|\(\/\.\*\)|\(\/[^)]*\)\?)$/.test(rest)) return tidy(literal);
  return tidy(literal.slice(0, literal.lastIndexOf('/') + 1));
}

/** Whether a rule is for a path, as libselinux reads its regular expressions (PCRE, the whole path). */
export function isFor(target: string, ftype: FileType): (one: LabelledPath) => boolean {
  const pattern = compiled(target);
  return ({ path, kind }) => (ftype === 'a' || kindOf[ftype] === kind) && pattern.test(path);
}

const kindOf: Readonly<Record<Exclude<FileType, 'a'>, LabelledPath['kind']>> = {
  f: 'file',
  d: 'directory',
  c: 'char',
  b: 'block',
  s: 'socket',
  l: 'link',
  p: 'fifo',
};

/** Whether a `|` parts the whole expression, not what stands in brackets. */
function hasAlternatives(target: string): boolean {
  const bare = target.replaceAll(/\\[^]|\[\^?\]?(?:\[:\w+:\]|[^\]])*\]/g, '');
  let depth = 0;
  for (const sign of bare) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (sign === '|' && depth === 0) return true;
  }
  return false;
}

/** Characters of POSIX classes, which PCRE knows within brackets and JavaScript does not. */
const classes: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

/** Escapes that mean something to PCRE alone; JavaScript would take the letter. */
const foreignEscape = /^\\[AEGHKLNPQRUVXZaeghlopuz]$/;

function compiled(target: string): RegExp {
  const unreadable = (what: string) =>
    new CannotPlan(`${what} is no regular expression that can be read here`, {
      next: 'check its brackets, write it more simply, or set `relabel: false`',
    });
  if (target.match(/\\[^]/g)?.some((escape) => foreignEscape.test(escape))) throw unreadable(target);
  const plain = Buffer.from(target, 'utf8')
    .toString('latin1')
    .replaceAll(/\[:(\w+):\]/g, (all, name: string) => {
      const meant = classes[name];
      if (meant === undefined) throw unreadable(`${all} in ${target}`);
      return meant;
    });
  try {
    return new RegExp(`^(?:${plain})$`, 's');
  } catch {
    throw unreadable(target);
  }
}

function tidy(path: string): string {
  return path.replace(/\/+$/, '') || '/';
}
