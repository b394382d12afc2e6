/** What OpenSSH's arguments come to, in ssh_config's words; `refused` names what fettle does not understand. */
export interface SshArguments {
  readonly options: Readonly<Record<string, string>>;
  readonly refused: readonly string[];
}

/** Options that fettle acts on. Several files of IdentityFile stand on a line each; ConfigFile is `-F`. */
// biome-ignore format: a word list
const used = [
  'AddressFamily', 'Ciphers', 'ConfigFile', 'ConnectTimeout', 'ForwardAgent', 'HostKeyAlgorithms', 'HostKeyAlias',
  'HostName', 'IdentitiesOnly', 'IdentityAgent', 'IdentityFile', 'KbdInteractiveAuthentication', 'KexAlgorithms',
  'GlobalKnownHostsFile', 'MACs', 'PasswordAuthentication', 'Port', 'PreferredAuthentications', 'ProxyCommand',
  'ProxyJump', 'PubkeyAuthentication', 'ServerAliveCountMax', 'ServerAliveInterval', 'StrictHostKeyChecking', 'User',
  'UserKnownHostsFile',
] as const;

/** Options that change nothing for fettle: it shares connections itself, prompts for nothing, forwards nothing. */
// biome-ignore format: a word list
const idle = [
  'AddKeysToAgent', 'BatchMode', 'CheckHostIP', 'ClearAllForwardings', 'Compression', 'ConnectionAttempts',
  'ControlMaster', 'ControlPath', 'ControlPersist', 'EscapeChar', 'ExitOnForwardFailure', 'ForwardX11',
  'ForwardX11Trusted', 'GSSAPIAuthentication', 'GSSAPIDelegateCredentials', 'HashKnownHosts',
  'HostbasedAuthentication', 'IPQoS', 'LogLevel', 'NumberOfPasswordPrompts', 'PermitLocalCommand',
  'PubkeyAcceptedAlgorithms', 'PubkeyAcceptedKeyTypes', 'RekeyLimit', 'RequestTTY', 'SendEnv', 'TCPKeepAlive',
  'UpdateHostKeys', 'VisualHostKey',
] as const;

/** Other names of the same option. */
const aliases: Readonly<Record<string, string>> = {
  challengeresponseauthentication: 'KbdInteractiveAuthentication',
  skeyauthentication: 'KbdInteractiveAuthentication',
};

const canonical = new Map<string, string>([
  ...used.map((name) => [name.toLowerCase(), name] as const),
  ...Object.entries(aliases),
]);
const ignored = new Set<string>(idle.map((name) => name.toLowerCase()));

const withValue: Readonly<Record<string, string>> = {
  J: 'ProxyJump',
  p: 'Port',
  l: 'User',
  i: 'IdentityFile',
  F: 'ConfigFile',
  c: 'Ciphers',
  m: 'MACs',
};
const flags: Readonly<Record<string, readonly [string, string]>> = {
  4: ['AddressFamily', 'inet'],
  6: ['AddressFamily', 'inet6'],
  A: ['ForwardAgent', 'yes'],
  a: ['ForwardAgent', 'no'],
};
const idleFlags = new Set(['C', 'T', 't', 'q', 'v', 'x', 'n']);

/** Reads `ansible_ssh_common_args` and the like. Of an option given twice the first counts, as for ssh. */
export function parseSshArguments(text: string): SshArguments {
  const words = splitWords(text);
  if (words === null) return { options: {}, refused: [text] };
  const options: Record<string, string> = {};
  const refused: string[] = [];
  const set = (name: string, value: string): void => {
    if (name === 'IdentityFile' && options[name] !== undefined) options[name] += `\n${value}`;
    else options[name] ??= value;
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (!/^-[A-Za-z0-9]/.test(word)) {
      refused.push(word);
      continue;
    }
    for (let here = 1; here < word.length; here++) {
      const letter = word.charAt(here);
      const flag = flags[letter];
      if (flag) set(...flag);
      if (flag || idleFlags.has(letter)) continue;
      const value = here + 1 < word.length ? word.slice(here + 1) : words[++at];
      const name = withValue[letter];
      if (value === undefined) refused.push(`-${letter} without a value`);
      else if (name !== undefined) set(name, value);
      else if (letter === 'o') setOption(value, set, refused);
      else refused.push(`-${letter} ${value}`);
      break;
    }
  }
  return { options, refused };
}

function setOption(text: string, set: (name: string, value: string) => void, refused: string[]): void {
  const parts = /^\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+)"?(.*?)"?\s*$/s.exec(text);
  const key = (parts?.[1] ?? '').toLowerCase();
  const name = canonical.get(key);
  if (parts?.[2] === undefined || parts[2] === '') refused.push(text);
  else if (name !== undefined) set(name, parts[2]);
  else if (!ignored.has(key)) refused.push(parts[1] ?? text);
}

/** Words as a shell splits them; null where a quote is not closed. */
export function splitWords(text: string): string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === "'" || char === '"') {
      const quoted = readQuoted(text, at);
      if (quoted === null) return null;
      word = (word ?? '') + quoted.text;
      at = quoted.end;
    } else if (char === '\\' && at + 1 < text.length) word = (word ?? '') + text.charAt(++at);
    else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return words;
}

function readQuoted(text: string, start: number): { text: string; end: number } | null {
  const mark = text.charAt(start);
  let inside = '';
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === mark) return { text: inside, end: at };
    if (char === '\\' && mark === '"' && /["\\$`]/.test(text.charAt(at + 1))) inside += text.charAt(++at);
    else inside += char;
  }
  return null;
}
