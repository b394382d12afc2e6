#!/usr/bin/env node
import { version } from './version.ts';

/*
 * Nothing is loaded before it is needed: `--version` needs no more than this file.
 */
const words = process.argv.slice(2);
if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  process.stdout.write(`fettle ${version}\n`);
} else {
  const { optimizeLater } = await import('./optimize_later.ts');
  optimizeLater();
  outliveReaders();
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(words);
}

/** A reader that goes away early (`| head`) is no reason to leave hosts half done. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
}
