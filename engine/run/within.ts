import { setTimeout as sleep } from 'node:timers/promises';

/** What is promised, or undefined where it takes longer (in seconds); it may then fail unnoticed. */
export async function within<Value>(seconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  promise.catch(() => undefined);
  const timer = new AbortController();
  try {
    return await Promise.race([promise, sleep(seconds * 1000, undefined, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
