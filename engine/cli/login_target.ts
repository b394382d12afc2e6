import type { Login } from '../contract/module.ts';
import { FettleError } from '../errors.ts';
import type { Target } from '../transport/transport.ts';

/**
 * The same host for another user: none of fettle's own keys, agents and passwords is offered; where no user is named, all
 * of them are. Throws FettleError.
 */
export function loginTarget(target: Target, login: Login): Target {
  const { password: _, privateKeyFile: __, passphrase: ___, ...place } = target;
  if (place.transport === 'local')
    throw new FettleError('task', {
      summary: `${place.name} is worked on without a connection, so that nobody can log in to it`,
      next: 'give it `ansible_connection: ssh` and an address',
    });
  const { user, password, privateKeyFile, passphrase, timeout } = login;
  const limits = { connectTimeout: timeout, loginTimeout: timeout };
  if (user === undefined) return { ...target, ...limits };
  const methods = [
    ...(privateKeyFile === undefined ? [] : ['publickey']),
    ...(password === undefined ? [] : ['password', 'keyboard-interactive']),
  ];
  const { IdentityFile: ____, ...options } = place.options ?? {};
  return {
    ...place,
    user,
    ...(password === undefined ? {} : { password }),
    ...(privateKeyFile === undefined ? {} : { privateKeyFile, isKeyAlone: true as const }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...limits,
    options: {
      ...options,
      IdentityAgent: 'none',
      IdentitiesOnly: 'yes',
      PreferredAuthentications: methods.join(','),
      PubkeyAuthentication: 'yes',
      PasswordAuthentication: 'yes',
      KbdInteractiveAuthentication: 'yes',
    },
  };
}
