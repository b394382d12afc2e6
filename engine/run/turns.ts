const queue: (() => void)[] = [];
const sliceNanoseconds = 25_000_000n;
let began = 0n;

/**
 * Resolves when it is the caller's turn to go on. Where fifty hosts begin or answer at once, they do so one after another,
 * and after a slice of time what else is to happen (bytes, keys, the drawing, Ctrl-C) happens before the next ones.
 */
export async function turn(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (queue.push(resolve) === 1) setImmediate(begin);
  });
}

function begin(): void {
  began = now();
  next();
}

function next(): void {
  queue[0]?.();
  // A tick comes when the caller has gone as far as it can.
  queueMicrotask(() => process.nextTick(after));
}

function after(): void {
  queue.shift();
  if (queue.length === 0) return;
  if (now() - began < sliceNanoseconds) next();
  else setImmediate(begin);
}

/** `performance` would cost every start a millisecond or two: Node loads it when it is first used. */
function now(): bigint {
  return process.hrtime.bigint();
}
