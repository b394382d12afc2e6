import { wordsOf } from './lines.ts';

const names: Readonly<Record<string, string>> = {
  user: 'user',
  host: 'host',
  address: 'addr',
  localaddress: 'laddr',
  localport: 'lport',
  rdomain: 'rdomain',
};

/**
 * A connection that meets the criteria of a Match block, for `sshd -T -C`; null where none can be made up (groups,
 * patterns). Older versions insist on user, host and address.
 */
export function connectionOf(block: string | null): string | null {
  if (block === null) return '';
  const parts = new Map([
    ['user', 'nobody'],
    ['host', 'host.invalid'],
    ['addr', '192.0.2.1'],
  ]);
  const words = wordsOf(block);
  for (let at = 0; at < words.length; at += 2) {
    const [criterion = '', value] = words.slice(at, at + 2);
    const name = names[criterion];
    if (criterion === 'all' && value === undefined) continue;
    if (name === undefined || value === undefined || !/^[A-Za-z0-9._:-]+$/.test(value)) return null;
    parts.set(name, value);
  }
  return [...parts].map(([name, value]) => `${name}=${value}`).join(',');
}
