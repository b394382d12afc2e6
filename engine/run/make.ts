import { CannotPlan, type Blob, type Change, type StampedChange } from '../contract/change.ts';
import type { Key } from '../contract/fact.ts';
import { entryFolder, journalFailed, journalled } from '../journal/host_journal.ts';
import { Secret } from '../shell/secret.ts';
import type { FrameResult, Staged } from '../transport/transport.ts';
import { defaultTimeout } from './context.ts';
import type { ChangeStarted } from './events.ts';
import { act } from './exchange.ts';
import { expand, lookAhead } from './lookahead.ts';
import type { PlayState } from './play_state.ts';
import { asResource, assemble } from './seen.ts';
import { allHold, standingOf } from './standing.ts';
import { collide, overlaps } from './touches.ts';
import type { Made, Prepared, Unit } from './unit.ts';

const mostChanges = 100;
const mostBytes = 1024 * 1024;

/** A unit that goes into a send, with what it was planned from. */
interface Member {
  readonly unit: Unit;
  readonly changes: readonly StampedChange[];
  readonly before: unknown;
  readonly numbers: readonly number[];
}

/**
 * Makes a unit's changes, and with them those of its neighbours that touch only paths, none of them in common:
 * one send journals, changes, and asks the whole rest anew. Neighbours keep what became of them in `made`.
 */
export async function make(
  state: PlayState,
  unit: Unit,
  changes: readonly Change[],
  before: unknown,
): Promise<Made> {
  const members = group(state, unit, changes, before);
  const prepared = unit.prepared as Prepared;
  const { identity } = prepared;
  const session = await state.session();
  const userName = identity.become?.user ?? session.user;
  const entry = String((state.host.entries += 1)).padStart(4, '0');
  const folder = entryFolder(state.context.run, entry, userName === 'root');
  announce(state, members, folder.text);
  const asked = await lookAhead(state, { current: unit, anew: identity });
  const numbered = members.flatMap(({ changes: own, numbers }) =>
    own.map((change, index) => ({ number: numbers[index] as number, change })),
  );
  const result = await act(
    state,
    identity,
    {
      kind: 'act',
      name: prepared.module.name,
      script: journalled(folder, `run ${state.context.run}, host ${state.host.name}`, numbered),
      timeout: unit.work.task.timeout ?? defaultTimeout,
      staged: numbered.flatMap(({ number, change }) => stage(number, change.sends ?? [])),
    },
    asked,
    allTouched(numbered.map(({ change }) => change)),
  );
  const ended = readProgress(result);
  for (const member of members) member.unit.made = outcomeOf(member, ended, result);
  for (const { unit: other } of members) if (other.made?.count === 0 && other !== unit) delete other.made;
  return unit.made as Made;
}

/** The staged files of a change, as `sent(n)` names them. */
export function stage(number: number, blobs: readonly Blob[]): readonly Staged[] {
  return blobs.map((blob, index) => ({
    name: `${number}.${index}`,
    data: blob.kind === 'bytes' ? blob.bytes : { path: blob.path, size: blob.size },
  }));
}

function group(state: PlayState, unit: Unit, changes: readonly Change[], before: unknown): readonly Member[] {
  let next = 1;
  const member = (one: Unit, own: readonly Change[], seen: unknown): Member => {
    const { digest } = assembleKnown(state, one);
    const stamped = own.map((change) => ({ ...change, digest }));
    return { unit: one, changes: stamped, before: seen, numbers: own.map(() => next++) };
  };
  const members = [member(unit, changes, before)];
  if (!onlyPaths(changes)) return members;
  const touched = changes.flatMap((change) => change.touches as readonly Key[]);
  let bytes = weight(changes);
  for (const other of neighbours(state, unit)) {
    const plan = planNeighbour(state, unit, other, touched);
    if (!plan) break;
    bytes += weight(plan.changes);
    if (next > mostChanges || bytes > mostBytes) break;
    if (plan.changes.length === 0) continue;
    members.push(member(other, plan.changes, plan.before));
    touched.push(...plan.changes.flatMap((change) => change.touches as readonly Key[]));
  }
  return members;
}

/** The units that follow, as far as they are sure to run and only keep files. */
function* neighbours(state: PlayState, unit: Unit): Generator<Unit> {
  for (let index = state.at; index < state.works.length; index += 1) {
    const work = state.works[index];
    if (!work) return;
    const { task } = work;
    const references = [...task.when.flatMap((when) => when.references), ...(task.loop?.references ?? [])];
    const scope = state.scope({ vars: task.vars });
    const isSure =
      standingOf(
        references.filter(({ root }) => root !== task.loopVar),
        scope,
        state.horizon(index),
      ).kind === 'ready';
    if (task.module.kind !== 'resource' || task.failedWhen || !isSure) return;
    for (const other of expand(state, work)) {
      if (other === unit || other.done || other.number < unit.number) continue;
      if (allHold(task.when, other.scope, 'when')) yield other;
    }
  }
}

/** A neighbour's changes, or undefined where it must wait for its own turn. */
function planNeighbour(state: PlayState, unit: Unit, other: Unit, touched: readonly Key[]) {
  const { prepared } = other;
  if (!prepared || prepared.identity.key !== unit.prepared?.identity.key) return undefined;
  const questions = prepared.probe?.questions ?? [];
  if (questions.some(({ fact, subject }) => fact.about(subject).some((key) => overlaps(touched, key))))
    return undefined;
  try {
    const seen = assemble(state, other);
    if (!seen) return undefined;
    const changes = asResource(prepared).plan(prepared.args, seen.state as never);
    if (!onlyPaths(changes) || changes.some((change) => collide(touched, change.touches))) return undefined;
    return { changes, before: seen.state };
  } catch (error) {
    if (error instanceof CannotPlan) return undefined;
    // Whatever is wrong with a neighbour is said when it is reached.
    return undefined;
  }
}

function onlyPaths(changes: readonly Change[]): boolean {
  return changes.every(({ touches }) => touches !== '*' && touches.every((key) => key.startsWith('path:')));
}

function weight(changes: readonly Change[]): number {
  let bytes = 0;
  for (const blob of changes.flatMap((change) => change.sends ?? [])) {
    if (blob.kind === 'file') bytes += blob.size;
    else bytes += blob.bytes instanceof Secret ? blob.bytes.reveal().length : blob.bytes.length;
  }
  return bytes;
}

function announce(state: PlayState, members: readonly Member[], folder: string): void {
  for (const { unit, changes, numbers } of members) {
    const { identity, probe } = unit.prepared as Prepared;
    const impossible = changes
      .map(({ undo }) => ('impossible' in undo ? undo.impossible : ''))
      .find((why) => why !== '');
    const event: ChangeStarted = {
      event: 'change_started',
      host: state.host.name,
      unit: unit.number,
      task: unit.work.task.module.name,
      what: changes.map((change) => change.what),
      identity: { method: identity.become?.method ?? null, user: identity.become?.user ?? null },
      connection: state.connectionWish,
      journal: folder,
      changes: numbers,
      questions: (probe?.questions ?? []).map(({ fact, subject }) => ({ fact: fact.name, subject })),
      before: assembleKnown(state, unit).digest,
      ...(impossible ? { impossible } : {}),
    };
    state.context.emit(event);
  }
  state.context.flush();
}

function assembleKnown(state: PlayState, unit: Unit) {
  const seen = assemble(state, unit);
  if (!seen) throw new Error('a change was planned from answers that are gone');
  return seen;
}

function allTouched(changes: readonly Change[]): readonly Key[] | '*' {
  const touched: Key[] = [];
  for (const { touches } of changes) {
    if (touches === '*') return '*';
    touched.push(...touches);
  }
  return touched;
}

/** The exit status of each change that ended, by its number. */
function readProgress(result: FrameResult): ReadonlyMap<number, number> {
  const lines = result.stdout.toString('latin1').split('\n');
  return new Map(
    lines.filter((line) => line !== '').map((line) => line.split(' ').map(Number) as [number, number]),
  );
}

function outcomeOf(member: Member, ended: ReadonlyMap<number, number>, result: FrameResult): Made {
  const { changes, before, numbers } = member;
  const firstBad = numbers.findIndex((number) => ended.get(number) !== 0);
  if (firstBad === -1) return { changes, before, count: numbers.length };
  const code = ended.get(numbers[firstBad] as number) ?? (result.code === 0 ? journalFailed : result.code);
  const said = result.stderr.toString('utf8').trim();
  return { changes, before, count: firstBad, failure: { code, said, timedOut: result.timedOut } };
}
