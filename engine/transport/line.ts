import { FettleError } from '../errors.ts';
import { deferred, type Deferred } from './deferred.ts';
import type { Opening } from './opening.ts';
import { SectionReader } from './section_reader.ts';
import type { Over } from './transport.ts';

/** What a frame brought back, before its meaning is looked at. */
export interface RawResult {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly code: number;
  /** The second word of the end marker. */
  readonly flag: number;
}

/** A frame whose result is awaited. */
export interface Expected {
  readonly sequence: number;
  /** Whether the frame has spoken: true at its first bytes, false if it ends without any. */
  readonly spoken: Promise<boolean>;
  readonly result: Promise<RawResult>;
}

interface Waiting {
  readonly name: string;
  /** Milliseconds of silence that it is granted. */
  readonly silence: number;
  readonly spoken: Deferred<boolean>;
  readonly result: Deferred<RawResult>;
  stdout?: { readonly content: Buffer; readonly tail: string };
  stderr?: Buffer;
}

/** What setTimeout can hold. */
const longestTimer = 2 ** 31 - 1;

/** The two ways of a shell's channel: text in, numbered frames out in order, and a watch over silence. */
export class Line {
  /** Why nothing more will come, once that is so. */
  loss: FettleError | undefined;
  readonly #opening: Opening;
  readonly #host: string;
  readonly #waiting = new Map<number, Waiting>();
  #issued = 0;
  #current = 1;
  #said = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(opening: Opening, nonce: string, host: string) {
    this.#opening = opening;
    this.#host = host;
    const dropped = (bytes: Buffer): void => {
      this.#said = (this.#said + bytes.toString('utf8')).slice(-2000);
    };
    const output = new SectionReader(nonce, '<>', {
      grown: (sequence) => this.#waiting.get(sequence)?.spoken.resolve(true),
      ended: (sequence, content, tail) => this.#took(sequence, { stdout: { content, tail } }),
      dropped,
    });
    const errors = new SectionReader(nonce, '[]', {
      ended: (sequence, content) => this.#took(sequence, { stderr: content }),
      ...(opening.merged ? {} : { dropped }),
    });
    this.#listen(output, errors);
  }

  /** Whether any frame has come back. */
  get begun(): boolean {
    return this.#current > 1;
  }

  /** The last of what was said outside every frame. */
  get said(): string {
    return this.#said.trim();
  }

  /** Announces the next frame; its text must follow in this order. */
  expect(name: string, silence: number): Expected {
    const sequence = ++this.#issued;
    const waiting: Waiting = { name, silence, spoken: deferred(), result: deferred() };
    if (this.loss) this.#reject(waiting, this.loss);
    else this.#waiting.set(sequence, waiting);
    if (sequence === this.#current) this.#watch();
    return { sequence, spoken: waiting.spoken.promise, result: waiting.result.promise };
  }

  /** Resolves when the bytes are taken or the line is lost. */
  async write(data: Buffer | string): Promise<void> {
    if (this.loss) return;
    this.#timer?.refresh();
    await Promise.race([this.#opening.channel.write(data), this.#opening.channel.over]);
    this.#timer?.refresh();
  }

  /** Ends the shell's input and, for at most `patience` milliseconds, waits for it to tidy up; at once where it is busy. */
  async close(patience: number): Promise<void> {
    const { channel } = this.#opening;
    const isBusy = this.#waiting.size > 0;
    this.#lose(new FettleError('internal', { summary: `The shell on ${this.#host} has been closed` }));
    if (isBusy || patience === 0) return channel.destroy();
    // The end of its input is not seen by a shell behind a terminal.
    void channel.write('exit\n');
    channel.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, patience)));
    await Promise.race([channel.over, late]);
    clearTimeout(timer);
    channel.destroy();
  }

  #listen(output: SectionReader, errors: SectionReader): void {
    const { channel, merged } = this.#opening;
    const feed =
      (...readers: readonly SectionReader[]) =>
      (chunk: Buffer): void => {
        this.#timer?.refresh();
        for (const reader of readers) reader.feed(chunk);
      };
    channel.stdout.on('data', merged ? feed(output, errors) : feed(output));
    channel.stderr.on('data', merged ? () => undefined : feed(errors));
    void channel.over.then((over) => {
      output.end();
      errors.end();
      this.#lose(this.#ended(over));
    });
  }

  #took(sequence: number, part: Pick<Waiting, 'stdout' | 'stderr'>): void {
    const waiting = this.#waiting.get(sequence);
    if (!waiting) return;
    Object.assign(waiting, part);
    const { stdout, stderr } = waiting;
    if (!stdout || !stderr) return;
    this.#waiting.delete(sequence);
    this.#current = sequence + 1;
    this.#watch();
    const [code = NaN, flag = NaN] = stdout.tail.split(' ').map(Number);
    waiting.spoken.resolve(false);
    waiting.result.resolve({ stdout: stdout.content, stderr, code, flag });
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const current = this.#waiting.get(this.#current);
    if (!current) return;
    this.#timer = setTimeout(
      () => {
        this.#lose(
          new FettleError('unreachable', {
            summary: `${this.#host} has been silent for ${Math.round(current.silence / 1000)} s at “${current.name}”`,
            detail: this.said || undefined,
            next: `See on the host what “${current.name}” hangs at: a dead NFS mount, a full process table, a suspended disk.`,
          }),
        );
        this.#opening.channel.destroy();
      },
      Math.min(current.silence, longestTimer),
    );
  }

  #ended(over: Over): FettleError {
    const name = this.#waiting.get(this.#current)?.name;
    const during = name === undefined ? '' : ` during “${name}”`;
    if (over.error)
      return new FettleError('unreachable', {
        summary: `The connection to ${this.#host} broke${during}`,
        detail: over.error.message,
        next: 'See whether the host is up and the network holds, then run again.',
        cause: over.error,
      });
    const how = over.signal === undefined ? `status ${over.code ?? 'unknown'}` : `signal ${over.signal}`;
    return new FettleError('unreachable', {
      summary: `The shell on ${this.#host} ended (${how})${during}`,
      detail: this.said || undefined,
      next: this.begun
        ? 'Something on the host killed it: a script of the playbook, the out-of-memory killer, a limit of the login.'
        : 'Log in by hand: the user may have no login shell, or a start-up file may end it.',
    });
  }

  #lose(loss: FettleError): void {
    this.loss ??= loss;
    clearTimeout(this.#timer);
    for (const waiting of this.#waiting.values()) this.#reject(waiting, this.loss);
    this.#waiting.clear();
  }

  #reject(waiting: Waiting, loss: FettleError): void {
    waiting.spoken.reject(loss);
    waiting.result.reject(loss);
  }
}
