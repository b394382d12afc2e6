import type { Action, Run } from '../contract/module.ts';
import { entryFolder, isUnjournalled, journalledRun } from '../journal/host_journal.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import type { ActFrame, FrameResult, Staged } from '../transport/transport.ts';
import { defaultTimeout } from './context.ts';
import { environmentOf } from './environment.ts';
import { act } from './exchange.ts';
import { sightOf } from './foresee.ts';
import { lookAhead } from './lookahead.ts';
import { stage } from './make.ts';
import { fine, knownLater, skipped, type Outcome } from './outcome.ts';
import type { PlayState } from './play_state.ts';
import { assemble } from './seen.ts';
import type { Prepared, Unit } from './unit.ts';

/** Runs one action on the host, unless its guard says there is nothing to do. */
export async function runAction(state: PlayState, unit: Unit): Promise<Outcome> {
  const prepared = unit.prepared as Prepared;
  const action = prepared.module as Action<never>;
  const held = await guarded(state, unit);
  if (held) return held;
  const run = action.run(prepared.args);
  const reads = action.reads(prepared.args);
  if (!reads && state.checks(unit.work.task)) return wouldRun(state, unit, run);
  const result = await send(state, unit, run, reads);
  if (!reads) end(state, unit);
  if (!reads && isUnjournalled(result)) {
    const detail = result.stderr.toString('utf8').trim();
    return {
      status: 'failed',
      changed: false,
      message: 'nothing was run, since its journal could not be kept on the host',
      detail,
    };
  }
  const { changed, failed, values } = resultOfRun(run, result);
  const output = result.stdout.toString('utf8');
  if (failed === undefined)
    return {
      ...fine,
      status: changed ? 'changed' : 'ok',
      changed,
      values,
      output,
      changes: shown(run, changed),
    };
  return {
    status: 'failed',
    changed,
    values,
    output,
    changes: shown(run, changed),
    message: failed,
    detail: result.stderr.toString('utf8').trim() || output.trim(),
  };
}

function wouldRun(state: PlayState, unit: Unit, run: Run): Outcome {
  if (!state.context.check) return skipped('it is not run, since the task only checks');
  state.host.overlay.add(unit.work.step, [
    { ...run, diff: { before: null, after: null }, apply: run.script },
  ]);
  return {
    status: 'changed',
    changed: true,
    unmade: true,
    changes: [{ what: run.what, before: null, after: null }],
  };
}

function resultOfRun(run: Run, result: FrameResult) {
  return run.result({
    code: result.code,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.timedOut,
  });
}

function shown(run: Run, changed: boolean): NonNullable<Outcome['changes']> {
  if (!changed) return [];
  const impossible = 'impossible' in run.undo ? { impossible: run.undo.impossible } : {};
  return [{ what: run.what, before: null, after: null, ...impossible }];
}

/** The outcome where the guard holds, undefined where the action must run. */
async function guarded(state: PlayState, unit: Unit): Promise<Outcome | undefined> {
  if (!(unit.prepared as Prepared).probe) return undefined;
  const sight = await sightOf(state, unit);
  if ('later' in sight) return knownLater(sight.later);
  return sight.state === null ? undefined : { ...fine, message: String(sight.state) };
}

async function send(state: PlayState, unit: Unit, run: Run, reads: boolean): Promise<FrameResult> {
  const { identity, module } = unit.prepared as Prepared;
  const environment = { ...run.environment, ...environmentOf(state, unit) };
  const script = reads ? bare(run) : await journal(state, unit, run);
  const stdin = run.stdin && stage(1, [run.stdin])[0]?.data;
  const staged: readonly Staged[] = [
    ...stage(1, run.sends ?? []),
    ...(stdin === undefined ? [] : [{ name: 'stdin', data: stdin }]),
  ];
  const frame: ActFrame = {
    kind: 'act',
    name: module.name,
    script,
    timeout: unit.work.task.timeout ?? run.timeout ?? defaultTimeout,
    staged,
    ...(stdin === undefined ? {} : { stdin: 'stdin' }),
    environment,
  };
  unit.done = true;
  const asked = await lookAhead(state, {
    current: unit,
    anew: reads ? null : identity,
    changing: reads ? [] : [unit.work.task],
    hostFacts: !reads && run.touches === '*',
  });
  const result = await act(state, identity, frame, asked, reads ? [] : run.touches);
  delete state.inFlight;
  return result;
}

function bare(run: Run): Script {
  return lines([sh`export FETTLE_IN="$FETTLE_STAGE"/1.`, run.script]);
}

async function journal(state: PlayState, unit: Unit, run: Run): Promise<Script> {
  const { identity } = unit.prepared as Prepared;
  const session = await state.session();
  const folder = entryFolder(
    state.context.run,
    state.context.nextEntry(),
    (identity.become?.user ?? session.user) === 'root',
  );
  state.context.emit({
    event: 'change_started',
    host: state.host.name,
    unit: unit.number,
    task: unit.work.task.module.name,
    what: [run.what],
    identity: { method: identity.become?.method ?? null, user: identity.become?.user ?? null },
    connection: state.connectionWish,
    journal: folder.text,
    changes: [1],
    // What a command changes is not known: its undo is taken at its word.
    questions: [],
    touches: run.touches,
    before: assemble(state, unit)?.digest ?? '',
    ...('impossible' in run.undo ? { impossible: run.undo.impossible } : {}),
  });
  state.context.flush();
  state.inFlight = folder.text;
  const change = {
    what: run.what,
    apply: run.script,
    undo: run.undo,
    ...(run.saves ? { saves: run.saves } : {}),
  };
  return journalledRun(folder, `run ${state.context.run}, host ${state.host.name}`, { number: 1, change });
}

function end(state: PlayState, unit: Unit): void {
  state.context.emit({ event: 'change_ended', host: state.host.name, unit: unit.number, made: true });
}
