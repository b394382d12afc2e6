import type { Secret } from '../shell/secret.ts';
import type { Become } from '../transport/transport.ts';
import { ConnectionValues, present, type HostVariables, type VariablePlaces } from './connection_values.ts';
import { splitWords } from './inventory_words.ts';

/** What a host's variables say of becoming another user; they win over play and command line, as in Ansible. */
export interface BecomeDefaults {
  readonly become?: boolean;
  readonly user?: string;
  readonly method?: Become['method'];
  readonly password?: Secret;
  readonly executable?: string;
  readonly flags?: readonly string[];
}

/**
 * The `ansible_become*` variables of a host and those of the method itself (`ansible_sudo_pass`),
 * `method` being what counts where no variable names one.
 */
export function becomeOf(
  host: string,
  variables: HostVariables,
  method: Become['method'] = 'sudo',
  places?: VariablePlaces,
): BecomeDefaults {
  const values = new ConnectionValues(host, variables, places);
  const given = methodOf(values);
  const own = `ansible_${given ?? method}`;
  return present<BecomeDefaults>({
    become: values.boolean('ansible_become'),
    user: values.text('ansible_become_user', `${own}_user`),
    method: given,
    password: values.secret('ansible_become_password', 'ansible_become_pass', `${own}_pass`),
    executable: values.text('ansible_become_exe', `${own}_exe`),
    flags: flagsOf(values, `${own}_flags`),
  });
}

const methods: readonly string[] = ['sudo', 'su', 'doas'] satisfies Become['method'][];

function methodOf(values: ConnectionValues): Become['method'] | undefined {
  const name = values.text('ansible_become_method');
  if (name === undefined) return undefined;
  const short = name.replace(/^(?:ansible|community)\.\w+\./, '');
  if (methods.includes(short)) return short as Become['method'];
  const next = `fettle has ${methods.join(', ')}.`;
  throw values.wrong('ansible_become_method', 'is a method that fettle does not have', next);
}

function flagsOf(values: ConnectionValues, own: string): readonly string[] | undefined {
  const text = values.text('ansible_become_flags', own);
  if (text === undefined) return undefined;
  const words = splitWords(text, false);
  if ('mistake' in words) throw values.wrong('ansible_become_flags', `has an ${words.mistake}`);
  return words.map((word) => word.text);
}
