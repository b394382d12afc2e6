import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleErrors, type FettleError } from '../../engine/errors.ts';
import { checkNames } from '../../engine/load/check_names.ts';
import { readPlaybook } from '../../engine/load/load_playbook.ts';
import { parseYaml } from '../../engine/load/yaml.ts';
import { fakeRegistry } from './fake_modules.ts';

const cases = [
  ...readFileSync(new URL('playbook_mistakes.md', import.meta.url), 'utf8').matchAll(
    /^## (.*)\n\n```yaml\n([^]*?)\n?```\n\n```text\n([^]*?)\n```$/gm,
  ),
].map(([, name = '', playbook = '', said = '']) => ({ name, playbook, said }));

test('the table is read', () => {
  expect(cases.length).toBeGreaterThan(60);
});

test.each(cases)('$name', async ({ playbook, said }) => {
  const errors = await mistakesOf(playbook);
  expect(errors.map(formatError).join('\n')).toBe(said);
});

async function mistakesOf(text: string): Promise<readonly FettleError[]> {
  try {
    const source = parseYaml(`${text}\n`, 'site.yml', 'playbook');
    const { plays } = await readPlaybook(source, { registry: fakeRegistry });
    return plays.flatMap((play) => checkNames(play, new Set(['known', 'name']), ['os', 'kernel']));
  } catch (error) {
    if (error instanceof FettleErrors) return error.errors;
    throw error;
  }
}
