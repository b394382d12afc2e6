import { CannotPlan } from '../../contract/change.ts';
import { sha256 } from '../../contract/digest.ts';
import type { ShadowState } from '../../facts/local_account.ts';
import { Secret } from '../../shell/secret.ts';
import type { UserArgs } from './arguments.ts';

/** What is to be done to a password; all undefined: nothing. */
export interface PasswordStep {
  /** The whole field, its lock included. */
  readonly set?: Secret;
  readonly lock?: boolean;
  /** For the user: "its password", "password locked". */
  readonly what: readonly string[];
}

/** What must change of a password. `now` is null for a user that is about to be made. Throws CannotPlan for plain text. */
export function passwordStep(
  args: UserArgs,
  now: ShadowState | 'unreadable' | null,
  isNew: boolean,
): PasswordStep {
  const { password, password_lock: wantedLock, update_password: update = 'always' } = args;
  const hash = password === undefined ? undefined : readHash(password);
  if (isNew) {
    const isLocked = wantedLock ?? hash?.isLocked ?? false;
    if (hash) return { set: fieldOf(args, hash.text, isLocked), what: isLocked ? ['password locked'] : [] };
    return wantedLock === false
      ? refuseUnlock(args)
      : { ...(wantedLock ? { lock: true } : {}), what: wantedLock ? ['password locked'] : [] };
  }
  const isAsked = wantedLock !== undefined || (hash && update === 'always');
  if (!isAsked) return { what: [] };
  if (now === 'unreadable') throw new CannotPlan('/etc/shadow cannot be read', { next: 'say become: true' });
  const isOther = hash !== undefined && update === 'always' && now?.digest !== sha256(hash.text);
  const lock = wantedLock ?? (hash?.isLocked && update === 'always' ? true : undefined);
  if (isOther) {
    const isLocked = lock ?? false;
    return { set: fieldOf(args, hash.text, isLocked), what: ['its password', ...lockWords(isLocked, now)] };
  }
  if (lock === undefined || lock === (now?.locked ?? false)) return { what: [] };
  if (!lock && now?.kind === 'none') refuseUnlock(args);
  return { lock, what: lockWords(lock, now) };
}

interface Hash {
  /** Without its lock. */
  readonly text: string;
  readonly isLocked: boolean;
}

// A DES hash is thirteen letters, as a password may be.
function readHash(password: string | Secret): Hash {
  const text = password instanceof Secret ? password.reveal() : password;
  const [, lock = '', hash] = /^(!*)(\*|\$[0-9A-Za-z,=-]+\$[./0-9A-Za-z$,=_+-]+|)$/.exec(text) ?? [];
  if (hash === undefined || text === '') {
    throw new CannotPlan(
      text === ''
        ? 'an empty password lets everybody in'
        : 'password is no hash of crypt(5): in plain text it could not be compared, and would lie in the playbook',
      { next: 'give what `openssl passwd -6` prints, or "*" for keys alone' },
    );
  }
  return { text: hash, isLocked: lock !== '' };
}

function fieldOf(args: UserArgs, hash: string, isLocked: boolean): Secret {
  if (hash === '' && !isLocked) refuseUnlock(args);
  return new Secret(`${isLocked ? '!' : ''}${hash}`);
}

function lockWords(isLocked: boolean, now: ShadowState | null): readonly string[] {
  if (isLocked === (now?.locked ?? false)) return [];
  return [isLocked ? 'password locked' : 'password unlocked'];
}

function refuseUnlock({ name }: UserArgs): never {
  throw new CannotPlan(`${name} has no password to unlock: everybody could log in`, {
    next: 'give a password, or "*" for keys alone',
  });
}
