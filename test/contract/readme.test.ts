import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { quote, sh } from '../../engine/shell/script.ts';
import { Secret } from '../../engine/shell/secret.ts';

const top = join(import.meta.dirname, '../..');
const readme = readFileSync(join(top, 'engine/contract/README.md'), 'utf8');
const blocks = [...readme.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)].map(([, path = '', text = '']) => ({
  path,
  text,
}));

// A compiler and a test run of their own take a while on a busy machine.
describe('the module that the contract’s README makes', { timeout: 120_000 }, () => {
  // Within the repository, so that node_modules are found.
  const folder = mkdtempSync(join(top, 'node_modules/.readme-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is complete and its test passes', () => {
    expect(blocks.map(({ path }) => path)).toEqual([
      'engine/facts/kernel_setting.ts',
      'engine/modules/kernel_setting.ts',
      'test/modules/kernel_setting.test.ts',
    ]);
    for (const shared of ['engine/contract', 'engine/shell', 'test/facts/look.ts'])
      cpSync(join(top, shared), join(folder, shared), { recursive: true });
    for (const { path, text } of blocks) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    writeFileSync(
      join(folder, 'vitest.config.ts'),
      "export default { test: { include: ['test/**/*.test.ts'] } };\n",
    );
    const run = spawnSync(
      process.execPath,
      [join(top, 'node_modules/vitest/vitest.mjs'), 'run', '--root', folder],
      {
        encoding: 'utf8',
        cwd: folder,
      },
    );
    expect(run.stdout + run.stderr).toMatch(/Tests .*5 passed/);
    expect(run.status).toBe(0);
  });

  test('has the types that it says', () => {
    const options = [
      '--noEmit',
      '--ignoreConfig',
      '--allowImportingTsExtensions',
      '--strict',
      '--skipLibCheck',
    ];
    const target = ['--module', 'nodenext', '--target', 'es2023', '--exactOptionalPropertyTypes'];
    const file = join(folder, 'engine/modules/kernel_setting.ts');
    const run = spawnSync(
      process.execPath,
      [
        join(top, 'node_modules/typescript/bin/tsc'),
        ...options,
        ...target,
        '--noUncheckedIndexedAccess',
        '--types',
        'node',
        file,
      ],
      { encoding: 'utf8', cwd: folder },
    );
    expect(run.stdout).toBe('');
  });

  test('its example is YAML', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    expect(parse(example)).toMatchObject([{ tasks: [{ kernel_setting: { value: '10' } }] }]);
  });
});

test('what the shell’s README says of the template', () => {
  expect(sh`rm -- ${"it's here"}`.text).toBe(`rm -- 'it'\\''s here'`);
  expect(sh`rm -- ${['a', 'b c']}`.text).toBe("rm -- a 'b c'");
  expect(sh`if ${sh`test -e /x`}; then echo yes; fi`.text).toBe('if test -e /x; then echo yes; fi');
  expect(() => sh`login ${new Secret('x') as never}`).toThrow(TypeError);
  expect(() => quote('a\0b')).toThrow(RangeError);
});
