import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SectionReader } from '../../engine/transport/section_reader.ts';

const nonce = '0123456789abcdef0123456789abcdef';

function read(chunks: readonly Buffer[]): { sections: string[]; dropped: string } {
  const sections: string[] = [];
  let dropped = '';
  const reader = new SectionReader(nonce, '<>', {
    ended: (sequence, content, tail) => sections.push(`${sequence}:${content.toString('latin1')}:${tail}`),
    dropped: (bytes) => (dropped += bytes.toString('latin1')),
  });
  for (const chunk of chunks) reader.feed(chunk);
  reader.end();
  return { sections, dropped };
}

test('sections are the same however the stream is cut, and all else is dropped', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .constantFrom(nonce, `${nonce}.`, `${nonce}.0<`, `${nonce}.9>`, '<', '>', '\n')
      .map((text) => Buffer.from(text)),
  );
  const bytes = fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces));
  const streams = fc.array(fc.tuple(bytes, bytes), { maxLength: 4 });
  fc.assert(
    fc.property(streams, fc.array(fc.nat(200), { maxLength: 40 }), (parts, cuts) => {
      const stream = Buffer.concat(
        parts.flatMap(([noise, content], index) => [
          noise,
          Buffer.from(`${nonce}.${index + 1}<`),
          content,
          Buffer.from(`${nonce}.${index + 1}>0 0\n`),
        ]),
      );
      const chunks: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) chunks.push(stream.subarray(at, (at += cut)));
      chunks.push(stream.subarray(at));
      expect(read(chunks)).toEqual({
        sections: parts.map(([, content], index) => `${index + 1}:${content.toString('latin1')}:0 0`),
        dropped: parts.map(([noise]) => noise.toString('latin1')).join(''),
      });
    }),
  );
});

test('a marker of an earlier or a later frame is content', () => {
  const stream = `${nonce}.2<x${nonce}.1<a${nonce}.2>0 0\n${nonce}.1<b${nonce}.1>3 1\n`;
  expect(read([Buffer.from(stream)])).toEqual({
    sections: [`1:a${nonce}.2>0 0\n${nonce}.1<b:3 1`],
    dropped: `${nonce}.2<x`,
  });
});

test('60 MB in small pieces are read in one go each', () => {
  let size = 0;
  const reader = new SectionReader(nonce, '[]', { ended: (_, content) => (size = content.length) });
  const piece = Buffer.alloc(4096, '0123');
  reader.feed(Buffer.from(`${nonce}.1[`));
  for (let count = 0; count < 15_000; count++) reader.feed(piece);
  reader.feed(Buffer.from(`${nonce}.1]\n`));
  expect(size).toBe(15_000 * 4096);
});
