const nothing = Buffer.alloc(0);

/** What a reader tells of a section as it comes in. */
export interface SectionEvents {
  /** The section's content has grown, by bytes that cannot be part of its end marker. */
  grown?(sequence: number): void;
  /** A section is complete; `tail` is what stood between its end marker and the end of that line. */
  ended(sequence: number, content: Buffer, tail: string): void;
  /** Bytes outside every section. */
  dropped?(bytes: Buffer): void;
}

/**
 * Cuts numbered sections (`NONCE.1<` … `NONCE.1>tail\n`) out of a stream in time linear in its length.
 * Only the section that is due is looked for, so that an older marker cannot be taken for it.
 */
export class SectionReader {
  readonly #nonce: string;
  readonly #open: string;
  readonly #close: string;
  readonly #events: SectionEvents;
  #sequence = 1;
  #state: 'outside' | 'inside' | 'tail' = 'outside';
  #marker: Buffer;
  #carry: Buffer = nothing;
  #content: Buffer[] = [];

  constructor(nonce: string, brackets: '<>' | '[]', events: SectionEvents) {
    this.#nonce = nonce;
    this.#open = brackets.charAt(0);
    this.#close = brackets.charAt(1);
    this.#events = events;
    this.#marker = this.#markerOf(this.#open);
  }

  /** Takes the next bytes of the stream. */
  feed(chunk: Buffer): void {
    const bytes = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    let from = 0;
    for (;;) {
      const found = bytes.indexOf(this.#marker, from);
      if (found < 0) break;
      this.#take(bytes.subarray(from, found));
      from = found + this.#marker.length;
      this.#next();
    }
    const keep = this.#state === 'tail' ? from : Math.max(from, bytes.length - this.#marker.length + 1);
    this.#take(bytes.subarray(from, keep));
    this.#carry = Buffer.from(bytes.subarray(keep));
    if (this.#state === 'inside' && this.#content.length > 0) this.#events.grown?.(this.#sequence);
  }

  /** Hands over the bytes held back in case they began a marker; the stream is over. */
  end(): void {
    this.#take(this.#carry);
    this.#carry = nothing;
  }

  #take(bytes: Buffer): void {
    if (bytes.length === 0) return;
    if (this.#state === 'outside') this.#events.dropped?.(bytes);
    else this.#content.push(bytes);
  }

  #next(): void {
    if (this.#state === 'outside') {
      this.#state = 'inside';
      this.#marker = this.#markerOf(this.#close);
    } else if (this.#state === 'inside') {
      this.#state = 'tail';
      this.#content = [Buffer.concat(this.#content)];
      this.#marker = Buffer.from('\n');
    } else {
      const [content = nothing, ...tail] = this.#content;
      const sequence = this.#sequence;
      this.#content = [];
      this.#sequence += 1;
      this.#state = 'outside';
      this.#marker = this.#markerOf(this.#open);
      this.#events.ended(sequence, content, Buffer.concat(tail).toString('latin1'));
    }
  }

  #markerOf(bracket: string): Buffer {
    return Buffer.from(`${this.#nonce}.${this.#sequence}${bracket}`, 'latin1');
  }
}
