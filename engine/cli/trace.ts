import { visible } from '../report/visible.ts';
import { Secret } from '../shell/secret.ts';
import type { ActFrame, Frame, FrameResult, Identity, Session } from '../transport/transport.ts';

const mostCharacters = 16_384;

/** What becomes of a trace: secrets are masked in whole texts, which are then said line by line. */
export interface Trace {
  readonly mask: (text: string) => string;
  readonly say: (line: string) => void;
}

/** A session that tells all that goes over it, for `-vvv`. */
export function traced(session: Session, { mask, say }: Trace): Session {
  const host = session.target.name;
  const tell = (identity: Identity, sign: string, text: string): void => {
    const who = identity.become ? ` (${identity.become.user})` : '';
    for (const line of cut(mask(text)).split('\n')) say(`${host}${who} ${sign} ${visible(line)}`);
  };
  let sends = 0;
  return {
    target: session.target,
    user: session.user,
    get sends() {
      return session.sends;
    },
    close: () => session.close(),
    async shell(identity) {
      const shell = await session.shell(identity);
      return {
        async send(frames) {
          const number = (sends += 1);
          for (const frame of frames) {
            tell(identity, '>', `send ${number}: ${headOf(frame)}`);
            tell(identity, '>', frame.script.text);
          }
          const results = await shell.send(frames);
          results.forEach((result, index) => {
            tell(identity, '<', `send ${number}: ${frames[index]?.name}: ${endOf(result)}`);
            for (const output of [result.stdout, result.stderr])
              if (output.length > 0) tell(identity, '<', output.toString('utf8').trimEnd());
          });
          return results;
        },
      };
    },
  };
}

function headOf(frame: Frame): string {
  return frame.kind === 'look' ? `look, ${frame.name}` : `act, ${frame.name}${loadOf(frame)}`;
}

/** Contents are not shown: they may be large, and secret without anybody having said so. */
function loadOf({ timeout, staged = [], environment = {} }: ActFrame): string {
  const files = staged.map(({ name, data }) => `${name} (${sizeOf(data)})`);
  const variables = Object.keys(environment);
  return [
    `, at most ${timeout} s`,
    ...(files.length > 0 ? [`, with ${files.join(', ')}`] : []),
    ...(variables.length > 0 ? [`, environment ${variables.join(', ')}`] : []),
  ].join('');
}

function sizeOf(data: NonNullable<ActFrame['staged']>[number]['data']): string {
  if (data instanceof Secret) return 'secret';
  return `${Buffer.isBuffer(data) ? data.length : data.size} bytes`;
}

function endOf({ code, timedOut, truncated }: FrameResult): string {
  return `status ${code}${timedOut ? ', out of time' : ''}${truncated ? ', output cut' : ''}`;
}

function cut(text: string): string {
  const more = text.length - mostCharacters;
  return more > 0 ? `${text.slice(0, mostCharacters)}\n(${more} more characters)` : text;
}
