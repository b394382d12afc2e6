import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatError } from '../../engine/error_text.ts';
import { FettleErrors, type FettleError } from '../../engine/errors.ts';
import { checkNames } from '../../engine/load/check_names.ts';
import { loadPlaybook } from '../../engine/load/load_playbook.ts';
import { fakeRegistry } from './fake_modules.ts';

const cases = [
  ...readFileSync(new URL('playbook_mistakes.md', import.meta.url), 'utf8').matchAll(
    /^## (.*)\n\n(?:From .*\n\n)?((?:```yaml.*\n[^]*?\n?```\n\n)+)```text\n([^]*?)\n```$/gm,
  ),
].map(([, name = '', yaml = '', said = '']) => ({ name, files: filesIn(yaml), said }));

const folder = mkdtempSync(join(tmpdir(), 'fettle-mistakes-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the table is read', () => {
  expect(cases.length).toBeGreaterThan(140);
  expect(cases.flatMap(({ files }) => files).length).toBeGreaterThan(cases.length);
});

test.each(cases)('$name', async ({ files, said }) => {
  expect((await whatIsSaid(files)).join('\n')).toBe(said);
});

// The playbook itself, then other files with their names.
function filesIn(yaml: string): readonly { readonly name: string; readonly text: string }[] {
  return [...yaml.matchAll(/^```yaml(.*)\n([^]*?)\n?```$/gm)].map(([, name = '', text = '']) => ({
    name: name.trim() || 'site.yml',
    text: `${text}\n`,
  }));
}

/** The warnings, then the mistakes. */
async function whatIsSaid(files: ReturnType<typeof filesIn>): Promise<readonly string[]> {
  const warnings: FettleError[] = [];
  const errors = await mistakesOf(files, (warning) => warnings.push(warning));
  return [...warnings.map((one) => `warning: ${formatError(one)}`), ...errors.map((one) => formatError(one))];
}

async function mistakesOf(
  files: ReturnType<typeof filesIn>,
  warn: (warning: FettleError) => void,
): Promise<readonly FettleError[]> {
  const here = mkdtempSync(join(folder, 'case-'));
  for (const { name, text } of files) {
    mkdirSync(dirname(join(here, name)), { recursive: true });
    writeFileSync(join(here, name), text);
  }
  const before = process.cwd();
  process.chdir(here);
  try {
    const { plays } = await loadPlaybook('site.yml', { registry: fakeRegistry, warn });
    return plays.flatMap((play) =>
      checkNames(play, new Set(['known', 'name']), { hostFacts: ['os', 'kernel'] }),
    );
  } catch (error) {
    if (error instanceof FettleErrors) return error.errors;
    throw error;
  } finally {
    process.chdir(before);
  }
}
