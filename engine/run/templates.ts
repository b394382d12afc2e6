import type { RenderedFile } from '../contract/schema.ts';
import { FettleError } from '../errors.ts';
import type { Task, TemplateFile } from '../load/playbook.ts';
import { Secret } from '../shell/secret.ts';
import type { Reference, Scope } from '../template/template.ts';
import { markedArguments } from './local_files.ts';

/** The template files of a task's arguments with the host's values in them, by argument. Throws FettleErrors. */
export function renderTemplates(
  task: Task,
  rendered: unknown,
  scope: Scope,
): Readonly<Record<string, RenderedFile>> {
  const files = Object.entries(templatesOf(task, rendered));
  return Object.fromEntries(
    files.map(([name, { path, text, mode }]) => {
      return [name, { path, text: text.render(scope) as RenderedFile['text'], mode }];
    }),
  );
}

/**
 * The names in those of a task's templates whose path is itself a template. They are known once the arguments'
 * own names are, and must be so as well before the task is prepared.
 */
export function laterReferences(task: Task, scope: Scope): readonly Reference[] {
  const isOpen = markedArguments(task, ['template']).some((name) => !(name in task.args.templates));
  if (!isOpen) return [];
  return Object.entries(templatesOf(task, task.args.values.render(scope))).flatMap(([name, { text }]) =>
    name in task.args.templates ? [] : text.references,
  );
}

function templatesOf(task: Task, rendered: unknown): Readonly<Record<string, TemplateFile>> {
  const { args } = task;
  const given = rendered as Readonly<Record<string, unknown>>;
  const files: Record<string, TemplateFile> = { ...args.templates };
  for (const name of markedArguments(task, ['template'])) {
    const path = given[name];
    if (name in files || path === undefined) continue;
    if (path instanceof Secret)
      throw new FettleError('task', {
        summary: `\`${name}\` is secret, and so cannot be the path of a file`,
        next: 'give it a path that may be shown',
        position: args.position(name),
      });
    // Anything else is refused by the schema.
    if (typeof path === 'string' && path !== '') files[name] = args.readTemplate(name, path);
  }
  return files;
}
