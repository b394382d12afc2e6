import type { ErrorParts } from '../errors.ts';

/** What a step, an import, a role or `apply` can say of all the tasks that it holds. */
export const commonKeys = [
  'any_errors_fatal',
  'become',
  'become_method',
  'become_user',
  'check_mode',
  'delegate_to',
  'diff',
  'environment',
  'ignore_errors',
  'ignore_unreachable',
  'module_defaults',
  'no_log',
  'notify',
  'run_once',
  'tags',
  'throttle',
  'timeout',
  'vars',
  'when',
] as const;

/** The keys that a play may have. */
export const playKeys = [
  'name',
  'hosts',
  'any_errors_fatal',
  'become',
  'become_user',
  'become_method',
  'check_mode',
  'connection',
  'diff',
  'environment',
  'force_handlers',
  'gate',
  'gather_facts',
  'handlers',
  'ignore_errors',
  'ignore_unreachable',
  'max_fail',
  'max_fail_percentage',
  'module_defaults',
  'no_log',
  'post_tasks',
  'pre_tasks',
  'remote_user',
  'roles',
  'run_once',
  'serial',
  'strategy',
  'tags',
  'tasks',
  'throttle',
  'timeout',
  'vars',
  'vars_files',
  'vars_schema',
] as const;

/** The keys that a task or handler may have beside its module. */
export const taskKeys = [
  'name',
  ...commonKeys,
  'args',
  'changed_when',
  'delay',
  'failed_when',
  'listen',
  'loop',
  'loop_control',
  'register',
  'retries',
  'until',
] as const;

/** What stands in a list of tasks without being a module. */
export const stepWords = [
  'block',
  'rescue',
  'always',
  'import_tasks',
  'import_role',
  'import_playbook',
  'include_tasks',
  'include_role',
  'include_vars',
  'meta',
] as const;

export const blockKeys = ['name', 'block', 'rescue', 'always', 'standby', ...commonKeys] as const;

/** The keys beside `import_tasks` and `import_role`. */
export const importKeys = ['name', ...commonKeys] as const;

/** The keys beside `include_tasks`, `include_role` and `include_vars`: what chooses the include itself. */
export const includeKeys = ['name', 'loop', 'loop_control', 'tags', 'vars', 'when'] as const;

export const metaKeys = ['name', 'handlers', 'tags', 'vars', 'when'] as const;

export const importPlaybookKeys = ['name', 'import_playbook', 'tags', 'vars', 'when'] as const;

export const loopControlKeys = ['extended', 'index_var', 'label', 'loop_var', 'pause'] as const;

/** What Ansible knows for a play and fettle does not yet, or writes otherwise. */
export function foreignPlayKey(key: string): ErrorParts | undefined {
  if (laterPlayKeys.has(key)) return notYet(key);
  if (key === 'user') return { summary: '`user` is written `remote_user`', next: 'Write `remote_user:`.' };
  if (key === 'sudo') return sudo;
  if (taskKeys.some((each) => each === key) || stepWords.some((each) => each === key))
    return { summary: `\`${key}\` belongs to a task, not to a play`, next: 'Move it into the tasks.' };
  return undefined;
}

/** What Ansible knows for a task and fettle does not yet, or writes otherwise. */
export function foreignTaskKey(key: string): ErrorParts | undefined {
  if (laterTaskKeys.has(key)) return notYet(key);
  if (/^with_/.test(key)) return withLoop(key);
  switch (key) {
    case 'local_action':
      return {
        summary: '`local_action` is not taken',
        next: 'Name the module itself, and add `delegate_to: localhost` to the task.',
      };
    case 'connection':
      return {
        summary: '`connection` belongs to a play, not to a task',
        next: 'For a task on this machine write `delegate_to: localhost`.',
      };
    case 'action':
      return {
        summary: `\`${key}\` is not taken`,
        next: 'Name the module itself: `copy:` and its arguments below.',
      };
    case 'sudo':
      return sudo;
    case 'include':
      return {
        summary: '`include` is not taken',
        next: 'Write `import_tasks:` (read now) or `include_tasks:` (read when it is reached).',
      };
    case 'hosts':
    case 'tasks':
    case 'handlers':
    case 'roles':
      return {
        summary: `\`${key}\` belongs to a play, not to a task`,
        next: 'Indent it as the play’s own key.',
      };
    default:
      return undefined;
  }
}

/** What a block, an import or a role does not take, though a task does. */
export function foreignGroupKey(key: string): ErrorParts | undefined {
  if (key === 'loop' || key === 'loop_control')
    return {
      summary: `\`${key}\` belongs to a single task or an include`,
      next: 'Put the tasks into a file of their own, and `loop` over `include_tasks`.',
    };
  const foreign = foreignTaskKey(key);
  if (foreign) return foreign;
  if (taskKeys.some((each) => each === key))
    return { summary: `\`${key}\` belongs to a single task`, next: 'Move it into the task that it is for.' };
  return undefined;
}

/** What an include does not take itself, though the tasks that it brings do. */
export function foreignIncludeKey(key: string): ErrorParts | undefined {
  if (commonKeys.some((each) => each === key))
    return {
      summary: `\`${key}\` beside an include does not reach its tasks`,
      next: `Write it below \`apply\`, as in \`include_tasks: {file: …, apply: {${key}: …}}\`.`,
    };
  return foreignGroupKey(key);
}

const sudo: ErrorParts = { summary: '`sudo` is written `become`', next: 'Write `become: true`.' };

const laterPlayKeys = new Set(
  `become_exe become_flags collections debugger guard order port vars_prompt gather_subset gather_timeout
   fact_path`.split(/\s+/),
);

const laterTaskKeys = new Set(
  `async become_exe become_flags collections debugger delegate_facts gate guard poll port remote_user
   undo`.split(/\s+/),
);

/** Says that something of Ansible's is not there yet. */
export function notYet(key: string): ErrorParts {
  return { summary: `\`${key}\` is not supported yet`, next: 'Remove it; nothing has been done so far.' };
}

function withLoop(key: string): ErrorParts {
  const rest: Record<string, string> = {
    with_items: 'Write `loop:` with the same list.',
    with_list: 'Write `loop:` with the same list.',
    with_dict: 'Write `loop: "{{dict2items name}}"`, which gives `item.key` and `item.value`.',
    with_sequence: 'Write `loop:` with the numbers: `loop: [1, 2, 3]`.',
  };
  return { summary: `\`${key}\` is not taken`, next: rest[key] ?? 'Write `loop:` with a list.' };
}
