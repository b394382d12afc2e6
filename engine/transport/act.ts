import { FettleError } from '../errors.ts';
import { Secret } from '../shell/secret.ts';
import type { ActFrame, Staged } from './transport.ts';
import { bytesOf, escapeBytes } from './escape.ts';
import type { ActText } from './frame_text.ts';

/** Beyond this a file of the controller's is staged on disk: a tmpfs may be small. */
const diskFrom = 8 * 1024 * 1024;

/** A file that is too long for the shell's reader and travels as it is. */
export interface Stream {
  /** Below the ACT folder. */
  readonly path: string;
  readonly size: number;
  readonly onDisk: boolean;
  readonly data: Buffer | { readonly path: string; readonly size: number };
}

/** An ACT frame with what it needs: words that go into its text and streams that go ahead of it. */
export interface PreparedAct {
  readonly text: ActText;
  readonly streams: readonly Stream[];
}

/** Sorts an ACT frame's data by size. Throws a FettleError for names that a host cannot take. */
export function prepareAct(frame: ActFrame, id: number): PreparedAct {
  const stage = `d${id}`;
  const staged = frame.staged ?? [];
  const streams: Stream[] = [];
  const files: { path: string; word: string }[] = [];
  const add = (path: string, data: Staged['data']): void => {
    if (data instanceof Secret || Buffer.isBuffer(data)) {
      const bytes = bytesOf(data);
      const word = escapeBytes(bytes);
      if (word === null) streams.push({ path, size: bytes.length, onDisk: false, data: bytes });
      else files.push({ path, word });
    } else streams.push({ path, size: data.size, onDisk: data.size >= diskFrom, data });
  };
  add(`s${id}`, Buffer.from(frame.script.text, 'utf8'));
  for (const { name, data } of staged) {
    if (!/^[^/\0]+$/.test(name) || name === '.' || name === '..')
      throw new FettleError('internal', { summary: `“${name}” is no plain file name to stage under` });
    add(`${stage}/${name}`, data);
  }
  if (frame.stdin !== undefined && !staged.some(({ name }) => name === frame.stdin))
    throw new FettleError('internal', {
      summary: `“${frame.stdin}” is to be the standard input but is not staged`,
    });
  return {
    text: {
      id,
      timeout: frame.timeout,
      files,
      environment: Object.entries(frame.environment ?? {}).map(([name, value]) => variable(name, value)),
      stage: staged.length > 0 ? stage : null,
      stdin: frame.stdin === undefined ? null : `${stage}/${frame.stdin}`,
      onDisk: streams.some(({ onDisk }) => onDisk),
    },
    streams,
  };
}

function variable(name: string, value: string | Secret): readonly [string, string] {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
    throw new FettleError('task', {
      summary: `“${name}” cannot be the name of an environment variable`,
      next: 'Use letters, digits and underscores, not starting with a digit.',
    });
  const text = value instanceof Secret ? value.reveal() : value;
  if (text.includes('\0'))
    throw new FettleError('task', {
      summary: `The environment variable ${name} holds a NUL byte, which none can`,
    });
  return [name, text];
}
