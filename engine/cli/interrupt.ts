import { exitStatus } from './exit.ts';
import type { Reporter } from './reporters.ts';

/** Whether the user asked to stop: the first Ctrl-C lets work in flight end, the second ends fettle at once. */
export interface Interrupt {
  readonly wasAsked: boolean;
  /** Aborted with the first. */
  readonly signal: AbortSignal;
  /** A Ctrl-C that came as a key, where the terminal makes no signal of it. */
  key(): void;
  stop(): void;
}

/** Listens for SIGINT and SIGTERM until stopped. Of the reports, one that draws on the terminal tells of the first. */
export function listenForInterrupt(reporters: readonly Pick<Reporter, 'notice'>[] = []): Interrupt {
  const asked = new AbortController();
  const onSignal = (): void => {
    if (asked.signal.aborted) process.exit(exitStatus.interrupted);
    asked.abort();
    const said = 'fettle: stopping after the work in flight; once more stops at once';
    if (!reporters.some((reporter) => reporter.notice?.(said))) process.stderr.write(`\n${said}\n`);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    get wasAsked() {
      return asked.signal.aborted;
    },
    signal: asked.signal,
    key: onSignal,
    stop: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
