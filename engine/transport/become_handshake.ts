import type { Secret } from '../shell/secret.ts';
import type { Channel, Connection } from './transport.ts';

/** How to talk to a program that may ask for a password. */
export interface Handshake {
  readonly host: string;
  readonly command: string;
  readonly pty: boolean;
  /** Printed by the shell inside, once it is there. */
  readonly ready: string;
  /** The prompt, where it can be chosen; null: an unfinished line that ends in a colon. */
  readonly prompt: string | null;
  /** Printed right before the program; what came earlier is not its own. */
  readonly begin?: string;
  readonly password?: Secret;
}

/** How it went; `said` is the last of what was shown. */
export type Met =
  | { readonly kind: 'ready'; readonly channel: Channel }
  | { readonly kind: 'ended'; readonly said: string; readonly answered: boolean }
  /** A prompt without a password to give, a second prompt, or neither within the limit. */
  | { readonly kind: 'password' | 'wrong' | 'silent'; readonly said: string };

const limit = 60_000;

/** Runs the command; the password is sent once, and only after the prompt has been seen. */
export async function handshake(connection: Connection, talk: Handshake): Promise<Met> {
  const channel = await connection.exec(talk.command, talk.pty ? { pty: true } : {});
  return await new Promise<Met>((resolve) => {
    let said = '';
    let unread = '';
    let answered = false;
    const end = (met: Met): void => {
      clearTimeout(timer);
      channel.stdout.off('data', listen);
      channel.stderr.off('data', listen);
      if (met.kind !== 'ready') channel.destroy();
      resolve(met);
    };
    const listen = (bytes: Buffer): void => {
      const text = bytes.toString('utf8');
      said = (said + text).slice(-2000);
      unread = (unread + text).slice(-4000);
      if (unread.includes(talk.ready)) return end({ kind: 'ready', channel });
      if (!isPrompt(unread, talk)) return;
      unread = talk.begin ?? '';
      if (answered) return end({ kind: 'wrong', said: shown(said, talk) });
      if (talk.password === undefined) return end({ kind: 'password', said: shown(said, talk) });
      answered = true;
      void channel.write(`${talk.password.reveal()}\n`);
    };
    const timer = setTimeout(() => end({ kind: 'silent', said: shown(said, talk) }), limit);
    channel.stdout.on('data', listen);
    channel.stderr.on('data', listen);
    void channel.over.then(() => end({ kind: 'ended', said: shown(said, talk), answered }));
  });
}

function isPrompt(unread: string, { prompt, begin }: Handshake): boolean {
  if (prompt !== null) return unread.includes(prompt);
  const own = unread.split(begin ?? '').at(-1) ?? '';
  return begin !== undefined && unread.includes(begin) && /[^\s][:：] ?$/.test(own);
}

function shown(said: string, { prompt, begin }: Handshake): string {
  return [prompt, begin]
    .reduce((text: string, marker) => (marker ? text.replaceAll(marker, '') : text), said)
    .trim();
}
