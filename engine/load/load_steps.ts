import type { Around, LoadSteps } from './around.ts';
import { plainName } from './find_module.ts';
import { stepWords } from './keywords.ts';
import { loadBlock } from './load_block.ts';
import { loadImportRole, loadImportTasks } from './load_import.ts';
import { loadInclude } from './load_include.ts';
import { loadMeta } from './load_meta.ts';
import { loadTask } from './load_task.ts';
import type { Mistakes } from './mistakes.ts';
import type { Step } from './playbook.ts';
import type { YamlEntry, YamlMap, YamlNode } from './yaml_node.ts';

/** Reads a list of tasks and all that may stand among them. */
export const loadSteps: LoadSteps = async (key, node, around) => {
  const { mistakes } = around;
  if (!node || (node.kind === 'scalar' && node.value === null)) return [];
  if (node.kind !== 'list') {
    mistakes.add(node.at, {
      summary: `\`${key}\` must be a list`,
      next: 'Start each task with `- `, as in `- name: …`.',
    });
    return [];
  }
  const steps: Step[] = [];
  for (const item of node.items) steps.push(...(await loadStep(item, around)));
  return steps;
};

async function loadStep(node: YamlNode, around: Around): Promise<readonly Step[]> {
  const { mistakes } = around;
  if (node.kind !== 'map') {
    mistakes.add(node.at, { summary: 'A task is a map', next: 'Write `- name: …` and its module below it.' });
    return [];
  }
  const entry = wordOf(node, around);
  if (!entry) {
    const task = await loadTask(node, around);
    return task ? [task] : [];
  }
  switch (plainName(entry.key) as (typeof stepWords)[number]) {
    case 'block':
      return isTask(entry, around) ? loadBlock(node, around) : [];
    case 'rescue':
    case 'always':
      mistakes.add(entry.keyAt, {
        summary: `\`${entry.key}\` without \`block\``,
        next: 'Put the tasks that it is for into a `block:` before it.',
      });
      return [];
    case 'import_playbook':
      mistakes.add(entry.keyAt, {
        summary: '`import_playbook` stands beside plays, not in a list of tasks',
        next: 'Start it in the first column: `- import_playbook: …`; tasks come in with `import_tasks`.',
      });
      return [];
    case 'import_tasks':
      return loadImportTasks(node, entry, around);
    case 'import_role':
      return isTask(entry, around) ? loadImportRole(node, entry, around) : [];
    case 'include_tasks':
    case 'include_role':
    case 'include_vars':
      return isTask(entry, around) ? loadInclude(node, entry, around) : [];
    case 'meta':
      return isTask(entry, around) ? loadMeta(node, entry, around) : [];
  }
}

// The first of the words that stand for no module; a second one, or a module beside it, is a mistake.
function wordOf(node: YamlMap, { loading, mistakes }: Around): YamlEntry | undefined {
  const entries = [...node.entries.values()];
  const isWord = ({ key }: YamlEntry) => stepWords.some((word) => word === plainName(key));
  const entry = entries.find(isWord);
  if (!entry) return undefined;
  const isSection = ({ key }: YamlEntry) => ['block', 'rescue', 'always'].includes(key);
  const second = entries.find(
    (each) =>
      each !== entry &&
      !(isSection(each) && isSection(entry)) &&
      (isWord(each) || Object.hasOwn(loading.registry, plainName(each.key))),
  );
  if (second) twoThings(entry, second, mistakes);
  return entries.find(({ key }) => key === 'block') ?? entry;
}

function twoThings(entry: YamlEntry, second: YamlEntry, mistakes: Mistakes): void {
  mistakes.add(second.keyAt, {
    summary: `A task has one module, this one has \`${entry.key}\` and \`${second.key}\``,
    next: 'Make two tasks of it: start another with `- `.',
  });
}

function isTask({ key, keyAt }: YamlEntry, { section, mistakes }: Around): boolean {
  if (section === 'tasks') return true;
  mistakes.add(keyAt, {
    summary: `\`${key}\` cannot be a handler`,
    next:
      key === 'include_tasks'
        ? 'Handlers are known before any host is touched: write `import_tasks`.'
        : 'A handler is a single task with a module; several can `listen` to one topic.',
  });
  return false;
}
