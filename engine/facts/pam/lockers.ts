import type { Model } from './modules.ts';

/**
 * pam_faillock (Linux-PAM's pam_faillock.c): `preauth`, which is meant where nothing is said, only looks; `authfail`
 * counts, unless the lock holds already; `authsucc` and the type account set the counter back. It passes unknown users over.
 */
export const faillock: Model = ({ type, args, attempt, traces, host }) => {
  const { user } = attempt;
  if (user === 'unknown') return 'ignore';
  if (user === 'remote' && args.includes('local_users_only')) return 'success';
  const back = { ...traces, reset: true };
  if (type === 'account') return { code: 'success', world: back };
  const isLocked = attempt.locked && (user !== 'root' || host.rootIsLocked || locksRoot(args));
  const role = args.findLast((word) => roles.has(word)) ?? 'preauth';
  if (isLocked) return 'auth_err';
  if (role === 'authfail') return { code: 'ignore', world: { ...traces, counted: true } };
  return role === 'authsucc' ? { code: 'success', world: back } : 'success';
};

/** pam_tally2 (Linux-PAM before 1.5): counts before the password is known, also while the lock holds. */
export const tally2: Model = ({ type, args, attempt, traces }) => {
  const { user, locked } = attempt;
  if (user === 'unknown') return 'user_unknown';
  if (type === 'account') return { code: 'success', world: { ...traces, reset: true } };
  const isLocked = locked && (user !== 'root' || locksRoot(args));
  return { code: isLocked ? 'auth_err' : 'success', world: { ...traces, counted: true } };
};

const roles: ReadonlySet<string> = new Set(['preauth', 'authfail', 'authsucc']);

function locksRoot(args: readonly string[]): boolean {
  return args.some((word) => word === 'even_deny_root' || word.startsWith('root_unlock_time='));
}
