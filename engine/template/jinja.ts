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
  return find(textHabits, inside);
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
    looks: /default\s*\(\s*omit\s*\)/,
    summary: '`default(omit)` is Jinja',
    next: () =>
      'Make two tasks with `when: defined(name)` and `when: "!defined(name)"`, one without the argument.',
  },
  {
    looks: new RegExp(`^\\s*(${name})\\s*\\|\\s*default\\s*\\(\\s*([^)]*)\\)`),
    summary: '`|` is Jinja',
    next: (match) => `Write \`{{default ${match[1]} ${match[2]?.trim()}}}\`.`,
  },
  {
    looks: new RegExp(`^\\s*(${name})\\s*\\|\\s*([a-z_]\\w*)\\s*(?:\\(([^)]*)\\))?`),
    summary: '`|` is Jinja',
    next: (match) => `Write \`{{${[match[2], match[1], ...wordsOf(match[3])].join(' ')}}}\`.`,
  },
  { looks: /\|/, summary: '`|` is Jinja', next: () => 'Write `{{helper value}}`, as in `{{lower name}}`.' },
  {
    looks: /^\s*(.+?)\s+if\s+(.+?)\s+else\s+(.+?)\s*$/,
    summary: '`x if y else z` is Jinja',
    next: ([, yes, when, no]) => `Write \`{{#if ${when}}}${stash(yes)}{{else}}${stash(no)}{{/if}}\`.`,
  },
  {
    looks: /\s~\s/,
    summary: '`~` is Jinja',
    next: () => 'Write the parts side by side: `{{a}}{{b}}`.',
  },
  {
    looks: new RegExp(`(${name})\\[(['"]?)([\\w.-]+)\\2\\]`),
    summary: '`[…]` after a name is Jinja',
    next: (match) =>
      `Write \`{{${match[1]}.[${match[3]}]}}\`, or \`{{lookup ${match[1]} name}}\` where the key is a variable.`,
  },
  {
    looks: /\b(lookup|query|q)\s*\(/,
    summary: '`lookup(…)` is Jinja',
    next: () =>
      'Name a file as `src:` of `copy`, `template` or `script`; values come from `vars_files:` or `-e`.',
  },
  {
    looks: new RegExp(`(${name})\\.([a-z]+)\\s*\\(([^)]*)\\)`),
    summary: 'A call with parentheses is Jinja',
    next: (match) =>
      `Write \`{{${[match[2], match[1], ...wordsOf(match[3])].join(' ')}}}\`, if there is such a helper.`,
  },
  {
    looks: new RegExp(`(${name})\\s*\\(`),
    summary: 'A call with parentheses is Jinja',
    next: (match) => `Write \`{{${match[1]} argument argument}}\` with one of fettle's helpers.`,
  },
  {
    looks: /\s(==|!=|<=|>=|<|>|\+|-|\*|\/|and|or|is|in)\s/,
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
    next: (match) => `Write a function: \`${functionFor(match[2] ?? '')}(${match[1]})\`.`,
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

function wordsOf(inside = ''): readonly string[] {
  return inside.match(/'[^']*'|"[^"]*"|[^,\s]+/g) ?? [];
}

function stash(text: string | undefined): string {
  const quoted = /^(['"])(.*)\1$/.exec(text ?? '');
  return quoted ? (quoted[2] ?? '') : `{{${text}}}`;
}

function functionFor(filter: string): string {
  const names: Record<string, string> = { length: 'size', count: 'size' };
  return names[filter] ?? filter;
}
