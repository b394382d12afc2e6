import { homedir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { FettleError } from '../../engine/errors.ts';
import { becomeOf } from '../../engine/load/connection_become.ts';
import { targetOf, type ConnectionDefaults } from '../../engine/load/connection_variables.ts';
import { Secret } from '../../engine/shell/secret.ts';

type Variables = Readonly<Record<string, unknown>>;

// The shape of the transport's parser: `-o NAME=VALUE`, everything else refused.
function parse(text: string) {
  const words = text.split(' ').filter((word) => word !== '-o');
  const pairs = words.map((word) => word.split('=') as [string, string | undefined]);
  return {
    options: Object.fromEntries(pairs.flatMap(([name, value]) => (value ? [[name, value]] : []))),
    refused: pairs.flatMap(([name, value]) => (value ? [] : [name])),
  };
}

function target(variables: Variables, defaults: ConnectionDefaults = {}) {
  return targetOf('web1', (name) => variables[name], defaults, parse);
}

const targets: readonly (readonly [
  name: string,
  variables: Variables,
  target: Variables,
  defaults?: ConnectionDefaults,
])[] = [
  ['nothing', {}, {}],
  [
    'address, port, user',
    { ansible_host: '192.0.2.1', ansible_port: 2222, ansible_user: 'ops' },
    { address: '192.0.2.1', port: 2222, user: 'ops' },
  ],
  [
    'the older names win, as in Ansible',
    {
      ansible_host: 'a',
      ansible_ssh_host: 'b',
      ansible_port: 1,
      ansible_ssh_port: '22',
      ansible_user: 'c',
      ansible_ssh_user: 'd',
    },
    { address: 'b', port: 22, user: 'd' },
  ],
  [
    'variables win over the command line',
    { ansible_user: 'v' },
    { user: 'v', privateKeyFile: '/k' },
    { user: 'c', privateKeyFile: '/k' },
  ],
  ['empty means unset', { ansible_host: '', ansible_user: null }, { user: 'c' }, { user: 'c' }],
  [
    'a key in the home folder',
    { ansible_ssh_private_key_file: '~/.ssh/id' },
    { privateKeyFile: `${homedir()}/.ssh/id` },
  ],
  ['a user of digits', { ansible_user: 1000 }, { user: '1000' }],
  [
    'timeouts and a shell',
    { ansible_timeout: 5, ansible_ssh_timeout: '7', ansible_shell_executable: '/bin/ksh' },
    { connectTimeout: 7, shell: '/bin/ksh' },
  ],
  [
    'ssh arguments: the first one of a name counts',
    { ansible_ssh_common_args: '-o A=1 -o B=1', ansible_ssh_extra_args: '-o B=2 -o C=2' },
    { options: { A: '1', B: '1', C: '2' } },
  ],
  ['connections that are ssh', { ansible_connection: 'ansible.builtin.paramiko_ssh' }, {}],
  ['smart', { ansible_connection: 'smart' }, {}, { connection: 'local' }],
];

test.each(targets.map(([name, variables, expected, defaults]) => ({ name, variables, expected, defaults })))(
  '$name',
  ({ variables, expected, defaults }) => {
    expect(target(variables, defaults)).toEqual({ name: 'web1', transport: 'ssh', ...expected });
  },
);

test('local needs nothing else', () => {
  expect(target({ ansible_connection: 'local', ansible_host: '-x', ansible_port: 'x' })).toEqual({
    name: 'web1',
    transport: 'local',
  });
  expect(target({}, { connection: 'local' }).transport).toBe('local');
});

test('passwords are secret', () => {
  const { password, passphrase } = target({
    ansible_ssh_pass: 'hunter2',
    ansible_private_key_passphrase: 'open',
  });
  expect(password?.reveal()).toBe('hunter2');
  expect(passphrase?.reveal()).toBe('open');
  expect(target({}, { password: new Secret('asked') }).password?.reveal()).toBe('asked');
  expect(target({ ansible_password: new Secret('v') }).password?.reveal()).toBe('v');
});

const mistakes: readonly (readonly [variables: Variables, summary: string])[] = [
  [{ ansible_port: 70_000 }, 'ansible_port of web1 must be a number from 1 to 65535'],
  [{ ansible_port: 'ssh' }, 'ansible_port of web1 must be a number from 1 to 65535'],
  [
    { ansible_connection: 'winrm' },
    'ansible_connection of web1 is a way to connect that fettle does not have',
  ],
  [{ ansible_host: '-oProxyCommand=x' }, 'ansible_host of web1 is no address'],
  [{ ansible_host: 'a\nb' }, 'ansible_host of web1 is no address'],
  [{ ansible_user: '-x' }, 'ansible_user of web1 is no name of a user'],
  [{ ansible_user: ['x'] }, 'ansible_user of web1 must be text'],
  [{ ansible_user: new Secret('x') }, 'ansible_user of web1 must not be secret'],
  [{ ansible_password: 123 }, 'ansible_password of web1 must be text'],
  [
    { ansible_ssh_common_args: '-o A=1 -X' },
    'ansible_ssh_common_args of web1 has what fettle does not understand: -X',
  ],
  [{ ansible_timeout: 0 }, 'ansible_timeout of web1 must be a number from 1 to 86400'],
];

test.each(mistakes)('%o is a mistake', (variables, summary) => {
  const at = { file: 'hosts', line: 3, column: 6 };
  const error = catchError(() =>
    targetOf(
      'web1',
      (name) => variables[name],
      {},
      parse,
      () => at,
    ),
  );
  expect(error).toMatchObject({ kind: 'inventory', message: summary, position: at });
});

test('a password that is no text is not shown', () => {
  const error = catchError(() => target({ ansible_password: 123_456 }));
  expect((error as FettleError).detail).toBeUndefined();
});

test('a host whose name would be an option', () => {
  expect(() => targetOf('-x', () => undefined, {}, parse)).toThrow('`-x` is no address');
});

describe('become', () => {
  const become = (variables: Variables, method?: 'sudo' | 'su' | 'doas') =>
    becomeOf('web1', (name) => variables[name], method);

  test.each<[Variables, Variables]>([
    [{}, {}],
    [
      { ansible_become: 'yes', ansible_become_user: 'app' },
      { become: true, user: 'app' },
    ],
    [{ ansible_become: false }, { become: false }],
    [{ ansible_become: 'False' }, { become: false }],
    [{ ansible_become_method: 'community.general.doas' }, { method: 'doas' }],
    [
      { ansible_become_method: 'su', ansible_su_user: 'app', ansible_sudo_user: 'x' },
      { method: 'su', user: 'app' },
    ],
    [{ ansible_become_exe: '/usr/local/bin/sudo' }, { executable: '/usr/local/bin/sudo' }],
    [{ ansible_become_flags: `-H -u 'a b'` }, { flags: ['-H', '-u', 'a b'] }],
  ])('%o', (variables, expected) => {
    expect(become(variables)).toEqual(expected);
  });

  test('passwords, those of the method too', () => {
    expect(become({ ansible_become_pass: 'a' }).password?.reveal()).toBe('a');
    expect(become({ ansible_become_password: 'a', ansible_sudo_pass: 'b' }).password?.reveal()).toBe('b');
    expect(become({ ansible_su_pass: 'c' }, 'su').password?.reveal()).toBe('c');
  });

  test.each<[Variables, string]>([
    [{ ansible_become: 'maybe' }, 'ansible_become of web1 must be true or false'],
    [
      { ansible_become_method: 'pbrun' },
      'ansible_become_method of web1 is a method that fettle does not have',
    ],
    [{ ansible_become_flags: `-u 'x` }, 'ansible_become_flags of web1 has an open quote'],
  ])('%o is a mistake', (variables, summary) => {
    expect(() => become(variables)).toThrow(summary);
  });
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
