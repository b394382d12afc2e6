import { open } from 'node:fs/promises';
import { FettleError } from '../errors.ts';
import type { Stream } from './act.ts';

const pieceSize = 64 * 1024;

/**
 * Writes exactly `size` bytes of a stream, in pieces, each when the one before it was taken.
 * Gives false where the file on the controller was shorter than said; zeros make up for the rest.
 */
export async function pump(stream: Stream, write: (piece: Buffer) => Promise<void>): Promise<boolean> {
  if (Buffer.isBuffer(stream.data)) {
    for (let at = 0; at < stream.size; at += pieceSize) await write(stream.data.subarray(at, at + pieceSize));
    return true;
  }
  const file = await open(stream.data.path).catch(() => null);
  let left = stream.size;
  let whole = true;
  try {
    while (left > 0) {
      const piece = Buffer.alloc(Math.min(pieceSize, left));
      const bytesRead = file && whole ? (await file.read(piece, 0, piece.length)).bytesRead : 0;
      if (bytesRead === 0) whole = false;
      const sent = bytesRead === 0 ? piece : piece.subarray(0, bytesRead);
      await write(sent);
      left -= sent.length;
    }
  } finally {
    await file?.close();
  }
  return whole;
}

/** Refuses a send whose files cannot be read, before any of it has left. Throws a FettleError of kind `task`. */
export async function checkReadable(streams: readonly Stream[]): Promise<void> {
  for (const { data } of streams) {
    if (Buffer.isBuffer(data)) continue;
    const file = await open(data.path).catch((cause: unknown) => {
      throw new FettleError('task', {
        summary: `${data.path} cannot be read on the controller`,
        detail: cause instanceof Error ? cause.message : undefined,
        cause,
      });
    });
    await file.close();
  }
}
