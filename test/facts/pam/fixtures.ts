import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PamHost } from '../../../engine/facts/pam/attempt.ts';
import type { PamConfiguration } from '../../../engine/facts/pam/stack.ts';

/** The service files of a system, by their absolute paths; `-> target` where one is a link. */
export interface Fixture {
  /** Where it was captured, or after what it was constructed. */
  readonly source: string;
  readonly files: Readonly<Record<string, string | { readonly link: string }>>;
}

/** Reads a system's service files from fixtures/pam. */
export function fixture(name: string): Fixture {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/pam', `${name}.txt`), 'latin1');
  const [source = '', ...parts] = text.split(/^=== /m);
  const files = parts.map((part) => {
    const end = part.indexOf('\n');
    const [path = '', target] = part.slice(0, end).split(' -> ');
    return [path, target === undefined ? part.slice(end + 1) : { link: target }] as const;
  });
  return { source: source.trim(), files: Object.fromEntries(files) };
}

/** A fixture as libpam finds it, its links followed. */
export function configurationOf({ files }: Fixture): PamConfiguration {
  const textOf = (path: string): string => {
    const entry = files[path];
    if (entry === undefined) throw new Error(`the fixture has no ${path}`);
    return typeof entry === 'string' ? entry : textOf(entry.link);
  };
  return {
    texts: Object.fromEntries(Object.keys(files).map((path) => [path, textOf(path)])),
    directories: ['/etc/pam.d'],
    atInclude: true,
  };
}

/** One service alone. */
export function oneService(text: string): PamConfiguration {
  return { texts: { '/etc/pam.d/login': text }, directories: ['/etc/pam.d'], atInclude: false };
}

/** Every module that stacks of real systems name, but those that are said not to be there. */
export function hostWithout(...gone: readonly string[]): PamHost {
  const names = [
    ...[
      'unix',
      'faillock',
      'tally2',
      'deny',
      'permit',
      'env',
      'faildelay',
      'succeed_if',
      'usertype',
      'localuser',
    ],
    ...[
      'sss',
      'ldap',
      'rootok',
      'nologin',
      'access',
      'cap',
      'systemd',
      'limits',
      'sepermit',
      'keyinit',
      'loginuid',
    ],
    ...[
      'selinux',
      'namespace',
      'lastlog',
      'umask',
      'pwquality',
      'pwhistory',
      'motd',
      'mail',
      'xauth',
      'strange',
    ],
  ].map((name) => `pam_${name}.so`);
  return { modules: new Set(names.filter((name) => !gone.includes(name))), rootIsLocked: false };
}
