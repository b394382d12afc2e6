import { describe, expect, test } from 'vitest';
import { type Frozen, walk } from '../../engine/facts/pam/dispatch.ts';
import { type ReturnCode, returnCodes } from '../../engine/facts/pam/returns.ts';
import { type Handler, type PamConfiguration, stacksOf } from '../../engine/facts/pam/stack.ts';
import { dice, type Dice } from './pam/dice.ts';
import { scratch } from './look.ts';
import { type Asked, askLibpam, hasLibpam, libpamRoot, putServices } from './pam/real_libpam.ts';

const modules = ['pam_permit.so', 'pam_deny.so', 'pam_debug.so'];
const users = {
  'etc/passwd': 'u:x:1000:1000::/:/bin/sh\n',
  'etc/group': 'u:x:1000:\n',
  'etc/pam.d': 'folder',
} as const;

const pick = <T>(roll: Dice, list: readonly T[]): T => list[roll(list.length)] as T;

// What libpam cannot return through a module: it waits for these, or takes them for its own.
const codes = returnCodes.filter((code) => !/^(incomplete|conv_again|abort)$/.test(code));
const often: readonly ReturnCode[] = [
  'success',
  'success',
  'auth_err',
  'ignore',
  'new_authtok_reqd',
  'user_unknown',
];
const actions = ['ignore', 'ok', 'done', 'bad', 'die', 'reset', '1', '1', '2', '3', '9'];

function randomControl(roll: Dice): string {
  const way = roll(20);
  if (way < 9)
    return pick(roll, ['required', 'requisite', 'optional', 'sufficient', 'REQUIRED', 'Sufficient']);
  if (way === 9)
    return pick(roll, [
      'requird',
      '[success=0]',
      '[success=maybe]',
      '[=ok]',
      '[required]',
      '[]',
      '[default]',
      '[success=-1]',
    ]);
  const parts = Array.from(
    { length: roll(4) },
    () => `${pick(roll, roll(2) ? often : codes)}${pick(roll, ['=', ' = '])}${pick(roll, actions)}`,
  );
  if (roll(3) > 0) parts.splice(roll(parts.length + 1), 0, `default=${pick(roll, actions)}`);
  return `[${parts.join(pick(roll, [' ', '\t', '  ']))}]`;
}

function randomModule(roll: Dice): string {
  const way = roll(10);
  if (way === 0) return 'pam_gone.so';
  if (way === 1) return 'pam_permit.so';
  if (way === 2) return 'pam_deny.so';
  const code = () => pick(roll, roll(3) ? often : codes);
  return `pam_debug.so auth=${code()} acct=${code()} cred=${code()}`;
}

// Within a file that is included for one type, a broken @include is handled by what Debian's libpam has left in memory.
// An include without a name is left out: Debian's libpam 1.5.2 ends by a segmentation fault.
function randomLine(roll: Dice, type: string, deeper: readonly string[], isTop: boolean): string {
  const way = roll(30);
  if (way === 0) return '# a comment';
  if (way === 1) return '';
  if (way === 2)
    return pick(roll, [
      'authh required pam_permit.so',
      `${type}`,
      `${type} required`,
      `${type} substack gone`,
      ...(isTop ? ['@include gone'] : []),
    ]);
  const blank = () => pick(roll, [' ', '\t', '   ', ' \\\n  ', ' \\\n# between\n\n ']);
  const name = pick(roll, [type, type, `-${type}`, type.toUpperCase()]);
  if (way < 9 && deeper.length > 0) {
    const kind = roll(5);
    if (kind === 0 && isTop) return `@include ${pick(roll, deeper)}`;
    return `${name}${blank()}${kind < 3 ? 'include' : 'substack'}${blank()}${pick(roll, deeper)}`;
  }
  return `${pick(roll, ['', '  '])}${name}${blank()}${randomControl(roll)}${blank()}${randomModule(roll)}${pick(roll, ['', ' ', ' # why', ' [a b\\]c]'])}`;
}

function randomFile(roll: Dice, deeper: readonly string[], isTop = false): string {
  const type = () => pick(roll, ['auth', 'auth', 'account']);
  const rules = Array.from({ length: 1 + roll(6) }, () => randomLine(roll, type(), deeper, isTop));
  return `${rules.join('\n')}${pick(roll, ['\n', '\n', '\n', '\n', '\n', '', '', ' \\', '\\\n'])}`;
}

/** What pam_permit, pam_deny and pam_debug return; nobody else is in these stacks. */
function codeOf(handler: Handler, operation: 'auth' | 'acct' | 'cred'): ReturnCode {
  const { module, args } = handler;
  if (module === 'pam_permit.so') return 'success';
  if (module === 'pam_deny.so')
    return { auth: 'auth_err', acct: 'auth_err', cred: 'cred_err' }[operation] as ReturnCode;
  if (module !== 'pam_debug.so') return 'module_unknown';
  const said = args.find((word) => word.startsWith(`${operation}=`))?.slice(operation.length + 1);
  return returnCodes.find((code) => code === said) ?? 'success';
}

function expected(configuration: PamConfiguration, { service, operations }: Asked): ReturnCode {
  const { stacks, broken } = stacksOf(configuration, service);
  if (broken !== null) return 'abort';
  const run = (operation: 'auth' | 'acct' | 'cred', frozen?: Frozen) =>
    walk(
      stacks[operation === 'acct' ? 'account' : 'auth'],
      null,
      (handler) => [{ code: codeOf(handler, operation), world: null }],
      frozen,
    );
  if (operations === 'acct_mgmt') return run('acct').endings[0]?.code ?? 'abort';
  const auth = run('auth');
  const code = auth.endings[0]?.code ?? 'abort';
  if (operations === 'authenticate' || code !== 'success') return code;
  return run('cred', { codes: auth.frozen, jumps: 'ignored' }).endings[0]?.code ?? 'abort';
}

describe.runIf(hasLibpam)('the interpreter and libpam (needs root and pamtester)', () => {
  const folder = scratch();

  test('say the same of 500 random stacks', () => {
    const root = libpamRoot(folder, users, modules);
    const roll = dice(20_240_601);
    const files: Record<string, string> = {
      other: 'auth required pam_deny.so\naccount required pam_debug.so acct=maxtries\n',
    };
    const asked: Asked[] = [];
    for (let index = 0; index < 500; index += 1) {
      const service = `s${index}`;
      const [a, b] = [`a${index}`, `b${index}`] as const;
      files[a] = randomFile(roll, []);
      files[b] = randomFile(roll, [a]);
      files[service] = randomFile(roll, [a, b], true);
      const operations = pick(roll, ['authenticate', 'authenticate', 'acct_mgmt', 'authenticate setcred']);
      asked.push({ service, user: 'u', operations });
    }
    putServices(root, files);
    const real = askLibpam(root, asked);
    const texts = Object.fromEntries(
      Object.entries(files).map(([name, text]) => [`/etc/pam.d/${name}`, text]),
    );
    const configuration = { texts, directories: ['/etc/pam.d'], atInclude: true };
    const differences = asked.flatMap((one, index) => {
      const mine = expected(configuration, one);
      if (mine === real[index]) return [];
      const shown = [one.service, `a${index}`, `b${index}`].map((name) => `--- ${name}\n${files[name]}`);
      return [`${one.operations}: libpam ${real[index]}, here ${mine}\n${shown.join('\n')}`];
    });
    expect(
      differences.length,
      differences
        .sort((x, y) => x.length - y.length)
        .slice(0, 6)
        .join('\n\n'),
    ).toBe(0);
    expect(new Set(real).size).toBeGreaterThan(12);
  });
});
