import { FettleError } from '../errors.ts';
import { Secret } from '../shell/secret.ts';
import type { Unit } from './unit.ts';

/** The `environment` of play, blocks and task, the task's last. Throws FettleError where one is no map. */
export function environmentOf(unit: Unit): Record<string, string | Secret> {
  const merged: Record<string, string | Secret> = {};
  for (const template of unit.work.task.environment) {
    const values = template.render(unit.scope);
    if (values === undefined || values === null) continue;
    if (typeof values !== 'object' || Array.isArray(values)) {
      throw new FettleError('task', { summary: '`environment` must be a map', position: template.at });
    }
    for (const [name, value] of Object.entries(values))
      merged[name] = value instanceof Secret ? value : String(value);
  }
  return merged;
}
