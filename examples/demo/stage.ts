import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const fettle = join(root, 'dist', 'cli', 'main.js');

/** What the demo promised and what came of it. */
export class Stage {
  readonly #state: string;
  #broken = 0;

  constructor(state: string) {
    this.#state = state;
  }

  /** How many promises were broken. */
  get broken(): number {
    return this.#broken;
  }

  heading(text: string): void {
    this.say(`\n━━ ${text} ${'━'.repeat(Math.max(2, 90 - text.length))}\n`);
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  promise(kept: boolean, text: string): void {
    if (!kept) this.#broken += 1;
    this.say(`  ${kept ? '✔' : '✘ NOT SO:'} ${text}`);
  }

  /** Shows a command line of fettle's, runs it with this terminal, and gives its exit status. */
  async fettle(...words: readonly string[]): Promise<number> {
    this.say(`$ node ${relative(root, fettle)} ${words.join(' ')}\n`);
    const running = spawn(process.execPath, [fettle, ...words], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, FETTLE_STATE: this.#state },
    });
    const [code] = (await once(running, 'exit')) as [number | null];
    this.say('');
    return code ?? 1;
  }
}
