#!/usr/bin/env node
import { version } from './version.ts';

/*
 * Nothing is loaded before it is needed: `--version` needs no more than this file.
 */
outliveReaders();
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`fettle ${version}\n`);
} else {
  const { optimizeLater } = await import('./optimize_later.ts');
  optimizeLater();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(words);
}

/** A reader that goes away early (`| head`), or a full disk behind `>`, is no reason to leave hosts half done. */
function outliveReaders(): void {
  let isTold = false;
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || isTold) return;
    isTold = true;
    process.stderr.write(`fettle: standard output is not complete: ${error.message}\n`);
  });
}
