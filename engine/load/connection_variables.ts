import { homedir } from 'node:os';
import { join } from 'node:path';
import { FettleError } from '../errors.ts';
import type { Secret } from '../shell/secret.ts';
import type { Target } from '../transport/transport.ts';
import { ConnectionValues, present, type HostVariables, type VariablePlaces } from './connection_values.ts';

/** What the command line and the play say; a host's variables win over it, as in Ansible. */
export interface ConnectionDefaults {
  readonly user?: string;
  readonly privateKeyFile?: string;
  readonly password?: Secret;
  readonly connection?: string;
}

/** Parses OpenSSH's command-line arguments; `refused` names what fettle does not know. */
export type ParseSshArguments = (text: string) => {
  readonly options: Readonly<Record<string, string>>;
  readonly refused: readonly string[];
};

/** Where a host is and how to log in, from its `ansible_*` variables; throws FettleError kind `inventory`. */
export function targetOf(
  host: string,
  variables: HostVariables,
  defaults: ConnectionDefaults,
  parseSshArguments: ParseSshArguments,
  places?: VariablePlaces,
): Target {
  const values = new ConnectionValues(host, variables, places);
  const transport = transportOf(values, defaults.connection);
  const shell = values.text('ansible_shell_executable');
  if (transport === 'local') return { name: host, transport, ...(shell !== undefined && { shell }) };
  return present<Target>({
    name: host,
    transport,
    address: address(host, values),
    port: values.number(1, 65_535, 'ansible_port', 'ansible_ssh_port'),
    user: login(values) ?? defaults.user,
    password:
      values.secret('ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password') ?? defaults.password,
    privateKeyFile: keyFile(values) ?? defaults.privateKeyFile,
    passphrase: values.secret('ansible_private_key_passphrase', 'ansible_ssh_private_key_passphrase'),
    options: sshOptions(values, parseSshArguments),
    connectTimeout: values.number(1, 86_400, 'ansible_timeout', 'ansible_ssh_timeout'),
    loginTimeout: undefined,
    isKeyAlone: undefined,
    shell,
  });
}

function transportOf(values: ConnectionValues, fallback: string | undefined): 'ssh' | 'local' {
  const given = values.text('ansible_connection');
  const name = (given ?? fallback ?? 'ssh').replace(/^ansible\.(?:builtin|legacy)\./, '');
  if (['ssh', 'smart', 'paramiko', 'paramiko_ssh'].includes(name)) return 'ssh';
  if (name === 'local') return 'local';
  const next = 'fettle has `ssh` and `local`.';
  if (given !== undefined)
    throw values.wrong('ansible_connection', 'is a way to connect that fettle does not have', next);
  throw new FettleError('usage', { summary: `fettle does not have the connection \`${name}\``, next });
}

// A leading dash would be read as an option by the ssh client.
function address(host: string, values: ConnectionValues): string | undefined {
  const name = values.text('ansible_ssh_host') === undefined ? 'ansible_host' : 'ansible_ssh_host';
  const given = values.text(name);
  if (given !== undefined && isUnsafe(given)) throw values.wrong(name, 'is no address');
  if (given === undefined && isUnsafe(host))
    throw new FettleError('inventory', {
      summary: `\`${host}\` is no address`,
      next: 'Set ansible_host for it.',
    });
  return given;
}

function login(values: ConnectionValues): string | undefined {
  const user = values.text('ansible_user', 'ansible_ssh_user');
  if (user !== undefined && isUnsafe(user)) throw values.wrong('ansible_user', 'is no name of a user');
  return user;
}

function isUnsafe(word: string): boolean {
  return /^-|[\s\p{Cc}]/u.test(word);
}

function keyFile(values: ConnectionValues): string | undefined {
  const path = values.text('ansible_private_key_file', 'ansible_ssh_private_key_file');
  return path?.startsWith('~/') ? join(homedir(), path.slice(2)) : path;
}

/** Of an option that is given twice the first one counts, as for the ssh client. */
function sshOptions(
  values: ConnectionValues,
  parse: ParseSshArguments,
): Readonly<Record<string, string>> | undefined {
  let options: Readonly<Record<string, string>> | undefined;
  for (const name of ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args']) {
    const text = values.text(name);
    if (text === undefined) continue;
    const parsed = parse(text);
    if (parsed.refused.length > 0)
      throw values.wrong(
        name,
        `has what fettle does not understand: ${parsed.refused.join(', ')}`,
        'Take it out, or put what it is for into ssh_config.',
      );
    options = { ...parsed.options, ...options };
  }
  return options;
}
