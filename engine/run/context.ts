import type { Fact } from '../contract/fact.ts';
import type { Login } from '../contract/module.ts';
import type { Secret } from '../shell/secret.ts';
import type { Identity, Session } from '../transport/transport.ts';
import type { Emit } from './events.ts';
import type { Forks } from './forks.ts';
import type { ScriptCache } from './gather.ts';
import type { Preparer } from './prepare.ts';
import type { Stepper } from './stepper.ts';

/** What all hosts of a run share. */
export interface RunContext {
  readonly run: string;
  readonly check: boolean;
  readonly emit: Emit;
  /** Hands the record to the operating system before a change is sent. */
  readonly flush: () => void;
  /** The name of the next journal entry, unique in the run: two hosts may be one machine. */
  readonly nextEntry: () => string;
  /** The number of the next unit, unique in the run. */
  readonly nextUnit: () => number;
  readonly preparer: Preparer;
  readonly scripts: ScriptCache;
  readonly forks: Forks;
  /** Facts about a host itself, by the name that playbooks use. */
  readonly hostFacts: Readonly<Record<string, Fact<undefined, unknown>>>;
  /** As whom a host's tasks work where they say nothing; passwords are known here alone. */
  readonly identity: (host: string, wish: IdentityWish, variables: HostVariables) => Identity;
  /** Opens a connection. Rejects with a FettleError of kind `unreachable` or `inventory`. */
  readonly connect: (host: string, wish: ConnectionWish, variables: HostVariables) => Promise<Session>;
  /** Opens a connection as another user, with that user's proof alone; rejects with LoginRefused where it is not taken. */
  readonly logIn: (
    host: string,
    wish: ConnectionWish,
    variables: HostVariables,
    login: Login,
  ) => Promise<Session>;
  /** Puts a question to the person at the terminal; absent where there is none. An answer that is not echoed is a secret. */
  readonly ask?: (prompt: string, echo: boolean) => Promise<string | Secret>;
  /** Lets all outputs mask a value from here on. */
  readonly hide: (secret: Secret) => void;
  /** `--step`: asks before each task. */
  readonly stepper?: Stepper;
  readonly interrupted: () => boolean;
}

/** A host's variable by its name, templates rendered; undefined where there is none. */
export type HostVariables = (name: string) => unknown;

/** What play and task say of the user they want to be; absent means as the inventory or command line says. */
export interface IdentityWish {
  readonly become: boolean | undefined;
  readonly user: string | undefined;
  readonly method: string | undefined;
}

/** What a play says of the connection. */
export interface ConnectionWish {
  readonly connection?: 'ssh' | 'local';
  readonly user?: string;
}

/** Seconds a change or command may take where nothing else is said. */
export const defaultTimeout = 1800;
