import { userInfo } from 'node:os';
import { join } from 'node:path';
import { FettleError } from '../errors.ts';
import type { HostKeyPolicy } from './host_key.ts';
import type { SshSettings } from './ssh_config.ts';
import type { Target } from './transport.ts';

/** A way of showing who one is, as the protocol names it. */
export type AuthMethodName = 'publickey' | 'password' | 'keyboard-interactive';

/** All that is needed to connect, with inventory, arguments, ssh_config and defaults brought together. */
export interface Way {
  /** For messages: the inventory's name, or "jump host NAME". */
  readonly who: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly family: 0 | 4 | 6;
  readonly hostKey: HostKeyPolicy;
  /** Private keys to try, in order. */
  readonly identityFiles: readonly string[];
  /** Keys of the agent are tried only if they are among `identityFiles`. */
  readonly identitiesOnly: boolean;
  readonly agent: string | null;
  readonly forwardAgent: boolean;
  /** Methods that are allowed, in order. */
  readonly methods: readonly AuthMethodName[];
  /** Hosts to go through, the first one first: `[user@]host[:port]`. */
  readonly jumps: readonly string[];
  readonly proxyCommand: string | null;
  /** Seconds until the port must have answered. */
  readonly connectTimeout: number;
  /** Seconds for handshake and login after that. */
  readonly loginTimeout: number;
  readonly keepalive: { readonly seconds: number; readonly count: number };
  /** Names allowed by the user's configuration; undefined where it says nothing. */
  readonly algorithms: Readonly<Record<'kex' | 'cipher' | 'hmac' | 'serverHostKey', string | undefined>>;
}

/** What holds for every host of a run. */
export interface WayDefaults {
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly acceptNew: boolean;
  readonly connectTimeout: number | undefined;
  readonly loginTimeout?: number | undefined;
  readonly knownHostsFiles: readonly string[] | undefined;
}

const methodNames = ['publickey', 'password', 'keyboard-interactive'] as const;

/** Brings together what is known of a target; the inventory wins over arguments, these over ssh_config. */
export function wayTo(target: Target, config: SshSettings, defaults: WayDefaults): Way {
  const asked = target.address ?? target.name;
  const get = (name: string): string | undefined =>
    target.options?.[name] ?? config.get(name.toLowerCase())?.[0];
  const isOn = (name: string, otherwise: boolean): boolean => {
    const value = get(name)?.toLowerCase();
    return value === undefined ? otherwise : value === 'yes' || value === 'true';
  };
  const host = (get('HostName') ?? asked).replaceAll('%h', asked).replaceAll('%%', '%');
  const port = target.port ?? numberOf(get('Port'), 22);
  const user = target.user ?? get('User') ?? userInfo().username;
  const expand = expander({ host, asked, port, user, ...defaults });
  const files = (name: string): string[] | undefined => get(name)?.split(/\s+/).map(expand);
  const knownHostsFiles = (target.options?.['UserKnownHostsFile'] === undefined
    ? defaults.knownHostsFiles
    : undefined) ??
    files('UserKnownHostsFile') ?? [
      join(defaults.home, '.ssh/known_hosts'),
      join(defaults.home, '.ssh/known_hosts2'),
    ];
  const isJump = target.name.startsWith('jump host ');
  const strict = get('StrictHostKeyChecking')?.toLowerCase() ?? 'ask';
  const { identityFiles, isExplicit } = identitiesOf(target, config, defaults.home, expand);
  const { jumps, proxyCommand } = proxyOf(target, get);
  checkNames(target.name, host, user);
  return {
    who: isJump || host === target.name ? target.name : `${target.name} (${host})`,
    host,
    port,
    user,
    family: { inet: 4 as const, inet6: 6 as const }[get('AddressFamily') ?? ''] ?? 0,
    hostKey: {
      who: target.name,
      host,
      port,
      alias: get('HostKeyAlias')?.replaceAll('%h', host),
      files: knownHostsFiles,
      systemFiles: files('GlobalKnownHostsFile') ?? ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2'],
      acceptNew: defaults.acceptNew || ['no', 'off', 'false', 'accept-new'].includes(strict),
    },
    identityFiles,
    identitiesOnly: isOn('IdentitiesOnly', false) && isExplicit,
    agent: agentOf(get('IdentityAgent'), defaults.environment, expand),
    forwardAgent: isOn('ForwardAgent', false),
    methods: methodsOf(get('PreferredAuthentications'), isOn),
    jumps,
    proxyCommand: proxyCommand === null ? null : expand(proxyCommand),
    connectTimeout: target.connectTimeout ?? defaults.connectTimeout ?? numberOf(get('ConnectTimeout'), 10),
    loginTimeout: target.loginTimeout ?? defaults.loginTimeout ?? 30,
    keepalive: {
      seconds: numberOf(get('ServerAliveInterval'), 0) || 15,
      count: numberOf(get('ServerAliveCountMax'), 3),
    },
    algorithms: {
      kex: get('KexAlgorithms'),
      cipher: get('Ciphers'),
      hmac: get('MACs'),
      serverHostKey: get('HostKeyAlgorithms'),
    },
  };
}

/** A jump host as a target of its own: its settings come from ssh_config, as ssh has it. */
export function jumpTarget(jump: string, before: readonly string[], target: Target): Target {
  const parts = /^(?:ssh:\/\/)?(?:([^@]+)@)?(\[[^\]]+\]|[^:@]+)(?::(\d+))?$/.exec(jump.trim());
  const address = parts?.[2]?.replace(/^\[|\]$/g, '');
  if (address === undefined || address.startsWith('-'))
    throw new FettleError('unreachable', {
      summary: `“${jump}” is no jump host for ${target.name}`,
      next: 'ProxyJump takes [user@]host[:port], several with commas between.',
    });
  const file = target.options?.['ConfigFile'];
  return {
    name: `jump host ${address}`,
    transport: 'ssh',
    address,
    ...(parts?.[1] === undefined ? {} : { user: parts[1] }),
    ...(parts?.[3] === undefined ? {} : { port: Number(parts[3]) }),
    ...(target.connectTimeout === undefined ? {} : { connectTimeout: target.connectTimeout }),
    options: {
      ...(file === undefined ? {} : { ConfigFile: file }),
      ...(before.length > 0 ? { ProxyJump: before.join(',') } : {}),
    },
  };
}

/** Of a jump host and a command the one that is said nearer to the target counts, as for ssh. */
function proxyOf(
  target: Target,
  get: (name: string) => string | undefined,
): { jumps: readonly string[]; proxyCommand: string | null } {
  const own = target.options?.['ProxyJump'] ?? target.options?.['ProxyCommand'];
  const jump = own === undefined ? get('ProxyJump') : target.options?.['ProxyJump'];
  if (jump !== undefined && jump.toLowerCase() !== 'none')
    return { jumps: jump.split(','), proxyCommand: null };
  const command = own === undefined ? get('ProxyCommand') : target.options?.['ProxyCommand'];
  const isSet = command !== undefined && command.toLowerCase() !== 'none' && jump === undefined;
  return { jumps: [], proxyCommand: isSet ? command : null };
}

/** Refuses names that a shell or a program could take for more than names, as ssh does. */
function checkNames(who: string, host: string, user: string): void {
  const bad = [host, user].find((name) => name === '' || /^-|[\s\p{Cc}'"`$\\;&<>|(){}]/u.test(name));
  if (bad === undefined) return;
  throw new FettleError('unreachable', {
    summary: `“${bad}” is no name of a host or user to reach ${who} by`,
    next: 'Correct ansible_host or ansible_user, or HostName and User in ssh_config.',
  });
}

function identitiesOf(
  target: Target,
  config: SshSettings,
  home: string,
  expand: (text: string) => string,
): { identityFiles: string[]; isExplicit: boolean } {
  const standard = ['id_ed25519', 'id_ecdsa', 'id_rsa'].map((name) => join(home, '.ssh', name));
  const configured = (config.get('identityfile') ?? []).map(expand);
  // Without an IdentityFile ssh lists its own defaults.
  const isOwnList = configured.length > 1 && configured.every((file) => /\/\.ssh\/id_[a-z0-9_]+$/.test(file));
  const explicit = [
    ...(target.privateKeyFile === undefined ? [] : [expand(target.privateKeyFile)]),
    ...(target.options?.['IdentityFile']?.split('\n').map(expand) ?? []),
    ...(isOwnList || target.isKeyAlone ? [] : configured),
  ].filter((file) => file.toLowerCase() !== 'none');
  const isExplicit = explicit.length > 0;
  return { identityFiles: [...new Set(isExplicit ? explicit : standard)], isExplicit };
}

function agentOf(
  identityAgent: string | undefined,
  environment: NodeJS.ProcessEnv,
  expand: (text: string) => string,
): string | null {
  if (identityAgent?.toLowerCase() === 'none') return null;
  if (identityAgent === undefined || identityAgent === 'SSH_AUTH_SOCK')
    return environment['SSH_AUTH_SOCK'] || null;
  if (identityAgent.startsWith('$')) return environment[identityAgent.replace(/^\$\{?|\}$/g, '')] || null;
  return expand(identityAgent);
}

function methodsOf(
  preferred: string | undefined,
  isOn: (name: string, otherwise: boolean) => boolean,
): AuthMethodName[] {
  const allowed: Readonly<Record<AuthMethodName, boolean>> = {
    publickey: isOn('PubkeyAuthentication', true),
    password: isOn('PasswordAuthentication', true),
    'keyboard-interactive': isOn('KbdInteractiveAuthentication', true),
  };
  const wanted = preferred
    ?.split(',')
    .flatMap((name) => methodNames.filter((known) => known === name.trim()));
  return (wanted ?? methodNames).filter((name) => allowed[name]);
}

interface Expansion extends WayDefaults {
  readonly host: string;
  readonly asked: string;
  readonly port: number;
  readonly user: string;
}

function expander({ home, environment, host, asked, port, user }: Expansion): (text: string) => string {
  const tokens: Readonly<Record<string, string>> = {
    '%': '%',
    d: home,
    h: host,
    n: asked,
    p: String(port),
    r: user,
    u: environment['USER'] ?? userInfo().username,
  };
  return (text) =>
    text
      .replace(/^~(?=\/|$)/, () => home)
      .replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => environment[name] ?? '')
      .replace(/%(.)/g, (whole, token: string) => tokens[token] ?? whole);
}

function numberOf(text: string | undefined, otherwise: number): number {
  const value = Number(text);
  return text === undefined || text === '' || Number.isNaN(value) ? otherwise : value;
}
