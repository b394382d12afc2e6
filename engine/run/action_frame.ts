import type { Run } from '../contract/module.ts';
import { entryFolder, journalledRun } from '../journal/host_journal.ts';
import { lines, sh, type Script } from '../shell/script.ts';
import type { ActFrame, Staged } from '../transport/transport.ts';
import { defaultTimeout } from './context.ts';
import { environmentOf } from './environment.ts';
import { recordedName } from './handlers.ts';
import { changeStarted, recorded } from './made_changes.ts';
import { stage } from './make.ts';
import type { PlayState } from './play_state.ts';
import { assemble } from './seen.ts';
import type { Prepared, Unit } from './unit.ts';

/** The frame of what an action runs; one that does not only look is journalled, which is on record from here on. */
export async function actionFrame(state: PlayState, unit: Unit, run: Run, reads: boolean): Promise<ActFrame> {
  const { module } = unit.prepared as Prepared;
  const environment = { ...run.environment, ...environmentOf(unit) };
  const script = reads ? bare(run) : await journal(state, unit, run);
  const stdin = run.stdin && stage(1, [run.stdin])[0]?.data;
  const staged: readonly Staged[] = [
    ...stage(1, run.sends ?? []),
    ...(stdin === undefined ? [] : [{ name: 'stdin', data: stdin }]),
  ];
  return {
    kind: 'act',
    name: module.name,
    script,
    timeout: unit.work.task.timeout ?? run.timeout ?? defaultTimeout,
    staged,
    ...(stdin === undefined ? {} : { stdin: 'stdin' }),
    environment,
  };
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
  changeStarted(state, unit, {
    event: 'change_started',
    host: state.target.name,
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
    ...(unit.work.handler ? { handler: recordedName(unit) } : {}),
  });
  state.context.flush();
  state.inFlight = folder.text;
  const change = {
    what: recorded(unit, run.what),
    apply: run.script,
    undo: run.undo,
    ...(run.saves ? { saves: run.saves } : {}),
  };
  return journalledRun(folder, `run ${state.context.run}, host ${state.target.name}`, { number: 1, change });
}
