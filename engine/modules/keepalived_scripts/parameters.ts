import { cut, join, madeText, originOf, type Text, trimmed } from './text.ts';

/** What `$NAME` stands for: a text, or several lines. */
type Meaning =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'lines'; lines: readonly Text[] };

/** A line in which parameters were replaced; `more` follows it where one of them has several lines. */
export interface Replaced {
  readonly line: Text;
  readonly more: readonly Text[];
}

/** A line may not grow endlessly by a parameter that names itself. */
const mostReplacements = 500;

/** The parameters of one reading, and what they stand for at this place of it. (keepalived.conf(5), Parameter substitution) */
export class Parameters {
  readonly #meanings = new Map<string, Meaning>();
  readonly #made: (name: string) => string | undefined;

  /** `made` tells the parameters that keepalived makes up: `_PWD`, `_INSTANCE`. */
  constructor(made: (name: string) => string | undefined) {
    this.#made = made;
  }

  set(name: string, text: Text): void {
    this.#meanings.set(name, { kind: 'text', text });
  }

  /** Takes a line `$NAME=…`; null where it is none. Further lines of it go to `more`, until one does not end in a backslash. */
  define(line: Text): { more(next: Text): boolean } | 'whole' | null {
    const found = /^\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*/.exec(line.chars);
    if (!found) return null;
    const name = found[1] as string;
    const value = cut(line, found[0].length);
    if (!value.chars.endsWith('\\')) {
      this.#meanings.set(name, { kind: 'text', text: value });
      return 'whole';
    }
    const first = withoutEnd(value);
    const meaning: Meaning = { kind: 'lines', lines: first.chars === '' ? [] : [first] };
    this.#meanings.set(name, meaning);
    return {
      more: (next) => {
        const goesOn = next.chars.endsWith('\\');
        const text = goesOn ? withoutEnd(next) : next;
        if (text.chars !== '') meaning.lines = [...meaning.lines, text];
        return goesOn;
      },
    };
  }

  /** Puts in what the parameters of a line stand for, and what stands in that; null where there is none. */
  replace(line: Text): Replaced | null {
    let now = line;
    let more: readonly Text[] = [];
    let count = 0;
    let at = now.chars.indexOf('$');
    while (at >= 0 && count < mostReplacements) {
      const use = useAt(now.chars, at);
      const meaning = use && this.#meaning(use.name, use.end === now.chars.length);
      if (use && meaning) {
        count += 1;
        const value = meaning.kind === 'text' ? meaning.text : (meaning.lines[0] ?? madeText('', []));
        if (meaning.kind === 'lines')
          more = [...meaning.lines.slice(1), ...more].map((one) => through(one, cut(now, at, use.end)));
        now = join(cut(now, 0, at), through(value, cut(now, at, use.end)), cut(now, use.end));
        if (/^[ \t]*~/.test(value.chars)) break;
      } else {
        at += 1;
      }
      at = now.chars.indexOf('$', at);
    }
    return count > 0 ? { line: now, more } : null;
  }

  #meaning(name: string, endsLine: boolean): Meaning | undefined {
    const own = this.#meanings.get(name);
    if (own) return own.kind === 'text' || endsLine ? own : undefined;
    const made = this.#made(name);
    return made === undefined ? undefined : { kind: 'text', text: madeText(made, []) };
  }
}

/** `$NAME` before a blank, a comma, a bracket or the end; `${NAME}` anywhere, with numbers for `_RANDOM`. */
function useAt(chars: string, at: number): { readonly name: string; readonly end: number } | null {
  const rest = chars.slice(at);
  const [all, braced, plain] =
    /^\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?: [ \d]*\d)?\}|([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$))/.exec(rest) ??
    [];
  const name = braced ?? plain;
  return all !== undefined && name !== undefined ? { name, end: at + all.length } : null;
}

/** A value as it stands in the place of the parameter `use`. */
function through(value: Text, use: Text): Text {
  const origin = originOf(use);
  return { chars: value.chars, from: value.from.map((own) => [...own, ...origin]) };
}

function withoutEnd(line: Text): Text {
  return trimmed(cut(line, 0, line.chars.length - 1));
}
