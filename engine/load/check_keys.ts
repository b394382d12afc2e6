import type { ErrorParts } from '../errors.ts';
import { didYouMean } from '../template/closest.ts';
import type { Around } from './around.ts';
import { plainName } from './find_module.ts';
import { stepWords } from './keywords.ts';
import type { Mistakes } from './mistakes.ts';
import { YamlMap } from './yaml_node.ts';

/** Finds the keys that a map may not have. `what` names the map: "a block"; `foreign` knows what is said of some keys. */
export function checkKeys(
  map: YamlMap,
  allowed: readonly string[],
  what: string,
  mistakes: Mistakes,
  foreign: (key: string) => ErrorParts | undefined = () => undefined,
): void {
  for (const { key, keyAt } of map.entries.values()) {
    if (allowed.includes(key)) continue;
    mistakes.add(
      keyAt,
      foreign(key) ?? {
        summary: `\`${key}\` is not a key of ${what}`,
        next: didYouMean(key, allowed) ?? `${capital(what)} has: ${allowed.join(', ')}.`,
      },
    );
  }
}

/** The same of a map in a list of tasks, where its own word, and a second one or a module, are spoken of elsewhere. */
export function checkStepKeys(
  step: YamlMap,
  allowed: readonly string[],
  what: string,
  { loading, mistakes }: Around,
  foreign: (key: string) => ErrorParts | undefined,
): void {
  const isTold = (key: string) =>
    Object.hasOwn(loading.registry, plainName(key)) || stepWords.some((word) => word === plainName(key));
  const rest = new Map([...step.entries].filter(([key]) => !isTold(key)));
  checkKeys(new YamlMap(step.from, [step.start, step.end], rest), allowed, what, mistakes, foreign);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
