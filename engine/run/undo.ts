import type { Fact, Key, Question } from '../contract/fact.ts';
import { askScript } from '../contract/probe.ts';
import { FettleError } from '../errors.ts';
import { progressOf, undoing, type Progress } from '../journal/host_journal.ts';
import { userScript } from '../shell/script.ts';
import type { Frame, Identity, Session, Shell } from '../transport/transport.ts';
import { Answers } from './answers.ts';
import { defaultTimeout, type ConnectionWish } from './context.ts';
import { digestOf } from './digest.ts';
import type { ChangeEnded, ChangeStarted, Emit, Event, RecordedIdentity } from './events.ts';
import { inquire, Questions, ScriptCache } from './gather.ts';
import { hasEnded } from './has_ended.ts';
import { collide } from './touches.ts';

/** What taking a run back needs. */
export interface UndoRequest {
  readonly run: string;
  readonly check: boolean;
  readonly emit: Emit;
  readonly facts: ReadonlyMap<string, Fact<never, unknown>>;
  readonly connect: (host: string, wish: ConnectionWish) => Promise<Session>;
  readonly identity: (host: string, recorded: RecordedIdentity) => Identity;
  readonly interrupted: () => boolean;
}

/** What became of one recorded change; `runs again` is a handler's, which is due once all is taken back. */
export type Undone = 'undone' | 'already' | 'would undo' | 'runs again' | 'impossible' | 'moved' | 'failed';

/** What became of a host's changes, last first, as far as it went. */
export interface UndoneHost {
  readonly done: readonly Undone[];
  /** The handlers that are to run again, in the order in which they ran. */
  readonly handlers: readonly string[];
  readonly sends: number;
}

/** A change of a run's record; `ended` is absent where the run was cut. */
export interface RecordedChange {
  readonly started: ChangeStarted;
  readonly ended?: ChangeEnded;
}

/** The changes of a run by host, in the order they were made. */
export function recordedChanges(events: readonly Event[]): ReadonlyMap<string, readonly RecordedChange[]> {
  const byHost = new Map<string, RecordedChange[]>();
  for (const event of events) {
    if (event.event !== 'change_started' && event.event !== 'change_ended') continue;
    const list = byHost.get(event.host) ?? [];
    byHost.set(event.host, list);
    if (event.event === 'change_started') {
      list.push({ started: event });
      continue;
    }
    // A unit whose change was not made in one send may have made it in a later one.
    const open = list.findLastIndex(({ started, ended }) => started.unit === event.unit && !ended);
    const change = list[open];
    if (change) list[open] = { ...change, ended: event };
  }
  return byHost;
}

/**
 * Takes a host's changes back, last first. Each is looked at before and after: one that is as it was before is left,
 * one that somebody changed since is refused and stops the host, since earlier changes may rest on it.
 * Rejects where the host cannot be reached.
 */
export async function undoHost(
  request: UndoRequest,
  host: string,
  changes: readonly RecordedChange[],
): Promise<UndoneHost> {
  const done: Undone[] = [];
  const handlers: string[] = [];
  const pending: RecordedChange[] = [];
  const session = await request.connect(host, changes[0]?.started.connection ?? {});
  try {
    for (const change of changes.toReversed()) {
      if (request.interrupted()) break;
      const result = foreseen(pending, change, await undoOne(request, host, session, change));
      tell(request, host, change, result);
      done.push(result.undone);
      if (result.undone === 'runs again') handlers.unshift(change.started.handler ?? '');
      if (result.undone === 'would undo') pending.push(change);
      if (result.undone === 'moved' || result.undone === 'failed') break;
    }
  } finally {
    await session.close();
  }
  return { done, handlers: [...new Set(handlers)], sends: session.sends };
}

/** What became of one change, and what is to be said of it. */
export interface Result {
  readonly undone: Undone;
  readonly message?: string;
  readonly detail?: string;
  readonly next?: string;
}

/** A look ahead cannot tell whether a thing has moved while a later change to it stands. */
function foreseen(pending: readonly RecordedChange[], { started }: RecordedChange, result: Result): Result {
  const isHidden = pending.some((later) =>
    collide(later.started.touches as readonly Key[] | '*', started.touches as readonly Key[] | '*'),
  );
  return isHidden && (result.undone === 'moved' || result.undone === 'already')
    ? { undone: 'would undo' }
    : result;
}

/** Takes one change back, unless it is as it was before or somebody changed it since. One that was cut may still be made: its end comes first. */
export async function undoOne(
  request: Pick<UndoRequest, 'check' | 'emit' | 'facts' | 'identity' | 'interrupted'>,
  host: string,
  session: Session,
  change: RecordedChange,
): Promise<Result> {
  const { started, ended } = change;
  const shell = await session.shell(request.identity(host, started.identity));
  if (
    !ended &&
    !request.check &&
    !(await hasEnded(request, host, started, () => progressNow(shell, started)))
  )
    return {
      undone: 'failed',
      message: 'it is still being made on the host',
      detail: `its process stands in ${started.journal}/progress`,
    };
  const questions = started.questions.map((recorded) => questionOf(request, recorded));
  // A hard link in the place of a file of the same size and owner looks like that file.
  const isInvisible = questions.length === 0 || ended?.after === started.before;
  if (isInvisible) return undoBlindly(request, shell, change);
  const now = await digestNow(shell, questions);
  if (now === started.before) return { undone: 'already', message: 'it is as it was before' };
  if (started.impossible !== undefined) return impossible(started);
  if (ended?.after !== undefined && now !== ended.after) {
    if ((await progressNow(shell, started)) === 'undone') return takenBack;
    return {
      undone: 'moved',
      message: 'it was changed again since that run; it and all before it are left alone',
      next: 'take back first the run that changed it (`fettle runs`), or put it right by hand',
    };
  }
  if (request.check) return { undone: 'would undo' };
  const result = await runUndo(shell, started);
  if (result.undone === 'undone' && (await digestNow(shell, questions)) !== started.before) {
    return {
      ...result,
      undone: 'failed',
      message: 'its undo ran, but a fresh look does not show the former state',
    };
  }
  return result;
}

/** What a command did cannot be looked at, nor what no fact tells apart: the host's journal says whether it ran and whether it was taken back. */
async function undoBlindly(
  { check }: Pick<UndoRequest, 'check'>,
  shell: Shell,
  change: RecordedChange,
): Promise<Result> {
  const { started, ended } = change;
  const progress = await progressNow(shell, started);
  if (progress === 'undone') return takenBack;
  if (progress === 'absent' && !ended) return { undone: 'already', message: 'it was never begun' };
  if (started.impossible !== undefined) return impossible(started);
  if (check) return { undone: 'would undo' };
  return runUndo(shell, started);
}

const takenBack: Result = { undone: 'already', message: 'it was taken back before' };

function impossible({ handler, impossible: why }: ChangeStarted): Result {
  if (handler !== undefined)
    return { undone: 'runs again', message: `the handler ${handler} runs again at the end` };
  return {
    undone: 'impossible',
    message: `cannot be taken back: ${why}`,
    next: 'put it right by hand; what came before it is taken back all the same',
  };
}

async function runUndo(shell: Shell, started: ChangeStarted): Promise<Result> {
  const [result] = await shell.send([actFrame(started)]);
  const detail = result?.stderr.toString('utf8').trim() ?? '';
  if (result?.code === 0) return { undone: 'undone', detail };
  return {
    undone: 'failed',
    message: `its undo ended with status ${result?.code}`,
    detail,
    next: `mend what it says and undo the run again; its script and what it saved lie in ${started.journal}`,
  };
}

async function progressNow(shell: Shell, { journal, changes }: ChangeStarted): Promise<Progress> {
  const script = progressOf(userScript(journal), changes[0] ?? 1);
  const [result] = await shell.send([{ kind: 'look', name: 'progress', script }]);
  return (result?.stdout.toString('latin1').trim() ?? 'absent') as Progress;
}

function actFrame(started: ChangeStarted): Frame {
  return {
    kind: 'act',
    name: 'undo',
    script: undoing(userScript(started.journal), started.changes),
    timeout: defaultTimeout,
  };
}

async function digestNow(shell: Shell, questions: readonly Question[]): Promise<string> {
  const asked = new Questions({ key: 'undo', become: null });
  for (const question of questions) asked.add(question);
  const answers = new Answers();
  const inquiry = inquire(asked, new ScriptCache());
  inquiry.read(await shell.send(inquiry.frames), answers);
  const values = questions.map((question) => {
    const answer = answers.get('undo', question);
    if (!answer || 'error' in answer) {
      throw (
        answer?.error ??
        new FettleError('task', { summary: 'the host changes while it is looked at', next: 'run again' })
      );
    }
    return answer.value;
  });
  return digestOf(questions, values);
}

function questionOf(
  { facts }: Pick<UndoRequest, 'facts'>,
  recorded: ChangeStarted['questions'][number],
): Question {
  const fact = facts.get(recorded.fact);
  if (fact) return { fact: fact as unknown as Fact<unknown, unknown>, subject: recorded.subject };
  const text = (recorded.subject as { text?: unknown } | null)?.text;
  if (typeof text !== 'string') {
    throw new FettleError('journal', {
      summary: `the run asked a question that this fettle does not know: ${recorded.fact}`,
      next: `take it back with the fettle that made it, or by hand on the host with the scripts of the run's journal`,
    });
  }
  return askScript(recorded.fact, userScript(text), []).questions[0] as Question;
}

const statuses = {
  undone: 'changed',
  'would undo': 'changed',
  already: 'ok',
  'runs again': 'ok',
  impossible: 'failed',
  moved: 'failed',
  failed: 'failed',
} as const;

function tell(request: UndoRequest, host: string, { started }: RecordedChange, result: Result): void {
  const status = statuses[result.undone];
  request.emit({
    event: 'task_ended',
    host,
    task: `take back: ${started.what.join('; ')}`,
    module: started.task,
    handler: false,
    status,
    changes:
      status === 'changed'
        ? started.what.map((what) => ({ what: `take back: ${what}`, before: null, after: null }))
        : [],
    ...(result.message === undefined ? {} : { message: result.message }),
    ...(result.detail ? { detail: result.detail } : {}),
    ...(result.next === undefined ? {} : { next: result.next }),
    step: started.unit,
  });
}
