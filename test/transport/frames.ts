import { userScript } from '../../engine/shell/script.ts';
import type {
  ActFrame,
  FrameResult,
  Identity,
  LookFrame,
  Session,
  Shell,
} from '../../engine/transport/transport.ts';

export const login: Identity = { key: 'login', become: null };

export function look(text: string, name = 'a look'): LookFrame {
  return { kind: 'look', name, script: userScript(text) };
}

export function act(text: string, more: Partial<ActFrame> = {}): ActFrame {
  return { kind: 'act', name: 'an act', timeout: 20, script: userScript(text), ...more };
}

/** One frame's result as text. */
export async function ask(shell: Shell, frame: LookFrame | ActFrame): Promise<Told> {
  const [result] = await shell.send([frame]);
  if (!result) throw new Error('no result');
  return told(result);
}

export interface Told {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

export function told({ stdout, stderr, code }: FrameResult): Told {
  return { out: stdout.toString('utf8'), err: stderr.toString('utf8'), code };
}

/** Runs with a session that is closed whatever happens. */
export async function using<Result>(
  session: Session,
  run: (session: Session) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(session);
  } finally {
    await session.close();
  }
}
