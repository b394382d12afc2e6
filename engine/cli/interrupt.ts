import { exitStatus } from './exit.ts';

/** Whether the user asked to stop: the first Ctrl-C lets work in flight end, the second ends fettle at once. */
export interface Interrupt {
  readonly wasAsked: boolean;
  stop(): void;
}

/** Listens for SIGINT and SIGTERM until stopped. */
export function listenForInterrupt(): Interrupt {
  let asked = false;
  const onSignal = (): void => {
    if (asked) process.exit(exitStatus.interrupted);
    asked = true;
    process.stderr.write('\nfettle: stopping after the work in flight; once more stops at once\n');
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    get wasAsked() {
      return asked;
    },
    stop: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
