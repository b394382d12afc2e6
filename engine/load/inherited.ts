import type { Expression, ValueTemplate } from '../template/template.ts';
import type { Around } from './around.ts';
import type { Fields } from './fields.ts';
import type { Mistakes } from './mistakes.ts';
import { noDefaults, readModuleDefaults, type ModuleDefaults } from './module_defaults.ts';
import type { BecomeSettings, StepKeys, Variables } from './playbook.ts';
import { readTags } from './read_tags.ts';

/** What a step takes from the play, blocks, imports and roles around it, outermost first where it adds up. */
export interface Inherited extends BecomeSettings {
  /** Whether `become` holds here, wherever it was said. */
  readonly becomes: boolean;
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  /** `vars` of blocks and imports, parameters of roles. */
  readonly vars: Variables;
  /** `vars/` of the role: below those. */
  readonly roleVars: Variables;
  readonly defaults: Variables;
  readonly folders: readonly string[];
  readonly role?: { readonly name: string; readonly path: string };
  readonly environment: readonly ValueTemplate[];
  readonly notify: readonly ValueTemplate[];
  readonly moduleDefaults: ModuleDefaults;
  readonly ignoreErrors?: boolean;
  readonly ignoreUnreachable?: boolean;
  readonly anyErrorsFatal?: boolean;
  readonly noLog?: boolean;
  readonly checkMode?: boolean;
  readonly diff?: boolean;
  readonly timeout?: number;
  readonly runOnce?: 'play' | 'batch';
  readonly delegateTo?: ValueTemplate;
  readonly throttle?: number;
}

/** What holds before anything is said. */
export function nothingInherited(becomes: boolean, folders: readonly string[]): Inherited {
  return {
    becomes,
    folders,
    when: [],
    tags: [],
    vars: {},
    roleVars: {},
    defaults: {},
    environment: [],
    notify: [],
    moduleDefaults: noDefaults,
  };
}

/** What holds within something that has keywords of its own. */
export function inherit(fields: Fields, around: Around): Inherited {
  const { inherited: outer, mistakes } = around;
  const become = readBecome(fields, outer.becomes, mistakes);
  const environment = fields.mapping('environment');
  const runOnce = readRunOnce(fields, mistakes);
  const { runOnce: outerRunOnce, ...rest } = outer;
  const once = runOnce === undefined ? outerRunOnce : runOnce;
  return {
    ...rest,
    ...become,
    becomes: become.become ?? outer.becomes,
    when: [...outer.when, ...fields.conditions('when')],
    tags: [...new Set([...outer.tags, ...readTags(fields, mistakes)])],
    vars: { ...outer.vars, ...fields.variables('vars') },
    environment: environment ? [...outer.environment, environment] : outer.environment,
    notify: [...outer.notify, ...fields.texts('notify')],
    moduleDefaults: readModuleDefaults(
      fields,
      outer.moduleDefaults,
      Object.keys(around.loading.registry),
      mistakes,
    ),
    ...given({
      ignoreErrors: fields.boolean('ignore_errors'),
      ignoreUnreachable: fields.boolean('ignore_unreachable'),
      anyErrorsFatal: fields.boolean('any_errors_fatal'),
      noLog: fields.boolean('no_log'),
      checkMode: fields.boolean('check_mode'),
      diff: fields.boolean('diff'),
      timeout: fields.seconds('timeout'),
      delegateTo: fields.text('delegate_to'),
      throttle: fields.number('throttle', 'a whole number, 1 or more', (value) => isWhole(value, 1)),
    }),
    ...(once ? { runOnce: once } : {}),
  };
}

/** What every step has of what is around it. */
export function stepKeys(inherited: Inherited): Omit<StepKeys, 'id' | 'name' | 'at'> {
  const { when, tags, vars, roleVars, defaults, folders, role } = inherited;
  return { when, tags, vars: { ...roleVars, ...vars }, defaults, folders, ...(role ? { role } : {}) };
}

/** The three keys of becoming another user; `inherited` is what holds where they say nothing. */
export function readBecome(fields: Fields, inherited: boolean, mistakes: Mistakes): BecomeSettings {
  const become = fields.boolean('become');
  const becomeUser = fields.text('become_user');
  const becomeMethod = fields.text('become_method');
  if (becomeUser && !(become ?? inherited))
    mistakes.add(becomeUser.at, {
      summary: '`become_user` without `become` does nothing',
      next: 'Add `become: true` beside it.',
    });
  return given({ become, becomeUser, becomeMethod });
}

/** Without the keys that have no value. */
export function given<Values extends object>(
  values: Values,
): { [Key in keyof Values]?: Exclude<Values[Key], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Values]?: Exclude<Values[Key], undefined> };
}

/** Whether a number is a whole one and not less than `least`. */
export function isWhole(value: number, least: number): boolean {
  return Number.isInteger(value) && value >= least;
}

function readRunOnce(fields: Fields, mistakes: Mistakes): 'play' | 'batch' | false | undefined {
  const node = fields.map.get('run_once');
  if (!node) return undefined;
  if (node.kind === 'scalar' && node.value === 'batch') return 'batch';
  if (
    node.kind === 'scalar' &&
    (typeof node.value === 'boolean' || /^(yes|no|on|off)$/i.test(String(node.value)))
  )
    return fields.boolean('run_once') === true && 'play';
  mistakes.add(node.at, {
    summary: '`run_once` must be true, false or batch',
    next: 'Write `true` for once in the play, `batch` for once in each batch of `serial`.',
  });
  return undefined;
}
