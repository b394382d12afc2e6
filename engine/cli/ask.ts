import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { FettleError } from '../errors.ts';
import { Secret } from '../shell/secret.ts';
import { exitStatus } from './exit.ts';

/**
 * Asks for a password on the terminal without showing it; Ctrl-C there ends fettle, which has begun nothing yet.
 * Throws FettleError `usage` where there is no terminal, or no answer.
 */
export async function askSecret(prompt: string, instead: string): Promise<Secret> {
  if (!process.stdin.isTTY) {
    throw new FettleError('usage', {
      summary: `cannot ask for the ${prompt}: there is no terminal`,
      next: `use ${instead} FILE`,
    });
  }
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  // Whoever types before the prompt is seen types on a terminal that echoes nothing any more.
  process.stderr.write(`${prompt}: `);
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      terminal.question('', resolve);
      terminal.on('SIGINT', () => {
        terminal.close();
        process.stderr.write('\n');
        process.exit(exitStatus.interrupted);
      });
      terminal.on('close', () =>
        reject(
          new FettleError('usage', {
            summary: `the ${prompt} was left without an answer`,
            next: `type it and Enter, or use ${instead} FILE`,
          }),
        ),
      );
    });
    return new Secret(answer);
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}

/** Reads a password from a file: its first line. Throws FettleError `usage`. */
export function secretFromFile(path: string): Secret {
  try {
    return new Secret(readFileSync(path, 'utf8').split(/\r?\n/, 1)[0] ?? '');
  } catch (error) {
    throw new FettleError('usage', {
      summary: `cannot read the password file ${path}`,
      detail: error instanceof Error ? error.message : String(error),
      next: 'check its path and that you may read it',
      cause: error,
    });
  }
}
