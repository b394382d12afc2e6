import type { Entry } from './law_case.ts';

const modules = ['unix', 'faillock', 'env', 'deny', 'permit', 'succeed_if', 'localuser', 'sss'];

/** The modules of PAM in a root directory; what is in the files is never run. */
export const pamRoot: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(modules.map((name) => [`usr/lib64/security/pam_${name}.so`, ''])),
  'etc/pam.d/other': 'auth required pam_deny.so\naccount required pam_deny.so\n',
  'etc/pam.d/sshd':
    '#%PAM-1.0\nauth substack system-auth\naccount include system-auth\nsession required pam_unix.so\n',
};

/** A stack of EL7 made by hand, which still counts with pam_tally2 (constructed). */
export const tallyStack = `#%PAM-1.0
auth        required      pam_env.so
auth        required      pam_tally2.so deny=5 # old
auth        sufficient    pam_unix.so nullok try_first_pass
auth        required      pam_deny.so

account     required      pam_tally2.so
account     required      pam_unix.so
`;
