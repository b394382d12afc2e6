import { randomBytes } from 'node:crypto';
import { FettleError } from '../errors.ts';
import { quote } from '../shell/script.ts';
import { handshake, type Handshake } from './become_handshake.ts';
import { diagnose, refusalOf, type Refusal } from './become_refusal.ts';
import type { Opening } from './opening.ts';
import type { Become, Connection } from './transport.ts';

export interface BecomePlace {
  /** The host's name, for messages. */
  readonly host: string;
  /** The command that runs a shell. */
  readonly shell: string;
}

/**
 * Opens a shell under an identity; null is the login user. Frames may be sent at once.
 * Rejects with a FettleError of kind `task` where the host does not let us become that user.
 */
export async function openIdentity(
  connection: Connection,
  become: Become | null,
  place: BecomePlace,
): Promise<Opening> {
  if (become === null) return { channel: await connection.exec(`exec ${place.shell}`), merged: false };
  if (become.user === '' || become.user.startsWith('-'))
    throw new FettleError('task', { summary: `“${become.user}” is no name of a user to become` });
  if (become.method === 'su') return await meet(connection, become, place, connection.user !== 'root');
  if (become.password) return await meet(connection, become, place, become.method === 'doas');
  const command = `exec ${programOf(become)} -n -u ${quote(become.user)} ${place.shell}`;
  return {
    channel: await connection.exec(command),
    merged: false,
    refused: async (said) => {
      const refusal = refusalOf(said) ?? (await diagnose(connection, become));
      if (refusal?.kind === 'tty') return await meet(connection, become, place, true);
      return becomeError(become, place.host, refusal, said);
    },
  };
}

/** Where the program must first be talked to: a password, or a marker that says none was needed. */
async function meet(
  connection: Connection,
  become: Become,
  place: BecomePlace,
  pty: boolean,
): Promise<Opening> {
  const answer = await handshake(connection, talkOf(become, place, pty));
  if (answer.kind === 'ready') return { channel: answer.channel, merged: pty };
  const refusal: Refusal | null =
    answer.kind === 'ended'
      ? (refusalOf(answer.said) ?? (answer.answered ? { kind: 'wrong' } : await diagnose(connection, become)))
      : { kind: answer.kind };
  if (refusal?.kind === 'tty' && !pty) return await meet(connection, become, place, true);
  throw becomeError(become, place.host, refusal, answer.said);
}

function talkOf(become: Become, { host, shell }: BecomePlace, pty: boolean): Handshake {
  const ready = randomBytes(16).toString('hex');
  const prompt = randomBytes(16).toString('hex');
  // A shell that reads a terminal is interactive, so on a pty it reads a pipe; when it ends, all ends.
  const inner = pty
    ? `stty raw -echo;echo ${ready};cat|{ ${shell};kill -s KILL $$;}`
    : `echo ${ready};exec ${shell}`;
  const password = become.password === undefined ? {} : { password: become.password };
  const program = programOf(become);
  const user = quote(become.user);
  const base = { host, pty, ready, ...password };
  if (become.method === 'sudo') {
    const ask = become.password === undefined ? '-n' : `${pty ? '' : '-S '}-p ${prompt}`;
    return { ...base, prompt, command: `exec ${program} ${ask} -u ${user} /bin/sh -c ${quote(inner)}` };
  }
  const ask = become.method === 'doas' && become.password === undefined ? '-n ' : '';
  const command =
    become.method === 'doas'
      ? `${program} ${ask}-u ${user} /bin/sh -c ${quote(inner)}`
      : `${program} -s /bin/sh -c ${quote(inner)} ${user}`;
  // Their prompts cannot be chosen: it is what stands on an unfinished line after this marker.
  return { ...base, prompt: null, begin: prompt, command: `echo ${prompt};exec ${command}` };
}

function programOf({ method, executable, flags }: Become): string {
  const usual = method === 'sudo' ? ['-H'] : [];
  const given = (flags ?? usual).filter((flag) => flag !== '-n' && flag !== '-S');
  return [executable ?? method, ...given].map(quote).join(' ');
}

function becomeError(become: Become, host: string, refusal: Refusal | null, said: string): FettleError {
  const { method, user } = become;
  const secret = become.password?.reveal();
  const detail = (secret ? said.replaceAll(secret, '********') : said).trim() || undefined;
  const task = (summary: string, next: string): FettleError =>
    new FettleError('task', { summary, detail, next });
  switch (refusal?.kind) {
    case 'password':
      return task(
        `${method} on ${host} wants a password to become ${user}`,
        'Give it with -K or ansible_become_password.',
      );
    case 'wrong':
      return task(
        `Wrong become password for ${user} on ${host}`,
        'It was sent once only, so that the account is not locked. Correct -K or ansible_become_password.',
      );
    case 'user':
      return task(
        `There is no user ${user} on ${host}`,
        'Correct become_user, or make the user in an earlier task.',
      );
    case 'rights':
      return task(
        `${method} on ${host} does not allow becoming ${user}`,
        method === 'su'
          ? 'See PAM (pam_wheel) on the host.'
          : `Allow it in ${method === 'sudo' ? 'sudoers' : 'doas.conf'}.`,
      );
    case 'missing':
      return task(
        `There is no ${become.executable ?? method} on ${host}`,
        'Set become_method to what the host has.',
      );
    case 'silent':
      return task(
        `${method} on ${host} neither let us become ${user} nor asked for the password in 60 s`,
        'Try it by hand: PAM may ask for something else.',
      );
    case 'tty':
    case undefined:
      return task(`${method} on ${host} did not let us become ${user}`, 'Try it by hand on the host.');
  }
}
