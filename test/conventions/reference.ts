import { join } from 'node:path';
import { registry } from '../../engine/modules/index.ts';
import { modulePage } from '../../engine/report/module_page.ts';

/** Where the pages of all modules lie. */
export const referenceFile = join(import.meta.dirname, '..', '..', 'engine', 'modules', 'REFERENCE.md');

/** The pages of all modules, made from their schemas. */
export async function reference(): Promise<string> {
  const modules = await Promise.all(Object.values(registry).map((load) => load()));
  const list = modules.map(({ name, summary }) => `- [${name}](#${name}): ${summary}`);
  return [
    '# The modules of fettle',
    '',
    'Made by `npm run reference` from the modules themselves; `fettle doc MODULE` prints one page.',
    '',
    ...list,
    '',
    modules.map(modulePage).join('\n'),
  ].join('\n');
}
