/** The parts of a JSON schema that fettle reads itself; ajv reads the rest. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly errorMessage?: string;
  readonly fettle?: string;
}

/** The JSON types that a schema takes, of all its alternatives. */
export function typesOf(schema: JsonSchema): readonly string[] {
  const own = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  const values = [...(schema.enum ?? []), ...('const' in schema ? [schema.const] : [])].map(typeOf);
  const within = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap(typesOf);
  return [...new Set([...own, ...(own.length > 0 ? [] : values), ...within])];
}

/** The schema of one key or item. */
export function below(schema: JsonSchema, key: string): JsonSchema | undefined {
  const own = schema.properties?.[key];
  if (own) return own;
  if (schema.items && /^\d+$/.test(key)) return schema.items;
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  const patterns = Object.entries(schema.patternProperties ?? {});
  const pattern = patterns.find(([each]) => new RegExp(each).test(key));
  if (pattern) return pattern[1];
  for (const alternative of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const found = below(alternative, key);
    if (found) return found;
  }
  return undefined;
}

/** The JSON type of a value. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}
