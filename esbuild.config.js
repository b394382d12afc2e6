// Builds dist/cli: the program as one file with V8's code cache beside it, and the small modules that start it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

const common = { bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };

await build({
  ...common,
  entryPoints: { program: 'engine/cli/program.ts' },
  outdir: 'dist/cli',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  // What only one form of output needs is read when it is asked for.
  external: ['*.node', 'cpu-features', 'junit-report-builder'],
  supported: { 'dynamic-import': false },
  banner: { js: '(function (exports, require, module, __dirname) {' },
  footer: { js: '})' },
});
await build({
  ...common,
  entryPoints: ['engine/cli/main.ts', 'engine/cli/cached_program.ts', 'engine/cli/optimize_later.ts'],
  outdir: 'dist/cli',
  format: 'esm',
  splitting: true,
  plugins: [
    {
      name: 'cached program',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\/program\.ts$/ }, ({ resolveDir }) => ({
          path: join(resolveDir, 'cached_program.ts'),
        })),
    },
  ],
});

// Functions that have run are in the cache: a run on this machine, and a host that refuses.
const scratch = mkdtempSync(join(tmpdir(), 'fettle-build-'));
process.env['FETTLE_STATE'] = scratch;
const write = process.stdout.write;
process.stdout.write = () => true;
try {
  const { optimizeLater } = await import('./dist/cli/optimize_later.js');
  optimizeLater();
  const { runProgram, script } = await import('./dist/cli/cached_program.js');
  const local = ['-i', 'host,', '-c', 'local', '-e', `root=${scratch}`, '--check', '--diff'];
  for (const module of ['copy', 'file', 'lineinfile', 'command'])
    await runProgram(['run', `examples/modules/${module}.yml`, ...local]);
  await runProgram(['facts', 'host', '-i', 'host,', '-e', 'ansible_host=127.0.0.1', '-e', 'ansible_port=1']);
  writeFileSync('dist/cli/program.cjs.cache', script.createCachedData());
} finally {
  process.stdout.write = write;
  process.exitCode = 0;
  rmSync(scratch, { recursive: true, force: true });
}
