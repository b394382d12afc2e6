import { quote } from '../shell/script.ts';
import type { Become, Connection } from './transport.ts';

/** Why a host does not let us become a user. */
export interface Refusal {
  readonly kind: 'tty' | 'password' | 'wrong' | 'user' | 'rights' | 'missing' | 'silent';
}

const words: readonly (readonly [Refusal['kind'], RegExp])[] = [
  ['tty', /you must have a tty/],
  ['user', /unknown user|user \S+ does not exist|no passwd entry|invalid user/i],
  [
    'password',
    /a password is required|Authori[sz]ation required|Authentication required|no tty present and no askpass/,
  ],
  [
    'rights',
    /not in the sudoers|not allowed to|may not run|Operation not permitted|Permission denied|doas is not enabled/i,
  ],
  ['wrong', /Authentication fail|incorrect password|Sorry, try again|Conversation error/i],
  ['missing', /(sudo|su|doas|\S+): (command )?not found|not found$|No such file or directory/m],
];

/** What a program said, as far as it can be told apart; null in another language. */
export function refusalOf(said: string): Refusal | null {
  const found = words.find(([, pattern]) => pattern.test(said));
  return found ? { kind: found[0] } : null;
}

/** Asks again in plain English, in ways that need no password; null where that tells nothing. */
export async function diagnose(connection: Connection, become: Become): Promise<Refusal | null> {
  const program = quote(become.executable ?? become.method);
  const user = quote(become.user);
  const attempt = become.method === 'su' ? 'true' : `LC_ALL=C ${program} -n -u ${user} true 2>&1`;
  const script =
    `command -v ${program} >/dev/null 2>&1||{ echo ${program}: not found;exit;};` +
    `case ${user} in '#'*) ;;*) id -u ${user} >/dev/null 2>&1||{ echo unknown user;exit;};;esac;${attempt}`;
  const channel = await connection.exec(`exec /bin/sh -c ${quote(script)}`);
  let said = '';
  channel.stdout.on('data', (bytes: Buffer) => (said = (said + bytes.toString('utf8')).slice(-2000)));
  channel.stderr.resume();
  channel.end();
  await channel.over;
  return refusalOf(said);
}
