import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type AttemptName, attempts } from '../../engine/facts/pam/attempt.ts';
import { evaluate } from '../../engine/facts/pam/evaluate.ts';
import { credentialsOf } from '../../engine/facts/pam/setcred.ts';
import { stacksOf } from '../../engine/facts/pam/stack.ts';
import { emptied, scratch } from './look.ts';
import { configurationOf, fixture } from './pam/fixtures.ts';
import { handMade } from './pam/hand_made.ts';
import { askLibpam, hasLibpam, libpamRoot, putServices, tryWithTally } from './pam/real_libpam.ts';

// Those that Debian has: pam_sss, pam_tally2 and pam_fprintd are not there, and dangle.
const modules = [
  'unix',
  'faillock',
  'env',
  'faildelay',
  'succeed_if',
  'usertype',
  'localuser',
  'deny',
  'permit',
]
  .concat(['rootok', 'nologin', 'sepermit', 'cap', 'lastlog', 'access'])
  .map((name) => `pam_${name}.so`);

// `right`, by crypt(5)'s sha512crypt.
const hash =
  '$6$fettle$8eUyCoa2q1rYrTyxX8jOZFs0G8pnwxVFqGUcFNttMnmO/ZjEoouTF.tXMWR3OkIeUDEG2PG3mpJB6YxWUazbJ0';
const accounts = {
  'etc/passwd': 'root:x:0:0::/:/bin/sh\nlocal:x:1000:1000::/:/bin/sh\n',
  'etc/group': 'root:x:0:\nlocal:x:1000:\n',
  'etc/shadow': `root:${hash}:19000:0:99999:7:::\nlocal:${hash}:19000:0:99999:7:::\n`,
  'etc/nsswitch.conf': 'passwd: files\nshadow: files\ngroup: files\n',
  'etc/environment': '',
  'etc/security/access.conf': '',
  'etc/security/pam_env.conf': '',
  'etc/security/sepermit.conf': '',
  'etc/pam.d': 'folder',
  'etc/authselect': 'folder',
} as const;

// Whoever fails waits two seconds for each of these.
const hurried = (text: string) =>
  text.replaceAll(/(pam_(?:unix|faillock)\.so)/g, '$1 nodelay').replaceAll('delay=2000000', 'delay=0');

const tried = (Object.keys(attempts) as AttemptName[]).filter((name) => attempts[name].user !== 'remote');

/** As a login asks: whose password is right asks for credentials as well. */
function operationsOf(password: 'right' | 'wrong' | 'none', isLocked: boolean): string {
  if (password === 'none') return 'acct_mgmt';
  return `authenticate acct_mgmt${password === 'right' && !isLocked ? ' setcred' : ''}`;
}

describe.runIf(hasLibpam)(
  'the models of modules and the modules of Debian (needs root and pamtester)',
  () => {
    const folder = scratch();
    const root = hasLibpam ? libpamRoot(folder, accounts, modules) : folder;

    /** What is said of services here and by libpam, where they differ. */
    function differences(
      texts: Readonly<Record<string, string>>,
      services: readonly string[],
    ): readonly string[] {
      const files = Object.fromEntries(Object.entries(texts).map(([path, text]) => [path, hurried(text)]));
      emptied(join(root, 'etc/pam.d'));
      putServices(
        root,
        Object.fromEntries(Object.entries(files).map(([path, text]) => [`../../${path}`, text])),
      );
      putServices(root, { count: 'auth required pam_faillock.so authfail nodelay deny=50\n' });
      const configuration = { texts: files, directories: ['/etc/pam.d'], atInclude: true };
      const host = { modules: new Set(modules), rootIsLocked: false };
      const all = services.flatMap((service) => tried.map((name) => ({ service, name })));
      const real = tryWithTally(
        root,
        all.map(({ service, name }) => {
          const { user, password, locked } = attempts[name];
          return {
            service,
            user,
            password: password === 'right' ? 'right' : 'wrong',
            operations: operationsOf(password, locked),
            failures: user === 'unknown' ? 0 : locked ? 6 : 1,
          };
        }),
      );
      const told = new Map(services.map((service) => [service, evaluate(configuration, host, service)]));
      return all.flatMap(({ service, name }, index) => {
        const mine = told.get(service)?.outcomes[name];
        const { code, before, after } = real[index] ?? { code: '', before: 0, after: 0 };
        const seen = {
          admitted: code === 'success',
          counts: after > before,
          resets: before > 0 && after === 0,
        };
        const here = { admitted: mine?.admitted, counts: mine?.counts, resets: mine?.resets };
        const isSame = (Object.keys(seen) as (keyof typeof seen)[]).every((key) => {
          const chance = here[key];
          const isKnown = chance !== 'perhaps' && !(name === 'unknown' && key !== 'admitted');
          return !isKnown || (chance === 'yes') === seen[key];
        });
        return isSame
          ? []
          : [`${service}, ${name}: ${JSON.stringify({ code, ...seen })}, here ${JSON.stringify(here)}`];
      });
    }

    test('say the same of stacks made by hand', () => {
      const texts = Object.fromEntries(handMade.map(([, text], index) => [`/etc/pam.d/h${index}`, text]));
      expect(
        differences(
          texts,
          handMade.map((_, index) => `h${index}`),
        ),
      ).toEqual([]);
    });

    test('say the same of credentials', () => {
      const services = Object.fromEntries(
        modules.map((name) => [`cred-${name}`.toLowerCase(), `auth required ${name} uid isregular\n`]),
      );
      putServices(root, { ...services, other: 'auth required pam_deny.so\n' });
      const asked = Object.keys(services).map((service) => ({
        service,
        user: 'local',
        operations: 'setcred',
      }));
      const host = { modules: new Set(modules), rootIsLocked: false };
      const attempt = { ...attempts.right, service: 'login' };
      const mine = modules.map((module) => {
        const texts = { '/etc/pam.d/one': `auth required ${module}\n` };
        const { stacks } = stacksOf({ texts, directories: ['/etc/pam.d'], atInclude: true }, 'one');
        const traces = { counted: false, reset: false };
        const [answer] = stacks.auth.flatMap((line) => credentialsOf(line, attempt, traces, host));
        // Where all step aside, nobody lets in.
        return answer?.code === 'ignore' ? 'perm_denied' : answer?.code;
      });
      const real = askLibpam(root, asked);
      expect(modules.map((name, index) => [name, mine[index]])).toEqual(
        modules.map((name, index) => [name, real[index]]),
      );
    });

    test.each([
      ['debian_12', ['sshd', 'su', 'other']],
      ['debian_12_faillock', ['sshd', 'su']],
      ['el7_authconfig', ['sshd', 'su']],
      ['el7_tally2', ['sshd']],
      ['el8_authselect_sssd', ['sshd']],
      ['el9_authselect_faillock', ['sshd', 'system-auth']],
      ['openeuler_22', ['sshd', 'system-auth']],
      ['kylin_v10', ['sshd']],
    ] as const)('say the same of %s', (name, services) => {
      const texts = configurationOf(fixture(name)).texts as Readonly<Record<string, string>>;
      // pamtester is started by root, su by others.
      const mine = Object.entries(texts).map(([path, text]) => [
        path,
        text.replaceAll(/.*pam_rootok.*\n/g, ''),
      ]);
      expect(differences(Object.fromEntries(mine), services)).toEqual([]);
    });
  },
);
