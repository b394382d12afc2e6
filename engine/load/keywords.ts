import type { ErrorParts } from '../errors.ts';

/** The keys that a play may have. */
export const playKeys = [
  'name',
  'hosts',
  'become',
  'become_user',
  'become_method',
  'connection',
  'environment',
  'gather_facts',
  'handlers',
  'remote_user',
  'tasks',
  'vars',
  'vars_schema',
] as const;

/** The keys that a task or handler may have beside its module. */
export const taskKeys = [
  'name',
  'become',
  'become_method',
  'become_user',
  'changed_when',
  'check_mode',
  'diff',
  'environment',
  'failed_when',
  'ignore_errors',
  'listen',
  'loop',
  'loop_control',
  'no_log',
  'notify',
  'register',
  'timeout',
  'vars',
  'when',
] as const;

/** What Ansible knows for a play and fettle does not yet, or writes otherwise. */
export function foreignPlayKey(key: string): ErrorParts | undefined {
  if (laterPlayKeys.has(key)) return notYet(key);
  if (key === 'user') return { summary: '`user` is written `remote_user`', next: 'Write `remote_user:`.' };
  if (key === 'sudo') return { summary: '`sudo` is written `become`', next: 'Write `become: true`.' };
  if (taskKeys.some((each) => each === key))
    return { summary: `\`${key}\` belongs to a task, not to a play`, next: 'Move it into the tasks.' };
  return undefined;
}

/** What Ansible knows for a task and fettle does not yet, or writes otherwise. */
export function foreignTaskKey(key: string): ErrorParts | undefined {
  if (laterTaskKeys.has(key)) return notYet(key);
  if (/^with_/.test(key)) return withLoop(key);
  switch (key) {
    case 'args':
      return {
        summary: '`args` beside a module is not taken',
        next: 'Put all arguments under the module, as in `command: {cmd: uptime, chdir: /tmp}`.',
      };
    case 'action':
    case 'local_action':
      return {
        summary: `\`${key}\` is not taken`,
        next: 'Name the module itself: `copy:` and its arguments below.',
      };
    case 'sudo':
      return { summary: '`sudo` is written `become`', next: 'Write `become: true`.' };
    case 'include':
      return {
        summary: '`include` is not taken',
        next: 'Write the tasks out; `include_tasks` is not supported yet.',
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

const laterPlayKeys = new Set(
  `any_errors_fatal become_exe become_flags check_mode collections debugger diff force_handlers gate guard ignore_errors
   ignore_unreachable import_playbook max_fail max_fail_percentage module_defaults no_log order port post_tasks pre_tasks
   roles run_once serial strategy tags throttle timeout vars_files vars_prompt gather_subset gather_timeout fact_path`.split(
    /\s+/,
  ),
);

const laterTaskKeys = new Set(
  `always any_errors_fatal async become_exe become_flags block collections connection debugger delay delegate_facts
   delegate_to gate guard ignore_unreachable import_role import_tasks include_role include_tasks include_vars meta
   module_defaults poll port remote_user rescue retries run_once tags throttle undo until`.split(/\s+/),
);

function notYet(key: string): ErrorParts {
  return { summary: `\`${key}\` is not supported yet`, next: 'Remove it; nothing has been done so far.' };
}

function withLoop(key: string): ErrorParts {
  const rest: Record<string, string> = {
    with_items: 'Write `loop:` with the same list.',
    with_list: 'Write `loop:` with the same list.',
    with_dict: 'Write `loop:` with a list of maps, as in `loop: [{key: a, value: 1}]`.',
    with_sequence: 'Write `loop:` with the numbers: `loop: [1, 2, 3]`.',
  };
  return { summary: `\`${key}\` is not taken`, next: rest[key] ?? 'Write `loop:` with a list.' };
}
