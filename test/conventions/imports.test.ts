import { expect, test } from 'vitest';
import { allowedImports, folderOf, isAllowed } from './allowed_imports.ts';
import { engineFiles, engineImports, importsOf, type Import } from './imports.ts';

test('each file imports only what its folder may', () => {
  const others = engineImports().filter((one) => !isAllowed(one));
  expect(others.map((one) => `${one.from} imports ${one.to}${one.typeOnly ? ' (types)' : ''}`)).toEqual([]);
});

test('every folder is on the allow-list', () => {
  const folders = new Set(
    engineFiles()
      .map(folderOf)
      .filter((folder) => folder !== ''),
  );
  expect([...folders].filter((folder) => !(folder in allowedImports))).toEqual([]);
});

test('no file imports itself by way of others', () => {
  expect(cyclesIn(engineImports()).map((cycle) => cycle.join(' → '))).toEqual([]);
});

test.each<[from: string, text: string, allowed: boolean]>([
  ['modules/a.ts', "import { b } from './b.ts';", false],
  ['modules/a.ts', "import type { B } from './b.ts';", false],
  ['modules/a.ts', "import { part } from './a/part.ts';", true],
  ['modules/a/part.ts', "import type { A } from '../a.ts';", true],
  ['modules/a.ts', "import { part } from './b/part.ts';", false],
  ['modules/a.ts', "import { text } from './user_text/arguments.ts';", true],
  ['modules/user_text/run.ts', "import type { A } from '../a.ts';", false],
  ['modules/index.ts', "const a = () => import('./a.ts');", true],
  ['modules/a.ts', "import { readFile } from 'node:fs';", false],
  ['modules/a.ts', "const os = await import('node:os');", false],
  ['modules/a.ts', "export { run } from '../run/run.ts';", false],
  ['modules/a.ts', "import { FettleError } from '../errors.ts';", true],
  ['run/a.ts', "import type { Play } from '../load/playbook.ts';", true],
  ['run/a.ts', "import { type Play } from '../load/playbook.ts';", true],
  ['run/a.ts', "import { loadPlaybook, type Play } from '../load/load_playbook.ts';", false],
  ['run/a.ts', "import { Wire } from '../transport/wire.ts';", false],
  ['report/a.ts', "type A = import('../run/host.ts').Host;", false],
  ['load/a.ts', "import { sh } from '../transport/transport.ts';", false],
  ['shell/a.ts', "import 'left-pad';", false],
  ['errors.ts', "import { sh } from './shell/script.ts';", false],
])('%s: %s (%s)', (from, text, allowed) => {
  expect(importsOf(from, text).map(isAllowed)).toEqual([allowed]);
});

test('a cycle is found, one of types alone is none', () => {
  const one = (from: string, to: string, typeOnly = false): Import => ({
    from,
    to,
    kind: 'file',
    typeOnly,
    lazy: false,
  });
  expect(cyclesIn([one('a', 'b'), one('b', 'c'), one('c', 'a'), one('c', 'd')])).toEqual([
    ['a', 'b', 'c', 'a'],
  ]);
  expect(cyclesIn([one('a', 'b'), one('b', 'a', true)])).toEqual([]);
});

/** Each way by which a file comes back to itself, types not counted. */
function cyclesIn(imports: readonly Import[]): readonly string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to, kind, typeOnly } of imports) {
    if (kind === 'file' && !typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): void => {
    const start = way.indexOf(file);
    if (start >= 0) cycles.push([...way.slice(start), file]);
    if (start >= 0 || done.has(file)) return;
    for (const to of next.get(file) ?? []) walk(to, [...way, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return cycles;
}
