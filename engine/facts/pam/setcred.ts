import type { Attempt, PamHost, Traces } from './attempt.ts';
import type { Answer } from './dispatch.ts';
import { answersOf, debugCode, moduleFile, servesAuth } from './modules.ts';
import type { ReturnCode } from './returns.ts';
import type { Handler } from './stack.ts';

/**
 * What an entry of auth may return when pam_setcred(3) comes to it, which a login does when the password was right, and
 * ends where that fails: pam_sm_setcred of each module (Linux-PAM 1.5.2). A module that is not known may succeed or step
 * aside.
 */
export function credentialsOf(
  handler: Handler,
  attempt: Attempt,
  traces: Traces,
  host: PamHost,
): readonly Answer<Traces>[] {
  const { module, args } = handler;
  const name = moduleFile(module).replace(/\.so$/, '');
  // What these said of the password they say again.
  const isLikeAuth = directories.has(name) || (name === 'pam_unix' && args.includes('likeauth'));
  if (isLikeAuth || !servesAuth(handler, host)) return answersOf(handler, attempt, traces, host);
  const code = name === 'pam_debug' ? debugCode('cred', args) : codes.get(name);
  // What was counted before the password was known is forgotten here.
  const world = /^pam_tally2?$/.test(name) ? { ...traces, reset: true } : traces;
  return (code ? [code] : (['success', 'ignore'] as const)).map((one) => ({ code: one, world }));
}

const directories: ReadonlySet<string> = new Set([
  'pam_sss',
  'pam_ldap',
  'pam_ldapd',
  'pam_krb5',
  'pam_winbind',
]);

const codes: ReadonlyMap<string, ReturnCode> = new Map<string, ReturnCode>([
  ['pam_deny', 'cred_err'],
  ...[
    ...['unix', 'permit', 'env', 'faillock', 'tally', 'tally2', 'localuser', 'rootok', 'group', 'lastlog'],
    ...[
      'debug',
      'keyinit',
      'listfile',
      'mail',
      'rhosts',
      'securetty',
      'selinux',
      'shells',
      'timestamp',
      'userdb',
    ],
    ...['duo', 'fprintd', 'google_authenticator', 'oath', 'pkcs11', 'radius_auth', 'u2f', 'wheel', 'yubico'],
  ].map((name) => [`pam_${name}`, 'success'] as const),
  ...[
    ...['access', 'cap', 'echo', 'exec', 'faildelay', 'ftp', 'issue', 'nologin', 'sepermit', 'succeed_if'],
    ...['usertype', 'warn'],
  ].map((name) => [`pam_${name}`, 'ignore'] as const),
]);
