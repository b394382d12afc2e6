import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { registry } from '../../engine/modules/index.ts';
import { sharedByModules } from './allowed_imports.ts';
import { engineFiles } from './imports.ts';

const top = join(import.meta.dirname, '..', '..');
const names = Object.keys(registry);

test('the registry is sorted', () => {
  expect(names).toEqual(names.toSorted());
});

test('every file in modules/ is a module, or belongs to one', () => {
  const owners = engineFiles()
    .filter((file) => file.startsWith('modules/') && file !== 'modules/index.ts')
    .map((file) => (file.split('/')[1] ?? '').replace(/\.ts$/, ''));
  expect([...new Set(owners)].filter((owner) => !names.includes(owner))).toEqual(sharedByModules);
});

describe.each(names)('%s', (name) => {
  test('bears the name of its file, its test and its example', async () => {
    const module = await registry[name]?.();
    expect(module?.name).toBe(name);
    const trio = [
      `engine/modules/${name}.ts`,
      `test/modules/${name}.test.ts`,
      `examples/modules/${name}.yml`,
    ];
    expect(trio.filter((file) => !existsSync(join(top, file)))).toEqual([]);
    expect(readFileSync(join(top, `examples/modules/${name}.yml`), 'utf8')).toMatch(
      new RegExp(`^ +(- )?${name}:`, 'm'),
    );
  });

  test('says what it is in one sentence, and what each argument means', async () => {
    const module = await registry[name]?.();
    expect(module?.summary).toMatch(/^[A-Z][^\n]*\.$/);
    expect(undescribed(module?.args)).toEqual([]);
  });

  test('refuses unknown arguments, or says that it takes any', async () => {
    const args = (await registry[name]?.())?.args as { additionalProperties?: unknown; fettle?: string };
    if (args.fettle !== 'freeKeys') expect(args.additionalProperties).toBe(false);
  });
});

function undescribed(args: unknown): readonly string[] {
  const { properties = {} } = args as { properties?: Record<string, { description?: string }> };
  return Object.keys(properties).filter((name) => !/^\S.*\.$/s.test(properties[name]?.description ?? ''));
}
