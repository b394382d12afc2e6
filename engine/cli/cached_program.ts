import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import type { runProgram as RunProgram } from './program.ts';

/*
 * Stands in for program.ts in the built command: all of it is one file, and what V8 made of that file when it was built is
 * kept beside it, since parsing and compiling would take half of a short run. Where V8 is another one it compiles anew.
 */
const folder = dirname(fileURLToPath(import.meta.url));
const file = join(folder, 'program.cjs');
const cache = `${file}.cache`;

/** The compiled program. */
export const script = new Script(readFileSync(file, 'utf8'), {
  filename: file,
  ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
});

type Wrapped = (
  exports: object,
  require: (id: string) => unknown,
  module: { exports: object },
  __dirname: string,
) => void;

const require = createRequire(import.meta.url);
/** ssh2 is in the file, its native parts are not: they stay where npm built them, if it could. */
const besideSsh2 = require.resolve('ssh2/lib/protocol/crypto/poly1305.js');
const requireNative = createRequire(join(dirname(besideSsh2), '..', 'crypto.js'));
const requireFrom = (id: string): unknown => (id.endsWith('.node') ? requireNative(id) : require(id));

const module: { exports: object } = { exports: {} };
(script.runInThisContext() as Wrapped)(module.exports, requireFrom, module, dirname(besideSsh2));

export const { runProgram } = module.exports as { readonly runProgram: typeof RunProgram };
