import type { ErrorParts } from '../errors.ts';
import { helperNames } from '../template/helpers.ts';

/** Names that fettle itself gives a value to, everywhere. */
export const magicNames = [
  'ansible_check_mode',
  'ansible_play_batch',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_name',
  'ansible_role_name',
  'ansible_run_tags',
  'ansible_skip_tags',
  'facts',
  'group_names',
  'groups',
  'hostvars',
  'inventory_dir',
  'inventory_hostname',
  'inventory_hostname_short',
  'playbook_dir',
  'role_name',
  'role_path',
] as const;

/** Those of them that have a value only in a role. */
export const roleNames: readonly string[] = ['ansible_role_name', 'role_name', 'role_path'];

/** What a `rescue` knows of the task that it is for. */
export const rescueNames: readonly string[] = ['ansible_failed_result', 'ansible_failed_task'];

/** What a loop with `extended: true` knows of itself. */
export const extendedLoopName = 'ansible_loop';

/** The loop's variable where `loop_control` names no other. */
export const defaultLoopVar = 'item';

/** Why a variable, register or loop variable cannot have a name, or undefined where it can. */
export function wrongName(name: string, what: string): ErrorParts | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name))
    return {
      summary: `\`${name}\` cannot name ${what}`,
      next: `Use letters, digits and \`_\`, as in \`${name.replace(/\W+/g, '_').replace(/^(?=\d)|^$/, '_')}\`.`,
    };
  if (magicNames.some((magic) => magic === name))
    return { summary: `\`${name}\` is a name of fettle's own`, next: 'Choose another name.' };
  if (helperNames.includes(name))
    return {
      summary: `\`${name}\` is a helper in texts (\`{{${name} …}}\`) and cannot name ${what}`,
      next: 'Choose another name.',
    };
  if (expressionWords.has(name))
    return {
      summary: `\`${name}\` is a word of conditions and cannot name ${what}`,
      next: 'Choose another name.',
    };
  return undefined;
}

// A variable of that name could never be read in a condition.
const expressionWords = new Set(['true', 'false', 'null', 'in']);
