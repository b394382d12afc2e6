/** What a module's page is made of; the module itself fits. */
export interface Documented {
  readonly name: string;
  readonly summary: string;
  readonly kind: 'resource' | 'action' | 'directive';
  readonly args: object;
  readonly shorthand?: string;
  readonly notes?: readonly string[];
}

interface ArgumentSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly ArgumentSchema[];
  readonly items?: ArgumentSchema;
}

const kinds = {
  resource: 'keeps a state: looks, changes what is missing, proves it, can take it back',
  action: 'does something once each time it is reached',
  directive: 'works on the controller; no host is touched',
} as const;

/** A module's page of the reference, in Markdown, made from its schema. */
export function modulePage(module: Documented): string {
  const {
    properties = {},
    required = [],
    description = '',
  } = module.args as {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, ArgumentSchema>>;
    readonly required?: readonly string[];
  };
  const rows = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? ' (required)' : '';
    return `| \`${name}\`${mark} | ${typeOf(schema)} | ${cell(schema)} |`;
  });
  return [
    `## ${module.name}`,
    '',
    module.summary,
    '',
    `A ${module.kind}: ${kinds[module.kind]}.${module.shorthand === undefined ? '' : ` \`${module.name}: TEXT\` is short for \`${module.shorthand}: TEXT\`.`}`,
    '',
    // A module that takes any argument says so itself.
    ...(rows.length === 0
      ? [`Arguments: ${description}`]
      : ['| argument | type | meaning |', '|---|---|---|', ...rows]),
    ...(module.notes?.length ? ['', ...module.notes.map((note) => `- ${note}`)] : []),
    '',
  ].join('\n');
}

function typeOf(schema: ArgumentSchema): string {
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(', ');
  if (schema.type === 'array') return `list of ${schema.items ? typeOf(schema.items) : 'anything'}`;
  return schema.type === undefined ? 'anything' : [schema.type].flat().join(' or ');
}

function cell(schema: ArgumentSchema): string {
  const fallback = schema.default === undefined ? '' : ` Default ${code(schema.default)}.`;
  return `${schema.description ?? ''}${fallback}`.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
