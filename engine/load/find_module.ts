import type { AnyModule } from '../contract/module.ts';
import { closest, didYouMean } from '../template/closest.ts';
import { insteadOf } from './ansible_modules.ts';
import { foreignTaskKey, stepWords, taskKeys } from './keywords.ts';
import type { Mistakes } from './mistakes.ts';
import type { YamlEntry, YamlMap } from './yaml_node.ts';

/** Every module by name, loaded when first named. */
export type Registry = Readonly<Record<string, () => Promise<AnyModule>>>;

/** A task's module and the entry that names it. */
export interface FoundModule {
  readonly module: AnyModule;
  readonly entry: YamlEntry;
}

/** Finds the one module of a task; what is wrong with its keys goes to the mistakes. */
export async function findModule(
  task: YamlMap,
  registry: Registry,
  mistakes: Mistakes,
): Promise<FoundModule | undefined> {
  const others = [...task.entries.values()].filter(({ key }) => !taskKeys.some((each) => each === key));
  const foreign = others.filter(({ key }) => foreignTaskKey(key) !== undefined);
  for (const { key, keyAt } of foreign) mistakes.add(keyAt, foreignTaskKey(key) ?? { summary: key });
  const named = others.filter(({ key }) => Object.hasOwn(registry, plainName(key)));
  const unknown = others.filter((entry) => !foreign.includes(entry) && !named.includes(entry));
  const [entry, second] = named;
  const module = entry && (await registry[plainName(entry.key)]?.());
  if (second && entry)
    mistakes.add(second.keyAt, {
      summary: `A task has one module, this one has \`${entry.key}\` and \`${second.key}\``,
      next: 'Make two tasks of it: start another with `- `.',
    });
  if (entry && module) unknownKeys(unknown, module, mistakes);
  else if (unknown.length > 0) unknownModules(unknown, registry, mistakes);
  else if (foreign.length === 0)
    mistakes.add(task.at, {
      summary: 'This task names no module',
      next: 'Add one, as in `copy:` with its arguments indented below.',
    });
  return entry && module && !second ? { module, entry } : undefined;
}

/** A module's name as fettle has it: without Ansible's collection, and the newer of two names for the same. */
export function plainName(key: string): string {
  const name = key.replace(/^(?:ansible\.(?:builtin|legacy|posix)|community\.general)\./, '');
  return Object.hasOwn(alias, name) ? (alias[name] as string) : name;
}

/** `dnf` works with yum where there is no dnf. */
const alias: Readonly<Record<string, string>> = { yum: 'dnf', systemd_service: 'systemd' };

function unknownKeys(unknown: readonly YamlEntry[], module: AnyModule, mistakes: Mistakes): void {
  const properties = Object.keys((module.args as { properties?: object }).properties ?? {});
  for (const { key, keyAt } of unknown)
    mistakes.add(
      keyAt,
      properties.includes(key)
        ? {
            summary: `\`${key}\` is an argument of \`${module.name}\`, not of the task`,
            next: `Indent it below \`${module.name}:\`.`,
          }
        : { summary: `\`${key}\` is not a key of a task`, next: didYouMean(key, taskKeys) ?? keysNext() },
    );
}

function unknownModules(unknown: readonly YamlEntry[], registry: Registry, mistakes: Mistakes): void {
  // The key that is nearest to no keyword was most likely meant as the module.
  const meant = unknown.find(({ key }) => closest(key, taskKeys) === undefined) ?? unknown[0];
  for (const entry of unknown) {
    const { key, keyAt } = entry;
    if (entry === meant)
      mistakes.add(keyAt, {
        summary: `There is no module \`${key}\``,
        next:
          insteadOf(plainName(key)) ??
          didYouMean(plainName(key), [...Object.keys(registry), ...stepWords, ...taskKeys]) ??
          `The modules are: ${Object.keys(registry).join(', ')}.`,
      });
    else
      mistakes.add(keyAt, {
        summary: `\`${key}\` is not a key of a task`,
        next: didYouMean(key, taskKeys) ?? keysNext(),
      });
  }
}

function keysNext(): string {
  return `A task has its module and: ${taskKeys.join(', ')}.`;
}
