/** Somebody who tries to come in, and what is so of them. */
export interface Attempt {
  readonly service: string;
  /** `local`: an ordinary user of /etc/passwd; `remote`: one whom only SSSD, LDAP or winbind know. */
  readonly user: 'local' | 'root' | 'remote' | 'unknown';
  /** `none`: by key, which only the stack account judges. */
  readonly password: 'right' | 'wrong' | 'none';
  /** Whether so many failures were counted that the lock holds. */
  readonly locked: boolean;
}

/** What an attempt leaves behind. */
export interface Traces {
  /** A failure was counted. */
  readonly counted: boolean;
  /** The counter was set back. */
  readonly reset: boolean;
}

/** What is known of the host beside its service files. */
export interface PamHost {
  /** The names of the modules that are installed; null where that is not known. */
  readonly modules: ReadonlySet<string> | null;
  /** Whether faillock.conf locks root as well. */
  readonly rootIsLocked: boolean;
}

/** The attempts by which a stack is judged, each with what a reader is told of it. */
export const attempts = {
  right: { user: 'local', password: 'right', locked: false },
  wrong: { user: 'local', password: 'wrong', locked: false },
  locked: { user: 'local', password: 'right', locked: true },
  key: { user: 'local', password: 'none', locked: false },
  root: { user: 'root', password: 'right', locked: false },
  root_wrong: { user: 'root', password: 'wrong', locked: false },
  root_locked: { user: 'root', password: 'right', locked: true },
  root_key: { user: 'root', password: 'none', locked: false },
  remote: { user: 'remote', password: 'right', locked: false },
  remote_wrong: { user: 'remote', password: 'wrong', locked: false },
  remote_locked: { user: 'remote', password: 'right', locked: true },
  unknown: { user: 'unknown', password: 'wrong', locked: false },
} as const satisfies Readonly<Record<string, Omit<Attempt, 'service'>>>;

export type AttemptName = keyof typeof attempts;

/** Each attempt in words. */
export const attemptWords: Readonly<Record<AttemptName, string>> = {
  right: 'a user with the right password',
  wrong: 'a user with a wrong password',
  locked: 'a locked user with the right password',
  key: 'a user with a key',
  root: 'root with the right password',
  root_wrong: 'root with a wrong password',
  root_locked: 'root, locked, with the right password',
  root_key: 'root with a key',
  remote: 'a user of SSSD or LDAP with the right password',
  remote_wrong: 'a user of SSSD or LDAP with a wrong password',
  remote_locked: 'a locked user of SSSD or LDAP with the right password',
  unknown: 'a user who does not exist',
};
