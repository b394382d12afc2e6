/**
 * How a Jinja condition is most likely written in CEL, whole; the same text where nothing in it looks like Jinja.
 * Whether it is right, the compiler tells.
 */
export function conditionFromJinja(source: string): string {
  const quotes: string[] = [];
  const keep = (text: string): string => `\u0001${quotes.push(text) - 1}\u0001`;
  const shown = (text: string): string =>
    text.replace(/\u0001(\d+)\u0001/g, (_all, index: string) => quotes[Number(index)] ?? '');
  let text = source
    .replace(/(['"])\s*\{\{\s*([^{}]*?)\s*\}\}\s*\1/g, '$2')
    .replace(/'[^']*'|"[^"]*"/g, keep)
    .replace(/\{\{\s*([^{}]*?)\s*\}\}/g, '$1');
  if (quotes.some((quote) => quote.includes('{{'))) return source.trim();
  for (let before = ''; before !== text; ) {
    before = text;
    for (const [looks, written] of rules)
      text = text.replace(looks, (...found: unknown[]) =>
        written(
          found.slice(1).map((each) => (each === undefined ? '' : String(each))),
          { keep, shown },
        ),
      );
  }
  return shown(text).trim();
}

interface Quotes {
  /** Puts a quoted text away, and gives what stands for it. */
  readonly keep: (text: string) => string;
  /** The text with its quoted parts. */
  readonly shown: (text: string) => string;
}

type Rule = readonly [looks: RegExp, written: (found: readonly string[], quotes: Quotes) => string];

// A quoted text, a call without calls in it, a name with its parts.
const operand = String.raw`(\u0001\d+\u0001|[A-Za-z_][\w.]*\([^()]*\)|[A-Za-z_][\w.]*(?:\[[^\[\]]*\][\w.]*)*)`;
const end = String.raw`(?=\s*(?:$|\)|&&|\|\||\band\b|\bor\b))`;

const rules: readonly Rule[] = [
  rule(`${operand}\\s+is\\s+(?:not\\s+defined|undefined)\\b`, ([name]) => `!defined(${name})`),
  rule(`${operand}\\s+is\\s+defined\\b`, ([name]) => `defined(${name})`),
  rule(
    `${operand}\\s+is\\s+(not\\s+)?(changed|failed|skipped)\\b`,
    ([name, not, flag]) => `${not && '!'}${name}.${flag}`,
  ),
  rule(
    `${operand}\\s+is\\s+(not\\s+)?succe(?:eded|ss|ssful)\\b`,
    ([name, not]) => `${not ? '' : '!'}${name}.failed`,
  ),
  rule(`${operand}\\s+is\\s+(not\\s+)?[nN]one\\b`, ([name, not]) => `${name} ${not ? '!=' : '=='} null`),
  rule(
    `${operand}\\s+is\\s+(not\\s+)?(search|match|regex)\\s*\\(\\s*${operand}\\s*\\)`,
    ([name = '', not, kind, pattern = ''], quotes) =>
      `${not && '!'}matches(${name}, ${kind === 'match' ? anchored(pattern, quotes) : pattern})`,
  ),
  rule(
    `${operand}\\s+is\\s+version(?:_compare)?\\s*\\(\\s*${operand}\\s*,\\s*(\\u0001\\d+\\u0001)[^()]*\\)`,
    ([name, other, operator = ''], { shown }) =>
      `version(${name}) ${operators[shown(operator).slice(1, -1)] ?? shown(operator).slice(1, -1)} version(${other})`,
  ),
  rule(`${operand}\\s+is\\s+(not\\s+)?in\\b`, ([name, not]) => `${name} ${not && 'not '}in`),
  rule(
    `${operand}\\s*(?<!\\|)\\|(?!\\|)\\s*(?:default|d)\\s*\\(\\s*([^(),]+)\\s*(?:,\\s*[Tt]rue\\s*)?\\)`,
    ([name, other]) => `default(${name}, ${other?.trim()})`,
  ),
  rule(
    `${operand}\\s*(?<!\\|)\\|(?!\\|)\\s*(${Object.keys(functionOf()).join('|')})\\b(?!\\s*\\()`,
    ([name, filter = '']) => functionOf()[filter]?.(name ?? '') ?? '',
  ),
  rule(`${operand}\\.(lower|upper)\\(\\)`, ([name, method]) => `${method}(${name})`),
  rule(`\\.(starts|ends)with\\(`, ([which]) => `.${which}With(`),
  rule(`\\.find\\(([^()]*)\\)\\s*(?:!=\\s*-1|>=\\s*0|>\\s*-1)`, ([text]) => `.contains(${text})`),
  rule(
    `${operand}\\.find\\(([^()]*)\\)\\s*(?:==\\s*-1|<\\s*0)`,
    ([name, text]) => `!${name}.contains(${text})`,
  ),
  rule(`\\blen\\(`, () => 'size('),
  rule(`${operand}\\s+not\\s+in\\s+${operand}`, ([one, all]) => `!(${one} in ${all})`),
  rule(`\\bnot\\s+\\(`, () => '!('),
  rule(`\\bnot\\s+${operand}${end}`, ([name]) => `!${name}`),
  rule(`\\s+(?:and|AND)\\s+`, () => ' && '),
  rule(`\\s+(?:or|OR)\\s+`, () => ' || '),
  rule(`\\b(True|False)\\b`, ([word]) => (word ?? '').toLowerCase()),
  rule(`\\bNone\\b`, () => 'null'),
  rule(`<>`, () => '!='),
  rule(`===`, () => '=='),
  rule(`(?<![=!<>])=(?!=)`, () => '=='),
];

function rule(looks: string, written: Rule[1]): Rule {
  return [new RegExp(looks, 'g'), written];
}

const operators: Readonly<Record<string, string>> = {
  ge: '>=',
  gt: '>',
  le: '<=',
  lt: '<',
  eq: '==',
  ne: '!=',
  '=': '==',
};

function functionOf(): Readonly<Record<string, (name: string) => string>> {
  const named = (name: string) => (value: string) => `${name}(${value})`;
  return {
    length: named('size'),
    count: named('size'),
    int: named('int'),
    float: named('double'),
    string: named('string'),
    bool: named('bool'),
    lower: named('lower'),
    upper: named('upper'),
    basename: named('basename'),
    dirname: named('dirname'),
    first: (value) => `${value}[0]`,
    list: (value) => value,
  };
}

// `match` looks at the start of the text.
function anchored(pattern: string, { keep, shown }: Quotes): string {
  const text = shown(pattern);
  return /^['"]\^/.test(text) || !/^['"]/.test(text) ? pattern : keep(`${text[0]}^${text.slice(1)}`);
}
