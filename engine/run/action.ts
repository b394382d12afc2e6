import type {
  Action,
  Login,
  LoginAttempt,
  Outcome as HostOutcome,
  Reconnect,
  Run,
} from '../contract/module.ts';
import { isUnjournalled } from '../journal/host_journal.ts';
import type { FrameResult } from '../transport/transport.ts';
import { actionFrame } from './action_frame.ts';
import { bringing } from './bring.ts';
import { act } from './exchange.ts';
import { sightOf } from './foresee.ts';
import { foretell } from './foretell.ts';
import { keep } from './keep.ts';
import { logIn } from './login.ts';
import { lookAhead } from './lookahead.ts';
import { changeEnded } from './made_changes.ts';
import { fine, knownLater, skipped, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { askProbe, reconnect, refuseOwnMachine, sendLosing, type Return } from './reconnect.ts';
import { standBy } from './standby.ts';
import { underway } from './underway.ts';
import { unmadeBefore } from './unmade.ts';
import type { Prepared, Unit } from './unit.ts';

/** What an action runs, and whether it only looks. */
interface Doing {
  readonly action: Action<never>;
  readonly run: Run;
  readonly reads: boolean;
}

/** Runs one action on the host, unless its guard says there is nothing to do. */
export async function runAction(state: PlayState, unit: Unit): Promise<Outcome> {
  const prepared = unit.prepared as Prepared;
  const action = prepared.module as Action<never>;
  const held = await guarded(state, unit);
  if (held) return held;
  const run = action.run(prepared.args, { host: state.host.name });
  if (run.reconnect && !action.offline) await refuseOwnMachine(state);
  const doing = { action, run, reads: action.reads(prepared.args) };
  if (run.login) return loggedIn(state, unit, doing, run.login);
  if (!doing.reads && state.checks(unit.work.task)) return wouldRun(state, unit, doing);
  const later = run.about && unmadeBefore(state, unit, run.about);
  if (later !== undefined) return knownLater(later);
  if (!doing.reads) await standBy(state, unit.work, prepared.identity);
  if (!run.reconnect) return concluded(state, unit, doing, await send(state, unit, doing));
  return action.offline
    ? reach(state, unit, doing, run.reconnect)
    : leaveAndReturn(state, unit, doing, run.reconnect);
}

/** What is run has connections of its own. It leaves its traces on the host: counters, logs, sessions. */
async function loggedIn(state: PlayState, unit: Unit, doing: Doing, login: Login): Promise<Outcome> {
  if (state.checks(unit.work.task))
    return { ...fine, unmade: true, message: 'nobody logs in while the task only checks' };
  unit.done = true;
  const { outcome, attempts } = await logIn(state, doing.action.name, doing.run, login);
  state.target.answers.forget(doing.run.touches);
  return conclude(state, unit, doing, outcome, attempts);
}

/** The outcome where the guard holds, undefined where the action must run. */
async function guarded(state: PlayState, unit: Unit): Promise<Outcome | undefined> {
  if (!(unit.prepared as Prepared).probe) return undefined;
  const sight = await sightOf(state, unit);
  if ('later' in sight) return knownLater(sight.later);
  return sight.state === null ? undefined : { ...fine, message: String(sight.state) };
}

/** What check mode says of it. In a run that changes hosts, a task that only checks has no effect on later ones. */
async function wouldRun(state: PlayState, unit: Unit, { action, run }: Doing): Promise<Outcome> {
  const { args } = unit.prepared as Prepared;
  const foretold = action.foretell ? await foretell(state, unit, action.foretell(args)) : undefined;
  if (foretold && 'later' in foretold) return knownLater(foretold.later);
  const { opaque } = state.target.overlay;
  const assuming = foretold === undefined || opaque === undefined ? {} : { assuming: opaque };
  if (foretold?.text === null)
    return { ...fine, ...assuming, unmade: true, message: 'nothing on the host asks for it' };
  const message = foretold ? { message: foretold.text } : {};
  const changes = [{ what: run.what, before: null, after: null }];
  if (!state.context.check) {
    const why = 'it is not run, since the task only checks';
    return foretold ? { status: 'changed', changed: true, changes, ...message } : skipped(why);
  }
  state.target.overlay.add(unit.work.step, [
    { ...run, diff: { before: null, after: null }, apply: run.script },
  ]);
  return { status: 'changed', changed: true, unmade: true, changes, ...assuming, ...message };
}

async function send(state: PlayState, unit: Unit, { run, reads }: Doing): Promise<FrameResult> {
  const { identity } = unit.prepared as Prepared;
  const frame = await actionFrame(state, unit, run, reads);
  unit.done = true;
  const asked = await lookAhead(state, {
    current: unit,
    anew: reads ? null : identity,
    changing: reads ? [] : [unit.work.task],
    hostFacts: !reads && run.touches === '*',
  });
  return underway(state, unit, run.what, () => act(state, identity, frame, asked, reads ? [] : run.touches));
}

/** The connection comes first; what is run follows on it, and with it the questions of the tasks to come. */
async function reach(state: PlayState, unit: Unit, doing: Doing, wish: Reconnect): Promise<Outcome> {
  const back = await reconnect(state, unit, wish, undefined);
  if ('interrupted' in back) return stopped(state, back);
  return returned(await concluded(state, unit, doing, await send(state, unit, doing)), wish, back);
}

/** What is run ends the connection; the host is waited for until it is back. */
async function leaveAndReturn(state: PlayState, unit: Unit, doing: Doing, wish: Reconnect): Promise<Outcome> {
  const before = await askProbe(state, unit, wish);
  const frame = await actionFrame(state, unit, doing.run, doing.reads);
  unit.done = true;
  const result = await sendLosing(state, unit, frame);
  const outcome = await concluded(state, unit, doing, result);
  if (outcome.status === 'failed') return outcome;
  const back = await reconnect(state, unit, wish, before);
  return 'interrupted' in back ? stopped(state, back, outcome) : returned(outcome, wish, back);
}

/** Reads what the host said of it, and keeps on the controller what it leaves there. */
async function concluded(
  state: PlayState,
  unit: Unit,
  { run, reads }: Doing,
  result: FrameResult,
): Promise<Outcome> {
  delete state.inFlight;
  if (!reads) changeEnded(state, unit, true);
  const detail = result.stderr.toString('utf8').trim();
  if (!reads && isUnjournalled(result)) {
    const message = 'nothing was run, since its journal could not be kept on the host';
    return { status: 'failed', changed: false, message, detail };
  }
  const { code, stdout, stderr, timedOut } = result;
  return conclude(state, unit, { run }, { code, stdout, stderr, timedOut }, []);
}

async function conclude(
  state: PlayState,
  unit: Unit,
  { run }: Pick<Doing, 'run'>,
  seen: HostOutcome,
  attempts: readonly LoginAttempt[],
): Promise<Outcome> {
  const told = run.result(seen, attempts);
  const changed = told.keeps
    ? await keep(told.keeps, state.checks(unit.work.task), bringing(state, unit, run))
    : told.changed;
  const detail = seen.stderr.toString('utf8').trim();
  const output = told.output ?? seen.stdout.toString('utf8');
  const outcome = { changed, values: told.values, output, changes: shown(run, changed) };
  if (told.failed === undefined) return { ...outcome, status: changed ? 'changed' : 'ok' };
  return { ...outcome, status: 'failed', message: told.failed, detail: detail || output.trim() };
}

function shown(run: Run, changed: boolean): NonNullable<Outcome['changes']> {
  if (!changed) return [];
  const impossible = 'impossible' in run.undo ? { impossible: run.undo.impossible } : {};
  return [{ what: run.what, before: null, after: null, ...impossible }];
}

function returned(
  outcome: Outcome,
  { became }: Reconnect,
  { seconds, answer }: Extract<Return, { readonly seconds: number }>,
): Outcome {
  const { failed, values } = became?.(answer) ?? { values: {} };
  const all = { ...outcome, values: { ...outcome.values, ...values, elapsed: Math.floor(seconds) } };
  return failed === undefined ? all : { ...all, status: 'failed', message: failed };
}

/** The user asked to stop while the host was away. */
function stopped(
  { target }: PlayState,
  { interrupted }: Extract<Return, { readonly interrupted: string }>,
  outcome: Outcome = fine,
): Outcome {
  return {
    ...outcome,
    status: 'failed',
    message: `interrupted while ${target.name} was waited for; seen last: ${interrupted}`,
    next: 'see whether the host is up before you run again',
  };
}
