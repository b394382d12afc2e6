import type { YAMLError } from 'yaml';
import type { ErrorParts } from '../errors.ts';

/** What a syntax error of the parser most likely is, in the words of someone who writes YAML, and where to look. */
export function explainSyntax(text: string, error: YAMLError): { at: number; parts: ErrorParts } {
  const at = error.pos[0];
  const line = lineAround(text, at);
  if (/(^|[:\-,[]\s+)\{\{/.test(line.text))
    return { at: text.indexOf('{{', line.start), parts: unquoted(line.text) };
  if (/(^|[:-]\s+)\{%/.test(line.text))
    return { at: text.indexOf('{%', line.start), parts: { summary: '`{% … %}` is Jinja', next: jinjaNext } };
  const tab = /^[ -]*\t/.exec(line.text);
  if (tab) return { at: line.start + tab[0].length - 1, parts: tabAsIndent };
  return (mistakes[error.code] ?? unknown)({ text, at, message: error.message, line });
}

/** `key: {{ name }}` parses as a map within a map: this says so. */
export function unquotedTemplate(text: string, start: number): ErrorParts {
  return unquoted(lineAround(text, start).text);
}

interface Line {
  readonly start: number;
  readonly text: string;
  /** Offset of the first character that is no space. */
  readonly first: number;
}

interface Seen {
  readonly text: string;
  readonly at: number;
  readonly message: string;
  readonly line: Line;
}

type Explain = (seen: Seen) => { at: number; parts: ErrorParts };

const jinjaNext = 'Put text with `{{#if name}}…{{/if}}` in quotes, or use `when:` with two tasks.';

const tabAsIndent: ErrorParts = {
  summary: 'A tab is used as indentation',
  next: 'Indent with spaces; YAML takes no tabs here.',
};

const mistakes: Partial<Record<YAMLError['code'], Explain>> = {
  TAB_AS_INDENT: ({ at }) => ({ at, parts: tabAsIndent }),
  RESOURCE_EXHAUSTION: ({ at }) => ({
    at,
    parts: { summary: 'Lists and maps are too deep within one another here', next: 'Write them less deep.' },
  }),
  BLOCK_AS_IMPLICIT_KEY: (seen) => {
    if (seen.message.includes('block sequence')) return indentation(seen);
    const rest = seen.text.slice(seen.at, seen.line.start + seen.line.text.length);
    if (/:(\s|$)/.test(rest)) return colonInValue(seen);
    return tooDeep(seen);
  },
  MULTILINE_IMPLICIT_KEY: missingColon,
  MISSING_CHAR: (seen) => {
    if (seen.message.includes('quote')) return openQuote(seen);
    if (seen.message.includes('followed by map values')) return missingColon(seen);
    return seen.message.includes('Sequence item') ? indentation(seen) : unknown(seen);
  },
  BAD_INDENT: (seen) => (seen.message.startsWith('Flow') ? openBracket(seen) : indentation(seen)),
  UNEXPECTED_TOKEN: (seen) => {
    if (seen.message.includes('on same line with key')) return listBesideKey(seen);
    return seen.message.includes('at node end') ? afterQuote(seen) : unknown(seen);
  },
  BAD_SCALAR_START: ({ text, at }) => ({
    at,
    parts: { summary: `A value cannot start with ${text[at] ?? ''}`, next: 'Put the value in quotes.' },
  }),
  BAD_ALIAS: ({ at }) => ({
    at,
    parts: {
      summary: 'A value that starts with `*` is an alias',
      next: 'If text is meant, put it in quotes: "*".',
    },
  }),
  BAD_DQ_ESCAPE: ({ text, at }) => ({
    at,
    parts: {
      summary: `\`${text.slice(at, at + 2)}\` is no escape in double quotes`,
      next: "Use single quotes ('…'), in which a backslash is just a backslash, or write `\\\\`.",
    },
  }),
  TAG_RESOLVE_FAILED: ({ text, at }) => {
    const tag = /^\S+/.exec(text.slice(at))?.[0] ?? '';
    const next =
      tag === '!unsafe'
        ? 'Remove it, and write `\\{{` for braces that are text.'
        : 'Remove the tag; if text is meant, put it in quotes.';
    return { at, parts: { summary: `The tag \`${tag}\` is not known`, next } };
  },
};

function unquoted(line: string): ErrorParts {
  const shown = /\{\{.*\}\}\S*/.exec(line)?.[0].trim() ?? '{{ … }}';
  return {
    summary: 'A value that starts with `{{` must be in quotes',
    next: `Write "${shown.replaceAll('"', "'")}".`,
  };
}

const indentation: Explain = ({ text, at, line }) => {
  const odd = /^[ \t]*([\u00A0\u2000-\u200B\u202F\u3000])/mu.exec(text);
  if (odd?.[1] !== undefined)
    return {
      at: odd.index + odd[0].length - 1,
      parts: {
        summary: `A blank of this indentation is none: it is the character U+${odd[1].codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`,
        next: 'Type blanks in its place; such characters come along with text from web pages.',
      },
    };
  // The parser may stand at the end of the line before.
  const skipped = /^[ \t]*(?:\n[ \t]*)+/.exec(text.slice(at))?.[0].length;
  return {
    at: skipped === undefined ? line.first : at + skipped,
    parts: {
      summary: 'The indentation of this line fits nothing above it',
      next: 'Start it in the same column as the line that it belongs beside.',
    },
  };
};

const tooDeep: Explain = ({ text, line }) => {
  const next = text.slice(line.start + line.text.length);
  const skipped = /^\s*/.exec(next)?.[0].length ?? 0;
  return {
    at: line.start + line.text.length + skipped,
    parts: {
      summary: 'This line is indented further than the key above it, which has a value already',
      next: 'Start it in the same column as the key above.',
    },
  };
};

const colonInValue: Explain = ({ text, at, line }) => {
  const colon = at + Math.max(text.slice(at, line.start + line.text.length).search(/:(\s|$)/), 0);
  return {
    at: colon,
    parts: {
      summary: 'A second `: ` on one line',
      next: 'If it is text, put the whole value in quotes; if it is a map, start it on the next line, indented.',
    },
  };
};

function missingColon({ line, at }: Seen): { at: number; parts: ErrorParts } {
  const words = line.text.trim().replace(/^- +/, '');
  const glued = /^([A-Za-z_][\w.-]*):(\S.*)$/.exec(words);
  if (glued)
    return {
      at: line.start + line.text.indexOf(`${glued[1]}:`) + (glued[1] ?? '').length,
      parts: { summary: 'A space is missing after the colon', next: `Write \`${glued[1]}: ${glued[2]}\`.` },
    };
  return {
    at: Math.max(at, line.first),
    parts: {
      summary: `\`${words}\` has no colon`,
      next: `Write \`${words.split(/\s/)[0]}: …\`; a text that goes on over several lines starts with \`|\` or \`>\`.`,
    },
  };
}

// Nothing closes it, so it is the last one in the file.
const openQuote: Explain = ({ text, message }) => {
  const quote = message.includes('"') ? '"' : "'";
  return {
    at: text.lastIndexOf(quote),
    parts: { summary: `The quote ${quote} is opened here and never closed`, next: `Close it with ${quote}.` },
  };
};

const openBracket: Explain = ({ text, at, message }) => {
  const [open, close] = message.includes('sequence') ? ['[', ']'] : ['{', '}'];
  const opened = text.lastIndexOf(open as string, at - 1);
  return {
    at: opened < 0 ? at : opened,
    parts: { summary: `\`${open}\` is opened here and not closed`, next: `Close it with \`${close}\`.` },
  };
};

const listBesideKey: Explain = ({ at }) => ({
  at,
  parts: {
    summary: 'A list starts on the line after its key',
    next: 'Move `- …` to the next line, or write `[a, b]`.',
  },
});

const afterQuote: Explain = (seen) => {
  const before = seen.text.slice(seen.line.start, seen.at).trimEnd();
  if (!/["']$/.test(before)) return unknown(seen);
  return {
    at: seen.at,
    parts: {
      summary: 'There is text after the closing quote',
      next: "Quote the whole value, or none of it; within single quotes write '' for one.",
    },
  };
};

function unknown({ at, message, line }: Seen): { at: number; parts: ErrorParts } {
  return {
    at: Math.max(at, Math.min(line.first, line.start + line.text.length)),
    parts: {
      summary: `This is not YAML: ${message}`,
      next: 'Look at indentation, quotes and brackets here and above.',
    },
  };
}

function lineAround(text: string, at: number): Line {
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  const line = text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '');
  return { start, text: line, first: start + (/^\s*/.exec(line)?.[0].length ?? 0) };
}
