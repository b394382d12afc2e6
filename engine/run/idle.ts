import { setTimeout as sleep } from 'node:timers/promises';
import type { RunContext } from './context.ts';

const sliceMilliseconds = 250;

/** Acts while the host's fork is given back: others may work meanwhile. */
export async function withoutFork<Value>({ forks }: RunContext, act: () => Promise<Value>): Promise<Value> {
  forks.give();
  try {
    return await act();
  } finally {
    await forks.take();
  }
}

/** Lets seconds pass, `tick` being called meanwhile; false where the user asked to stop. */
export async function idle(context: RunContext, seconds: number, tick: () => void): Promise<boolean> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    if (context.interrupted()) return false;
    const left = until - performance.now();
    if (left <= 0) return true;
    tick();
    await sleep(Math.min(left, sliceMilliseconds));
  }
}
