import type { Attempt, PamHost, Traces } from './attempt.ts';
import type { Answer } from './dispatch.ts';
import { faillock, tally2 } from './lockers.ts';
import { type ReturnCode, returnCodes } from './returns.ts';
import type { Handler, PamType } from './stack.ts';
import { succeedIf } from './succeed_if.ts';

/** What a module of PAM does in an attempt: its code, and where it counts, what it leaves behind. */
export type Model = (call: Call) => ReturnCode | readonly ReturnCode[] | Answer<Traces>;

/** A module that is called. */
export interface Call {
  readonly type: PamType;
  readonly args: readonly string[];
  readonly attempt: Attempt;
  readonly traces: Traces;
  readonly host: PamHost;
}

/** The name of a module's file, whatever the path to it. */
export function moduleFile(module: string): string {
  return module.slice(module.lastIndexOf('/') + 1);
}

/** Whether a module cannot be loaded: no such file on the host. libpam then takes it to return module_unknown. */
export function isDangling({ kind, module }: Handler, { modules }: PamHost): boolean {
  if (kind !== 'module') return false;
  const file = moduleFile(module);
  return modules === null ? !file.endsWith('.so') : !modules.has(file);
}

/** Whether a module asks for a password, or can let somebody in in place of one. */
export function isPasswordModule(module: string): boolean {
  return passwordModules.has(moduleFile(module).replace(/\.so$/, ''));
}

/** What an entry of a stack may return in an attempt; of a module that is not known, both yes and no. */
export function answersOf(
  handler: Handler,
  attempt: Attempt,
  traces: Traces,
  host: PamHost,
): readonly Answer<Traces>[] {
  const { type, module, args } = handler;
  if (isDangling(handler, host)) return [{ code: 'module_unknown', world: traces }];
  const name = moduleFile(module).replace(/\.so$/, '');
  const model = models.get(name);
  if (model === undefined) return perhaps(traces);
  if (only.get(name)?.includes(type) === false) return [{ code: 'module_unknown', world: traces }];
  const given = model({ type, args, attempt, traces, host });
  if (typeof given === 'string') return [{ code: given, world: traces }];
  return 'world' in given ? [given] : given.map((code) => ({ code, world: traces }));
}

/** Whether a module can be loaded and has what a stack of auth calls. */
export function servesAuth(handler: Handler, host: PamHost): boolean {
  const name = moduleFile(handler.module).replace(/\.so$/, '');
  return !isDangling(handler, host) && only.get(name)?.includes('auth') !== false;
}

function perhaps(traces: Traces): readonly Answer<Traces>[] {
  return [
    { code: 'success', world: traces },
    { code: 'auth_err', world: traces },
  ];
}

/** The types that a module serves where it is not all of them (its functions pam_sm_*, Linux-PAM 1.5.2). */
const only: ReadonlyMap<string, readonly PamType[]> = new Map([
  ['pam_cap', ['auth']],
  ['pam_faildelay', ['auth']],
  ['pam_faillock', ['auth', 'account']],
  ['pam_group', ['auth']],
  ['pam_issue', ['auth']],
  ['pam_limits', ['session']],
  ['pam_loginuid', ['account', 'session']],
  ['pam_mkhomedir', ['session']],
  ['pam_motd', ['session']],
  ['pam_namespace', ['session']],
  ['pam_nologin', ['auth', 'account']],
  ['pam_oddjob_mkhomedir', ['session']],
  ['pam_pwhistory', ['password']],
  ['pam_pwquality', ['password']],
  ['pam_cracklib', ['password']],
  ['pam_rootok', ['auth', 'account', 'password']],
  ['pam_securetty', ['auth', 'account']],
  ['pam_sepermit', ['auth', 'account']],
  ['pam_shells', ['auth', 'account']],
  ['pam_systemd', ['session']],
  ['pam_tally2', ['auth', 'account']],
  ['pam_time', ['account']],
  ['pam_tty_audit', ['session']],
  ['pam_umask', ['session']],
]);

const always =
  (code: ReturnCode): Model =>
  () =>
    code;

/** Programs that somebody else than root starts: their caller is not root, that of sshd and login is. */
const startedByUsers: ReadonlySet<string> = new Set([
  'su',
  'su-l',
  'sudo',
  'sudo-i',
  'passwd',
  'chfn',
  'chsh',
  'polkit-1',
]);

const unix: Model = ({ type, attempt }) => {
  const { user, password } = attempt;
  if (type !== 'auth') return user === 'unknown' && type === 'account' ? 'user_unknown' : 'success';
  if (user === 'unknown') return 'user_unknown';
  // SSSD gives "*" for a hash, LDAP may give none.
  if (user === 'remote') return ['auth_err', 'authinfo_unavail'];
  return password === 'right' ? 'success' : 'auth_err';
};

/** Modules that ask a directory: of users of the host's own they know nothing. */
const directory: Model = ({ type, args, attempt }) => {
  const { user, password } = attempt;
  if (user === 'remote') return type !== 'auth' || password === 'right' ? 'success' : 'auth_err';
  if (type === 'session' || type === 'password') return 'user_unknown';
  return args.includes('ignore_unknown_user') ? 'ignore' : 'user_unknown';
};

/**
 * Modules with a proof of their own: with it they may let somebody in, without it they do not; but for users who have
 * none set up, where that is allowed: some versions then succeed, some step aside.
 */
const otherProof: Model = ({ type, args, attempt: { password } }) => {
  if (type !== 'auth') return 'success';
  if (args.some((word) => word === 'nullok' || word === 'nouserok')) return ['success', 'auth_err', 'ignore'];
  return password === 'right' ? ['success', 'auth_err'] : 'auth_err';
};

const otherProofs = [
  'pam_radius_auth',
  'pam_tacplus',
  'pam_google_authenticator',
  'pam_oath',
  'pam_u2f',
  'pam_yubico',
  'pam_duo',
  'pam_pkcs11',
  'pam_fprintd',
  'pam_systemd_home',
];

const passwordModules: ReadonlySet<string> = new Set([
  ...['pam_unix', 'pam_sss', 'pam_ldap', 'pam_ldapd', 'pam_krb5', 'pam_winbind'],
  ...otherProofs,
]);

const deny: Model = ({ type }) =>
  (({ auth: 'auth_err', account: 'auth_err', password: 'authtok_err', session: 'session_err' }) as const)[
    type
  ];

const userType: Model = ({ args, attempt: { user } }) => {
  const asked = args.findLast((word) => word === 'issystem' || word === 'isregular');
  if (asked === undefined) return 'service_err';
  if (args.includes('use_uid')) return ['success', 'auth_err'];
  if (user === 'unknown') return 'user_unknown';
  return (user === 'root') === (asked === 'issystem') ? 'success' : 'auth_err';
};

const debug: Model = ({ type, args }) =>
  debugCode({ auth: 'auth', account: 'acct', password: 'chauthtok', session: 'open_session' }[type], args);

/** What pam_debug returns for one of its functions: `auth=perm_denied`, `cred=…` say it (pam_debug(8)). */
export function debugCode(name: string, args: readonly string[]): ReturnCode {
  const said = args.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
  return returnCodes.find((code) => code === said) ?? 'success';
}

/** Modules whose answer hangs on a file of the host, which lets in those who come in today. */
const gate = always('success');

const models: ReadonlyMap<string, Model> = new Map<string, Model>([
  ['pam_unix', unix],
  ['pam_sss', directory],
  ['pam_ldap', directory],
  ['pam_ldapd', directory],
  ['pam_krb5', directory],
  ['pam_winbind', directory],
  ...otherProofs.map((name) => [name, otherProof] as const),
  ['pam_faillock', faillock],
  ['pam_tally2', tally2],
  ['pam_tally', tally2],
  ['pam_deny', deny],
  ['pam_permit', always('success')],
  ['pam_debug', debug],
  ['pam_succeed_if', succeedIf],
  ['pam_usertype', userType],
  [
    'pam_localuser',
    ({ attempt: { user } }) => (user === 'local' || user === 'root' ? 'success' : 'perm_denied'),
  ],
  ['pam_rootok', ({ attempt: { service } }) => (startedByUsers.has(service) ? 'auth_err' : 'success')],
  ['pam_env', ({ type }) => (type === 'auth' ? 'ignore' : type === 'session' ? 'success' : 'service_err')],
  ['pam_nologin', ({ args }) => (args.includes('successok') ? 'success' : 'ignore')],
  ['pam_faildelay', always('ignore')],
  ['pam_cap', always('ignore')],
  ['pam_group', always('ignore')],
  ['pam_echo', always('ignore')],
  ['pam_issue', always('ignore')],
  ['pam_warn', always('ignore')],
  ['pam_sepermit', always('ignore')],
  ['pam_lastlog', ({ type }) => (type === 'session' ? 'success' : 'ignore')],
  ['pam_access', gate],
  ['pam_time', gate],
  ['pam_shells', gate],
  ['pam_securetty', gate],
  ['pam_loginuid', gate],
  ['pam_limits', gate],
  ['pam_systemd', gate],
  ['pam_keyinit', gate],
  ['pam_mail', gate],
  ['pam_mkhomedir', gate],
  ['pam_motd', gate],
  ['pam_namespace', gate],
  ['pam_oddjob_mkhomedir', gate],
  ['pam_selinux', gate],
  ['pam_tty_audit', gate],
  ['pam_umask', gate],
  ['pam_xauth', gate],
  ['pam_pwquality', gate],
  ['pam_cracklib', gate],
  ['pam_pwhistory', gate],
]);
