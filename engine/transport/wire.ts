import { randomBytes } from 'node:crypto';
import { FettleError } from '../errors.ts';
import { prepareAct, type PreparedAct, type Stream } from './act.ts';
import { deferred, type Deferred } from './deferred.ts';
import { inlineLimit } from './escape.ts';
import {
  actText,
  bootText,
  lookText,
  notWritten,
  setupStatus,
  setupText,
  stagesText,
  streamText,
  unstageText,
  type Dialect,
} from './frame_text.ts';
import { Line, type RawResult } from './line.ts';
import type { Opening } from './opening.ts';
import { checkReadable, pump } from './stream.ts';
import type { ActFrame, Frame, FrameResult, LookFrame, Shell } from './transport.ts';

export interface WireOptions {
  /** The host's name, for messages. */
  readonly host: string;
  /** The command that runs a script file. */
  readonly shell: string;
  /** Seconds of silence after which a LOOK counts as hung; 120 where absent. */
  readonly stall?: number;
  /** Bytes of an ACT's stream that travel; 16 MiB where absent. */
  readonly cap?: number;
}

/** Seconds that ending a process session may take beyond its limit. */
const endingTime = 10;

type Prepared =
  | { readonly frame: LookFrame; readonly streams: readonly Stream[]; readonly source: string }
  | ({ readonly frame: ActFrame } & PreparedAct);

/** The shell at the other end of a channel: frames in, results out. wire.md has the reasons for each step. */
export class Wire implements Shell {
  readonly #options: WireOptions;
  readonly #silence: number;
  readonly #cap: number;
  #opening: Opening;
  #line: Line;
  #dialect: Dialect;
  #booted = false;
  #setUp = false;
  #files = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(opening: Opening, options: WireOptions) {
    this.#options = options;
    this.#silence = (options.stall ?? 120) * 1000;
    this.#cap = options.cap ?? 16 * 1024 * 1024;
    this.#opening = opening;
    this.#dialect = this.#newDialect();
    this.#line = new Line(opening, this.#dialect.nonce, options.host);
  }

  async send(frames: readonly Frame[]): Promise<readonly FrameResult[]> {
    const turn = this.#turn.then(() => this.#sendInTurn(frames));
    this.#turn = turn.catch(() => undefined);
    return await turn;
  }

  /** Whether the shell is gone. */
  get lost(): boolean {
    return this.#line.loss !== undefined;
  }

  /** Ends the shell; where it made a folder, once it has removed it. */
  async close(): Promise<void> {
    await this.#line.close(this.#setUp ? 3000 : 0);
  }

  async #sendInTurn(frames: readonly Frame[]): Promise<readonly FrameResult[]> {
    const prepared = frames.map((frame) => this.#prepare(frame));
    await checkReadable(prepared.flatMap(({ streams }) => streams));
    try {
      return await this.#exchange(prepared);
    } catch (error) {
      const { refused } = this.#opening;
      if (!this.lost || this.#line.begun || !refused) throw error;
      const answer = await refused(this.#line.said);
      if (answer instanceof FettleError) throw answer;
      this.#reopen(answer);
      return await this.#exchange(prepared);
    }
  }

  async #exchange(prepared: readonly Prepared[]): Promise<readonly FrameResult[]> {
    const streams = prepared.flatMap((one) => one.streams);
    const setup = deferred<void>();
    let text = this.#opened(prepared, streams, setup) + this.#stages(prepared);
    try {
      const broken = new Set<Stream>();
      for (const stream of streams) {
        if (!(await this.#sendStream(text, stream))) broken.add(stream);
        text = '';
      }
      const results = prepared.map(async (one): Promise<FrameResult> => {
        if (one.streams.some((stream) => broken.has(stream))) {
          if ('text' in one) text += unstageText(one.text);
          return notStored(one.frame);
        }
        const limit = one.frame.kind === 'look' ? 0 : (one.frame.timeout + endingTime) * 1000;
        const expected = this.#line.expect(one.frame.name, this.#silence + limit);
        text += this.#textOf(one, expected.sequence);
        return this.#meaning(one.frame, await expected.result);
      });
      void this.#line.write(text);
      const all = await Promise.all(results);
      await setup.promise;
      return all;
    } catch (error) {
      await setup.promise;
      throw error;
    }
  }

  #opened(prepared: readonly Prepared[], streams: readonly Stream[], setup: Deferred<void>): string {
    const boot = this.#booted ? '' : bootText(this.#dialect);
    this.#booted = true;
    const needsFolder = streams.length > 0 || prepared.some(({ frame }) => frame.kind === 'act');
    if (this.#setUp || !(needsFolder || this.#dialect.merged)) {
      setup.resolve();
      return boot;
    }
    const { sequence, result } = this.#line.expect('the first step', this.#silence);
    result.then((raw) => this.#checkSetup(raw)).then(setup.resolve, setup.reject);
    return boot + setupText(sequence, this.#dialect);
  }

  #prepare(frame: Frame): Prepared {
    const id = ++this.#files;
    if (frame.kind === 'act') return { frame, ...prepareAct(frame, id) };
    const source = Buffer.from(frame.script.text, 'utf8');
    if (source.length <= inlineLimit) return { frame, streams: [], source: frame.script.text };
    const path = `l${id}`;
    const stream: Stream = { path, size: source.length, onDisk: false, data: source };
    return { frame, streams: [stream], source: `. "$_F/${path}"` };
  }

  #stages(prepared: readonly Prepared[]): string {
    const acts = prepared.flatMap((one) => ('text' in one && one.text.stage !== null ? [one.text] : []));
    const all = acts.map(({ stage }) => stage ?? '');
    const onDisk = acts.filter((act) => act.onDisk).map(({ stage }) => stage ?? '');
    return stagesText(all, onDisk, this.#dialect);
  }

  async #sendStream(before: string, stream: Stream): Promise<boolean> {
    const { sequence, spoken, result } = this.#line.expect(`sending ${stream.size} bytes`, this.#silence);
    await this.#line.write(before + streamText(sequence, stream));
    const whole = (await spoken) && (await pump(stream, (piece) => this.#line.write(piece)));
    return (await result).code === 0 && whole;
  }

  #textOf(one: Prepared, sequence: number): string {
    if ('text' in one) return actText(sequence, one.text, this.#dialect);
    return lookText(sequence, one.source, this.#dialect);
  }

  #meaning(frame: Frame, { stdout, stderr, code, flag }: RawResult): FrameResult {
    if (flag === 2) return notStored(frame);
    const cap = frame.kind === 'act' ? this.#cap : Infinity;
    const truncated = stdout.length > cap || stderr.length > cap;
    return {
      stdout: truncated ? stdout.subarray(0, cap) : stdout,
      stderr: truncated ? stderr.subarray(0, cap) : stderr,
      code,
      timedOut: flag === 1,
      truncated,
    };
  }

  #checkSetup({ code }: RawResult): void {
    if (code === setupStatus.done) {
      this.#setUp = true;
      return;
    }
    const { host } = this.#options;
    if (code === setupStatus.noFolder)
      throw new FettleError('task', {
        summary: `${host} has no folder in which fettle may work`,
        detail: 'Tried $XDG_RUNTIME_DIR, /run, /dev/shm and /tmp.',
        next: 'Make one of them writable (and see that it is not full).',
      });
    const missing = code === setupStatus.noSetsid ? 'setsid' : 'head';
    throw new FettleError('task', {
      summary: `${host} has no program “${missing}”, which changes need`,
      next: 'Install util-linux and coreutils, or busybox.',
    });
  }

  #reopen(opening: Opening): void {
    this.#opening = opening;
    this.#dialect = this.#newDialect();
    this.#line = new Line(opening, this.#dialect.nonce, this.#options.host);
    this.#booted = false;
    this.#setUp = false;
  }

  #newDialect(): Dialect {
    return {
      nonce: randomBytes(16).toString('hex'),
      folder: `fettle.${randomBytes(16).toString('hex')}`,
      shell: this.#options.shell,
      merged: this.#opening.merged,
      cap: this.#cap,
    };
  }
}

function notStored(frame: Frame): FrameResult {
  const what = 'fettle could not store its files on the host (is it full?), so this was not run';
  return {
    stdout: Buffer.alloc(0),
    stderr: Buffer.from(`${what}: ${frame.name}\n`),
    code: notWritten,
    timedOut: false,
    truncated: false,
  };
}
