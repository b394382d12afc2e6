import type { Action, Run } from '../contract/module.ts';
import { FettleError } from '../errors.ts';
import { entryFolder, journalFailed, journalledRun } from '../journal/host_journal.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import { Secret } from '../shell/secret.ts';
import type { ActFrame, FrameResult, Staged } from '../transport/transport.ts';
import { defaultTimeout } from './context.ts';
import { act, look } from './exchange.ts';
import { lookAhead } from './lookahead.ts';
import { stage } from './make.ts';
import { fine, knownLater, type Outcome } from './outcome.ts';
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
  if (state.context.check && !reads) {
    state.overlay.add(unit.work.step, [{ ...run, diff: { before: null, after: null }, apply: run.script }]);
    return {
      status: 'changed',
      changed: true,
      unmade: true,
      changes: [{ what: run.what, before: null, after: null }],
    };
  }
  const result = await send(state, unit, run, reads);
  if (!reads) end(state, unit);
  if (result.code === journalFailed && result.stdout.length === 0 && !reads) {
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
  const { probe, identity } = unit.prepared as Prepared;
  if (!probe) return undefined;
  for (const question of probe.questions) {
    const foreseen = state.overlay.foresee(question);
    if (foreseen.kind === 'later') return knownLater(foreseen.step);
    if (foreseen.kind === 'predicted')
      state.host.answers.set(identity.key, question, { value: foreseen.answer });
  }
  if (!assemble(state, unit)) await look(state, await lookAhead(state, { current: unit, anew: null }));
  const seen = assemble(state, unit);
  if (!seen) throw new Error('a guard was not asked before its answer was needed');
  return seen.state === null ? undefined : { ...fine, message: String(seen.state) };
}

async function send(state: PlayState, unit: Unit, run: Run, reads: boolean): Promise<FrameResult> {
  const { identity, module } = unit.prepared as Prepared;
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
    environment: { ...run.environment, ...environmentOf(state, unit) },
  };
  const anew = reads ? null : identity;
  unit.done = true;
  return act(
    state,
    identity,
    frame,
    await lookAhead(state, { current: unit, anew }),
    reads ? [] : run.touches,
  );
}

function bare(run: Run): Script {
  return lines([sh`export FETTLE_IN="$FETTLE_STAGE"/1.`, run.script]);
}

async function journal(state: PlayState, unit: Unit, run: Run): Promise<Script> {
  const { identity } = unit.prepared as Prepared;
  const session = await state.session();
  const entry = String((state.host.entries += 1)).padStart(4, '0');
  const folder = entryFolder(state.context.run, entry, (identity.become?.user ?? session.user) === 'root');
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
    before: assemble(state, unit)?.digest ?? '',
    ...('impossible' in run.undo ? { impossible: run.undo.impossible } : {}),
  });
  state.context.flush();
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

/** The `environment` of play and task, the task's last. */
export function environmentOf(state: PlayState, unit: Unit): Record<string, string | Secret> {
  const merged: Record<string, string | Secret> = {};
  for (const template of [state.play.environment, unit.work.task.environment]) {
    const values = template?.render(unit.scope);
    if (values === undefined || values === null) continue;
    if (typeof values !== 'object' || Array.isArray(values)) {
      throw new FettleError('task', { summary: '`environment` must be a map', position: template?.at });
    }
    for (const [name, value] of Object.entries(values))
      merged[name] = value instanceof Secret ? value : String(value);
  }
  return merged;
}
