import { type AttemptName, attempts, type PamHost, type Traces } from './attempt.ts';
import { type Ending, type Frozen, type Walk, walk } from './dispatch.ts';
import { answersOf, isDangling, moduleFile } from './modules.ts';
import type { ReturnCode } from './returns.ts';
import { credentialsOf } from './setcred.ts';
import { type Handler, type PamConfiguration, pamTypes, type Stacks, stacksOf } from './stack.ts';

/** `perhaps`: it hangs on what a module does of which that is not known. */
export type Chance = 'yes' | 'no' | 'perhaps';

/** The greater, the likelier. */
export function rankOf(chance: Chance): number {
  return { no: 0, perhaps: 1, yes: 2 }[chance];
}

/** What becomes of an attempt. */
export interface Outcome {
  readonly admitted: Chance;
  /** Whether a failure is counted, and whether the counter is set back. */
  readonly counts: Chance;
  readonly resets: Chance;
  /** Where it was refused, or let in: the stack, the line (null where no line decided), and what libpam returns. */
  readonly by: Decision;
  /** Whether a session is opened for who is admitted; where it is not, the login ends all the same. */
  readonly session: Chance;
  readonly sessionBy: Decision;
}

/** What decided in a stack. */
export interface Decision {
  readonly type: 'auth' | 'account' | 'setcred' | 'session';
  readonly line: Handler | null;
  readonly code: ReturnCode;
}

/** All that is known of a service. */
export interface Evaluation {
  readonly service: string;
  readonly stacks: Stacks;
  readonly outcomes: Readonly<Record<AttemptName, Outcome>>;
  /** Lines of auth and account that no attempt comes to, be it the password, the lock or the user. */
  readonly unreached: readonly Handler[];
  /** Lines of auth and account that local users never come to. */
  readonly unreachedByLocal: readonly Handler[];
  /** Lines of any type whose module is not installed. */
  readonly dangling: readonly Handler[];
}

const nobodyDecides: Pick<Ending<Traces>, 'by' | 'code'> = { by: null, code: 'perm_denied' };
const fresh: Traces = { counted: false, reset: false };
const byKey: Pick<Walk<Traces>, 'endings' | 'frozen'> = {
  endings: [{ code: 'success', by: null, world: fresh }],
  frozen: [],
};

/**
 * Tries each attempt on a service: authenticate, then account, then setcred, as a login does. Whose password is wrong, or
 * who is locked, is admitted already by the first two: not every program asks for the third.
 */
export function evaluate(configuration: PamConfiguration, host: PamHost, service: string): Evaluation {
  const stacks = stacksOf(configuration, service);
  const reached = new Set<Handler>();
  const reachedByLocal = new Set<Handler>();
  const jumps = configuration.atInclude ? 'ignored' : 'required';
  const outcomes = Object.fromEntries(
    (Object.keys(attempts) as AttemptName[]).map((name) => {
      const { user } = attempts[name];
      const come = (line: Handler) => {
        reached.add(line);
        if (user === 'local') reachedByLocal.add(line);
      };
      return [name, tried(stacks, host, { service, name, jumps }, come)];
    }),
  ) as Record<AttemptName, Outcome>;
  const lines = [...stacks.stacks.auth, ...stacks.stacks.account].filter(({ kind }) => kind !== 'substack');
  return {
    service,
    stacks,
    outcomes,
    unreached: lines.filter((line) => !reached.has(line)),
    unreachedByLocal: lines.filter((line) => !reachedByLocal.has(line)),
    dangling: pamTypes.flatMap((type) => stacks.stacks[type]).filter((line) => isDangling(line, host)),
  };
}

/** A line as messages name it. */
export function nameOfLine(line: Handler): string {
  const role = line.args.find((word) => /^(?:preauth|authfail|authsucc)$/.test(word));
  const what = line.module === '' ? 'a line that libpam cannot read' : moduleFile(line.module);
  return `${line.file}, line ${line.line} (${line.type} ${what}${role ? ` ${role}` : ''})`;
}

/** How an attempt went on one way. */
interface Way {
  readonly isIn: boolean;
  readonly by: Decision;
  readonly traces: Traces;
}

interface Trial {
  readonly service: string;
  readonly name: AttemptName;
  readonly jumps: Frozen['jumps'];
}

function tried(
  { stacks, broken }: Stacks,
  host: PamHost,
  { service, name, jumps }: Trial,
  come: (line: Handler) => void,
): Outcome {
  if (broken !== null) {
    const by = { type: 'auth', line: null, code: 'abort' } as const;
    return { admitted: 'no', counts: 'no', resets: 'no', by, session: 'no', sessionBy: by };
  }
  const attempt = { ...attempts[name], service };
  const through = (type: 'auth' | 'account' | 'session', traces: Traces) => {
    const walked = walk(stacks[type], traces, (handler, world) => answersOf(handler, attempt, world, host));
    for (const line of walked.reached) come(line);
    return walked;
  };
  const asked = attempt.password === 'none' ? byKey : through('auth', fresh);
  const authAndAccount = asked.endings.flatMap((auth): readonly Way[] => {
    const by: Decision = { type: 'auth', line: auth.by, code: auth.code };
    if (auth.code !== 'success') return [{ isIn: false, by, traces: auth.world }];
    return through('account', auth.world).endings.map((account) => {
      const isIn = account.code === 'success' || account.code === 'new_authtok_reqd';
      const decided: Decision = { type: 'account', line: account.by, code: account.code };
      return { isIn, by: isIn && attempt.password !== 'none' ? by : decided, traces: account.world };
    });
  });
  // sudo goes on where it fails (its auth/pam.c).
  const needsCredentials =
    attempt.password === 'right' && !attempt.locked && service !== 'sudo' && service !== 'sudo-i';
  const ways = authAndAccount.flatMap((way): readonly Way[] => {
    if (!way.isIn || !needsCredentials) return [way];
    const frozen: Frozen = { codes: asked.frozen, jumps };
    const set = walk(
      stacks.auth,
      way.traces,
      (line, world) => credentialsOf(line, attempt, world, host),
      frozen,
    );
    return set.endings.map(({ code, by, world }) =>
      code === 'success'
        ? { ...way, traces: world }
        : { isIn: false, by: { type: 'setcred', line: by, code }, traces: world },
    );
  });
  const admitted = chance(ways.map(({ isIn }) => isIn));
  const sessions = through('session', fresh).endings;
  const session = chance(sessions.map(({ code }) => code === 'success'));
  const opening = sessions.find(({ code }) => (code === 'success') === (session !== 'no')) ?? nobodyDecides;
  const telling = ways.find(({ isIn }) => isIn === (admitted !== 'no')) ?? ways[0];
  return {
    admitted,
    counts: chance(ways.map(({ traces }) => traces.counted)),
    resets: chance(ways.map(({ traces }) => traces.reset)),
    by: telling?.by ?? { type: 'auth', line: null, code: nobodyDecides.code },
    session,
    sessionBy: { type: 'session', line: opening.by, code: opening.code },
  };
}

function chance(ways: readonly boolean[]): Chance {
  if (ways.every(Boolean)) return 'yes';
  return ways.some(Boolean) ? 'perhaps' : 'no';
}
