import { FettleError } from '../errors.ts';
import type { RunContext } from '../run/context.ts';
import { Stepper } from '../run/stepper.ts';

/** What asks before each task. Throws FettleError `usage` where there is nobody to ask. */
export function stepperFor(ask: RunContext['ask']): Stepper {
  if (!ask) throw nobodyToAsk();
  return new Stepper(ask);
}

/** Throws where `--step` is wanted and there is no terminal. */
export function requireTerminal(step: boolean | undefined): void {
  if (step && !process.stdin.isTTY) throw nobodyToAsk();
}

function nobodyToAsk(): FettleError {
  return new FettleError('usage', {
    summary: '`--step` asks before each task, and there is no terminal at which somebody could answer',
    next: 'run it from a terminal, or leave --step out; --check shows what would be changed',
  });
}
