import type { FettleError } from '../errors.ts';
import type { Channel } from './transport.ts';

/** A channel at whose other end a shell reads commands. */
export interface Opening {
  readonly channel: Channel;
  /** Standard error arrives in standard output: the channel is a pty. */
  readonly merged: boolean;
  /**
   * Asked when the shell ends before its first frame began (sudo refused, say), with the last of what was said:
   * why, or another way in.
   */
  readonly refused?: (said: string) => Promise<FettleError | Opening>;
}
