/**
 * How a Jinja expression (what stands between `{{` and `}}`) is written in fettle, whole and ready to be copied;
 * undefined where there is no such form.
 */
export function textFromJinja(inside: string): string | undefined {
  const source = inside.trim().replace(/^-|-$/g, '').trim();
  const choice = /^(.+?)\s+if\s+(.+?)\s+else\s+(.+)$/s.exec(source);
  if (choice) return branches(choice[1] ?? '', choice[2] ?? '', choice[3] ?? '');
  const parts = split(source, '~');
  if (parts.length > 1) return together(parts.map(asText));
  const filtered = split(source, '|');
  // What is empty counts as missing.
  const orEmpty = /^(?:default|d)\s*\((.*),\s*(?:[Tt]rue|boolean\s*=\s*[Tt]rue)\s*\)$/s.exec(
    filtered.at(-1) ?? '',
  );
  const before = filtered.slice(0, -1).join(' | ');
  if (orEmpty) return branches(before, before, orEmpty[1] ?? '');
  const ternary = /^ternary\s*\((.*)\)$/s.exec(filtered.at(-1) ?? '');
  if (ternary) {
    const [yes = '', no = ''] = split(ternary[1] ?? '', ',');
    return branches(yes, before, no);
  }
  const found = test(source) ?? chain(source);
  return found && `{{${found.text}}}`;
}

/** The filter of a Jinja expression that has no counterpart, if that is what keeps it from being written in fettle. */
export function unknownFilter(inside: string): string | undefined {
  const names = split(inside, '|')
    .slice(1)
    .map((filter) => /^\w+/.exec(filter)?.[0]);
  return names.find((name) => name !== undefined && !isKnown(name) && name !== 'ternary');
}

/** A part of a Handlebars expression; a call stands in parentheses within another. */
interface Part {
  readonly text: string;
  readonly isCall: boolean;
}

// What it is called in fettle; with how many arguments at most.
const helperOf: Readonly<Record<string, readonly [name: string, most: number]>> = {
  default: ['default', 1],
  d: ['default', 1],
  first: ['first', 0],
  last: ['last', 0],
  length: ['length', 0],
  count: ['length', 0],
  join: ['join', 1],
  split: ['split', 1],
  lower: ['lower', 0],
  upper: ['upper', 0],
  basename: ['basename', 0],
  dirname: ['dirname', 0],
  replace: ['replace', 2],
  to_json: ['json', 9],
  to_nice_json: ['json', 9],
  quote: ['quote', 0],
  b64encode: ['b64encode', 0],
  dict2items: ['dict2items', 0],
  items: ['dict2items', 0],
};

// A value keeps its type, and an argument takes "12" as a number.
const needless = new Set(['list', 'string', 'int', 'float', 'bool', 'mandatory']);

function isKnown(filter: string): boolean {
  return Object.hasOwn(helperOf, filter) || needless.has(filter);
}

function chain(source: string): Part | undefined {
  const [first = '', ...filters] = split(source, '|');
  const method = /^(.+)\.(\w+)\(([^()]*)\)$/s.exec(first);
  const calls = method ? [`${method[2]}(${method[3]})`, ...filters] : filters;
  let found = value((method ? method[1] : first) ?? '');
  for (const call of calls) found = found && apply(call, found);
  return found;
}

function apply(call: string, to: Part): Part | undefined {
  const [, name = '', , inside = ''] = /^(\w+)\s*(\((.*)\))?$/s.exec(call) ?? [];
  if (needless.has(name)) return to;
  const [helper, most] = (Object.hasOwn(helperOf, name) ? helperOf[name] : undefined) ?? [undefined, 0];
  if (helper === undefined) return undefined;
  const given = helper === 'json' ? [] : split(inside, ',').filter((each) => each !== '');
  const args = given.map(value);
  if (given.length > most || args.some((each) => each === undefined)) return undefined;
  return { text: [helper, within(to), ...args.map((each) => each && within(each))].join(' '), isCall: true };
}

/** `x is defined`, `x == 'a'`. */
function test(source: string): Part | undefined {
  const [, asked, compared, wanted] =
    /^(?:(\S+)\s+is\s+defined|([^=!<>]+?)\s*==\s*([^=!<>]+))$/s.exec(source) ?? [];
  if (asked !== undefined) return call('defined', [chain(asked)]);
  return compared === undefined ? undefined : call('eq', [chain(compared), chain(wanted ?? '')]);
}

function call(helper: string, parts: readonly (Part | undefined)[]): Part | undefined {
  if (parts.some((part) => part === undefined)) return undefined;
  return { text: [helper, ...parts.map((part) => part && within(part))].join(' '), isCall: true };
}

function branches(yes: string, when: string, no: string): string | undefined {
  const negated = /^not\s+(.+)$/s.exec(when)?.[1];
  const condition = test(negated ?? when) ?? chain(negated ?? when);
  const [first, second] = [asText(yes), asText(no)];
  if (!condition || first === undefined || second === undefined) return undefined;
  const block = negated === undefined ? 'if' : 'unless';
  return `{{#${block} ${within(condition)}}}${first}{{else}}${second}{{/${block}}}`;
}

function asText(source: string): string | undefined {
  const quoted = /^(['"])(.*)\1$/s.exec(source.trim());
  if (quoted) return quoted[2];
  const found = chain(source.trim());
  return found && `{{${found.text}}}`;
}

function together(parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('');
}

/** A literal, or a name with its parts: `a.b[0]['c'][d]`. */
function value(source: string): Part | undefined {
  if (/^(?:'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|true|false)$/.test(source)) return { text: source, isCall: false };
  if (/^(?:True|False)$/.test(source)) return { text: source.toLowerCase(), isCall: false };
  const [root] = /^[A-Za-z_]\w*/.exec(source) ?? [];
  if (root === undefined) return undefined;
  let found: Part = { text: root, isCall: false };
  let rest = source.slice(root.length);
  while (rest !== '') {
    const step = /^(?:\.(\w+)|\[\s*(?:(\d+)|'([^'\]]*)'|"([^"\]]*)"|([A-Za-z_][\w.]*))\s*\])/.exec(rest);
    if (!step) return undefined;
    const [all, dotted, number, single, double, variable] = step;
    found =
      variable === undefined
        ? below(found, dotted ?? number ?? single ?? double ?? '')
        : lookup(found, variable);
    rest = rest.slice(all.length);
  }
  return found;
}

function below(found: Part, key: string): Part {
  if (found.isCall) return lookup(found, `"${key}"`);
  return { text: `${found.text}.${/^[A-Za-z_]\w*$/.test(key) ? key : `[${key}]`}`, isCall: false };
}

function lookup(found: Part, key: string): Part {
  return { text: `lookup ${within(found)} ${key}`, isCall: true };
}

function within({ text, isCall }: Part): string {
  return isCall ? `(${text})` : text;
}

/** Splits at a character that stands outside of quotes and brackets. */
function split(source: string, at: string): readonly string[] {
  const parts = [''];
  let quote = '';
  let depth = 0;
  for (const letter of source) {
    if (quote === '' && depth === 0 && letter === at) {
      parts.push('');
      continue;
    }
    if (quote !== '') quote = letter === quote ? '' : quote;
    else if (letter === "'" || letter === '"') quote = letter;
    else if ('([{'.includes(letter)) depth += 1;
    else if (')]}'.includes(letter)) depth -= 1;
    parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}
