import { functionHelp } from './cel_environment.ts';
import { helpers } from './helpers.ts';
import { textFromJinja, unknownFilter } from './from_jinja_text.ts';

/** A Jinja habit: how it looks, and how the same is written in fettle. */
interface Habit {
  readonly looks: RegExp;
  readonly summary: string;
  readonly next: (match: RegExpExecArray) => string;
}

/** What was found and where it starts within the text. */
export interface Found {
  readonly index: number;
  readonly summary: string;
  readonly next: string;
}

/** Finds Jinja in what stands between `{{` and `}}`. */
export function jinjaInText(inside: string): Found | undefined {
  const found = find(textHabits, inside);
  if (!found) return undefined;
  const written = textFromJinja(inside);
  if (written !== undefined) return { ...found, next: `Write \`${written}\`.` };
  const filter = unknownFilter(inside);
  return filter === undefined ? found : { ...found, next: noHelper(filter) };
}

/** Finds a Jinja statement (`{% if … %}`) in a text. */
export function jinjaStatement(source: string): Found | undefined {
  return find(statements, source);
}

/** Finds Jinja in a condition; quoted text in it is left out. */
export function jinjaInCondition(source: string): Found | undefined {
  const unquoted = source.replace(/'[^']*'|"[^"]*"/g, (text) => `'${'_'.repeat(text.length - 2)}'`);
  return find(conditionHabits, unquoted);
}

const name = String.raw`[A-Za-z_][\w.]*`;

const statements: readonly Habit[] = [
  {
    looks: /\{%-?\s*(if|elif|else|endif)\b/,
    summary: '`{% if … %}` is Jinja',
    next: () => 'Write `{{#if name}}…{{else}}…{{/if}}`.',
  },
  {
    looks: /\{%-?\s*(for|endfor)\b/,
    summary: '`{% for … %}` is Jinja',
    next: () => 'Write `{{#each names as |name|}}…{{name}}…{{/each}}`.',
  },
  {
    looks: /\{%-?\s*(set|raw|endraw|include|import|macro|endmacro|block|endblock)\b/,
    summary: '`{% … %}` is Jinja, which fettle does not read',
    next: () => 'Put values into `vars:`; to keep the two characters as text, write `{{"{%"}}`.',
  },
];

const textHabits: readonly Habit[] = [
  {
    looks: /^[^|]*\|\s*(?:default|d)\s*\(\s*(?:\[\s*\]|\{\s*\})/,
    summary: '`|` is Jinja',
    next: () =>
      'For a `loop`, put `when: defined(name)` beside it; elsewhere write `empty: []` below `vars:`, and `{{default name empty}}`.',
  },
  {
    looks: /^.*\|/s,
    summary: '`|` is Jinja',
    next: () => 'Write `{{helper value}}`, as in `{{lower name}}`.',
  },
  {
    looks: /^\s*(.+?)\s+if\s+(.+?)\s+else\s+(.+?)\s*$/,
    summary: '`x if y else z` is Jinja',
    next: () => 'Write `{{#if name}}…{{else}}…{{/if}}`; for more than a name make two tasks with `when:`.',
  },
  {
    looks: /\s~\s/,
    summary: '`~` is Jinja',
    next: () => 'Write the parts side by side: `{{a}}{{b}}`.',
  },
  {
    looks: new RegExp(`${name}\\[`),
    summary: '`[…]` after a name is Jinja',
    next: () =>
      'Write `{{name.key}}`, `{{name.[0]}}`, or `{{lookup name other}}` where the key is a variable.',
  },
  {
    looks: /^\s*[A-Za-z_][\w.]*\.\d+\s*$/,
    summary: 'A number stands in brackets',
    next: () => 'Write `{{name.[0]}}`.',
  },
  {
    looks: /\b(lookup|query|q)\s*\(/,
    summary: '`lookup(…)` is Jinja',
    next: () =>
      'Name a file as `src:` of `copy`, `template` or `script`; values come from `vars_files:` or `-e`.',
  },
  {
    looks: new RegExp(`${name}\\s*\\(`),
    summary: 'A call with parentheses is Jinja',
    next: () => `Write \`{{helper name}}\`. The helpers are: ${[...helpers.keys()].join(', ')}.`,
  },
  {
    looks: /^\s*[[{]/,
    summary: 'A text holds no list and no map',
    next: () => 'Write it in YAML, without braces around it; or put it into a variable.',
  },
  {
    looks: /^\s*not\s/,
    summary: '`not` is Jinja',
    next: () => 'Write `{{#unless name}}…{{/unless}}`, or `when: "!name"`.',
  },
  {
    looks: /\s(==|!=|<=|>=|<|>|\+|-|\*|\/{1,2}|%|and|or|is|in)\s/,
    summary: 'Text cannot compute',
    next: () => 'Use `when:` for conditions; `{{eq a b}}` compares two values.',
  },
];

const conditionHabits: readonly Habit[] = [
  {
    looks: new RegExp(`(${name})\\s+is\\s+(?:not\\s+defined|undefined)\\b`),
    summary: '`is not defined` is Jinja',
    next: (match) => `Write \`!defined(${match[1]})\`.`,
  },
  {
    looks: new RegExp(`(${name})\\s+is\\s+defined\\b`),
    summary: '`is defined` is Jinja',
    next: (match) => `Write \`defined(${match[1]})\`.`,
  },
  {
    looks: new RegExp(`(${name})\\s+is\\s+(not\\s+)?(changed|failed|skipped|succeeded|success)\\b`),
    summary: '`is changed` and its like are Jinja',
    next: (match) => {
      const good = /^succe/.test(match[3] ?? '');
      return `Write \`${(match[2] === undefined) === good ? '!' : ''}${match[1]}.${good ? 'failed' : match[3]}\`.`;
    },
  },
  {
    looks: new RegExp(`(${name})\\s+is\\s+(not\\s+)?none\\b`, 'i'),
    summary: '`is none` is Jinja',
    next: (match) => `Write \`${match[1]} ${match[2] ? '!=' : '=='} null\`.`,
  },
  {
    looks: /\bis\b/,
    summary: '`is` is Jinja',
    next: () => "Use an operator or a function: `name == 'value'`, `defined(name)`, `matches(name, '^a')`.",
  },
  {
    looks: new RegExp(`(\\S+)\\s+not\\s+in\\s+(\\S+)`),
    summary: '`not in` is Jinja',
    next: (match) => `Write \`!(${match[1]} in ${match[2]})\`.`,
  },
  { looks: /\bnot\b/, summary: '`not` is Jinja', next: () => 'Write `!name` or `!(…)`.' },
  { looks: /\band\b/, summary: '`and` is Jinja', next: () => 'Write `a && b`, or a list of conditions.' },
  { looks: /\bor\b/, summary: '`or` is Jinja', next: () => 'Write `a || b`.' },
  {
    looks: new RegExp(`(${name})\\s*\\|(?!\\|)\\s*default\\s*\\(([^)]*)\\)`),
    summary: '`|` is Jinja',
    next: (match) => `Write \`default(${match[1]}, …)\`.`,
  },
  {
    looks: new RegExp(`(${name})\\s*(?<!\\|)\\|(?!\\|)\\s*([a-z_]\\w*)`),
    summary: '`|` is Jinja',
    next: (match) =>
      `There is no function for the filter \`${match[2]}\`. The functions are: ${functionHelp}.`,
  },
  {
    looks: /\b(True|False)\b/,
    summary: '`True` and `False` are Python',
    next: () => 'Write `true` or `false`.',
  },
  { looks: /\bNone\b/, summary: '`None` is Python', next: () => 'Write `null`.' },
  {
    looks: /(?<![=!<>])=(?!=)/,
    summary: 'A single `=` does not compare',
    next: () => 'Write `==`.',
  },
];

function find(habits: readonly Habit[], text: string): Found | undefined {
  for (const { looks, summary, next } of habits) {
    const match = looks.exec(text);
    if (!match) continue;
    const index = match.index + (/^\s*/.exec(match[0])?.[0].length ?? 0);
    return { index, summary, next: next(match) };
  }
  return undefined;
}

function noHelper(filter: string): string {
  return `There is no helper for the filter \`${filter}\`: give the value as it is to be below \`vars:\`, or make it with \`command\` and \`register\`. The helpers are: ${[...helpers.keys()].join(', ')}.`;
}
