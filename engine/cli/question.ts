import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { FettleError } from '../errors.ts';
import { visible } from '../report/visible.ts';
import type { RunContext } from '../run/context.ts';
import { Secret } from '../shell/secret.ts';
import type { Interrupt } from './interrupt.ts';
import type { Reporter } from './reporters.ts';

/** What a run's questions need: reports that hold still meanwhile, and masks that learn of answers that are not shown. */
export interface Asking {
  readonly reporters: readonly Reporter[];
  readonly secrets: Set<Secret>;
  readonly interrupt: Interrupt;
}

/** Puts the questions of a run to the person at the terminal, one at a time; undefined where there is no terminal. */
export function askAtTerminal({ reporters, secrets, interrupt }: Asking): RunContext['ask'] {
  if (!process.stdin.isTTY) return undefined;
  let turn: Promise<unknown> = Promise.resolve();
  return (prompt, echo) => {
    const answer = turn.then(async () => {
      const holds = await Promise.all(reporters.map(async (reporter) => reporter.hold?.()));
      try {
        const text = await question(prompt, echo, interrupt);
        if (echo) return text;
        const secret = new Secret(text);
        secrets.add(secret);
        return secret;
      } finally {
        for (const release of holds) release?.();
      }
    });
    turn = answer.catch(() => undefined);
    return answer;
  };
}

async function question(prompt: string, echo: boolean, interrupt: Interrupt): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({
    input: process.stdin,
    output: echo ? process.stderr : silent,
    terminal: true,
  });
  const shown = `${visible(prompt)} `;
  if (!echo) process.stderr.write(shown);
  try {
    return await new Promise<string>((resolve, reject) => {
      const end = (why: string): void => reject(new FettleError('task', { summary: why }));
      interrupt.signal.addEventListener('abort', () => end('interrupted'), { once: true });
      if (interrupt.wasAsked) end('interrupted');
      terminal.on('SIGINT', () => interrupt.key());
      terminal.on('close', () => end(`“${prompt}” was left without an answer`));
      terminal.question(echo ? shown : '', resolve);
    });
  } finally {
    terminal.close();
    if (!echo) process.stderr.write('\n');
  }
}
