/** Stacks of EL7, made by hand: those of the table of naive placements, and the right ones. */
export const handMade: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'the four lines alone are right',
    `auth required pam_faillock.so preauth deny=5 unlock_time=900
auth [success=1 default=bad] pam_unix.so
auth [default=die] pam_faillock.so authfail deny=5 unlock_time=900
auth sufficient pam_faillock.so authsucc deny=5 unlock_time=900
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
`,
    [],
  ],
  [
    'the four lines above the old ones kill what is below, and users of SSSD',
    `auth required pam_faillock.so preauth
auth [success=1 default=bad] pam_unix.so
auth [default=die] pam_faillock.so authfail
auth sufficient pam_faillock.so authsucc
auth required pam_env.so
auth sufficient pam_unix.so nullok try_first_pass
auth sufficient pam_sss.so forward_pass
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
account required pam_permit.so
`,
    ['remote users locked out: /etc/pam.d/login, line 2 (auth pam_unix.so)'],
  ],
  [
    'a line slipped between pam_unix success=1 and authfail',
    `auth required pam_faillock.so preauth
auth [success=1 default=bad] pam_unix.so
auth optional pam_cap.so
auth [default=die] pam_faillock.so authfail
auth sufficient pam_faillock.so authsucc
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
`,
    [
      'total lock-out: /etc/pam.d/login, line 4 (auth pam_faillock.so authfail)',
      'never reached: /etc/pam.d/login, line 5 (auth pam_faillock.so authsucc)',
    ],
  ],
  [
    'the four lines below a sufficient pam_unix',
    `auth required pam_env.so
auth sufficient pam_unix.so nullok try_first_pass
auth required pam_faillock.so preauth
auth [success=1 default=bad] pam_unix.so
auth [default=die] pam_faillock.so authfail
auth sufficient pam_faillock.so authsucc
auth required pam_deny.so
account required pam_unix.so
`,
    [
      'lock never enforced: /etc/pam.d/login, line 2 (auth pam_unix.so)',
      'counter never reset',
      'never reached: /etc/pam.d/login, line 6 (auth pam_faillock.so authsucc)',
    ],
  ],
  [
    'sufficient pam_unix and authfail, no preauth',
    `auth required pam_env.so
auth sufficient pam_unix.so nullok try_first_pass
auth [default=die] pam_faillock.so authfail
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
`,
    ['lock never enforced: /etc/pam.d/login, line 2 (auth pam_unix.so)'],
  ],
  [
    'no account line and no authsucc',
    `auth required pam_faillock.so preauth
auth sufficient pam_unix.so nullok try_first_pass
auth [default=die] pam_faillock.so authfail
auth required pam_deny.so
account required pam_unix.so
`,
    ['counter never reset'],
  ],
  [
    'the account line after a sufficient pam_localuser',
    `auth required pam_faillock.so preauth
auth sufficient pam_unix.so nullok try_first_pass
auth [default=die] pam_faillock.so authfail
auth required pam_deny.so
account required pam_unix.so
account sufficient pam_localuser.so
account required pam_faillock.so
account required pam_permit.so
`,
    ['counter never reset', 'never reached: /etc/pam.d/login, line 7 (account pam_faillock.so)'],
  ],
  [
    'a sufficient pam_permit lets everybody in',
    'auth sufficient pam_permit.so\nauth required pam_unix.so\naccount required pam_permit.so\n',
    [
      'everybody admitted: /etc/pam.d/login, line 1 (auth pam_permit.so)',
      'never reached: /etc/pam.d/login, line 2 (auth pam_unix.so)',
    ],
  ],
  [
    'root is cut off before authfail, and in all the same',
    `auth required pam_env.so
auth required pam_faildelay.so delay=2000000
auth required pam_faillock.so preauth silent audit deny=5 unlock_time=900 even_deny_root root_unlock_time=60
auth sufficient pam_unix.so nullok try_first_pass
auth requisite pam_succeed_if.so uid >= 1000 quiet_success
auth required pam_faillock.so authfail audit deny=5 unlock_time=900 even_deny_root root_unlock_time=60
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
`,
    [],
  ],
  [
    'a password that is right, and no credentials after it: what let in says nothing of them',
    `auth sufficient pam_succeed_if.so uid >= 1000 quiet
auth required pam_deny.so
account required pam_permit.so
`,
    [
      'total lock-out: /etc/pam.d/login, line 2 (auth pam_deny.so)',
      'everybody admitted: /etc/pam.d/login, line 1 (auth pam_succeed_if.so)',
    ],
  ],
  [
    'what is jumped from counts for credentials as it did for the password',
    `auth [success=1 default=ignore] pam_unix.so nullok likeauth
auth requisite pam_deny.so
auth optional pam_cap.so
auth required pam_permit.so
account required pam_permit.so
`,
    [],
  ],
  [
    'who needs no password is not held by a lock either',
    `auth sufficient pam_succeed_if.so user ingroup guests
auth required pam_faillock.so preauth
auth sufficient pam_unix.so
auth [default=die] pam_faillock.so authfail
auth required pam_deny.so
account required pam_faillock.so
account required pam_unix.so
`,
    [],
  ],
];
