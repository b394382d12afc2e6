import { cut, join, type Text, trimmed } from './text.ts';

/**
 * A line without its comment and without blanks at its ends. `#` and `!` begin a comment but for those within double
 * quotes and behind a backslash, which goes. A backslash at the end stays, with no blank before it. (lib/parser.c, decomment)
 */
export function withoutComment(line: Text): Text {
  let kept = trimmed(line);
  let quoted = false;
  let comment: number | undefined;
  let goesOn: Text | undefined;
  for (let at = 0; at < kept.chars.length; at += 1) {
    const char = kept.chars[at];
    if (char === '"') {
      if (comment === undefined) quoted = !quoted;
    } else if (char === '\\') {
      const next = kept.chars[at + 1];
      if (next === undefined) {
        goesOn = cut(kept, at);
        kept = cut(kept, 0, at);
      } else if (!quoted && (next === '#' || next === '!')) {
        kept = join(cut(kept, 0, at), cut(kept, at + 1));
      } else {
        at += 1;
      }
    } else if ((char === '#' || char === '!') && !quoted && comment === undefined) {
      comment = at;
    }
  }
  const text = trimmed(comment === undefined ? kept : cut(kept, 0, comment));
  return goesOn ? join(text, goesOn) : text;
}
